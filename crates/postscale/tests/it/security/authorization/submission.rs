//! Rows A7 and A12 over SMTP: the same gate, asked again by every command.

use postscale_access::{Caller, Credential, Denied, Reason, Refusal, action};
use postscale_actions::{
    Error,
    emails::{self, submit},
    hash_token,
};
use postscale_model::Address;
use postscale_testkit::{NOW, Presented, TestApp};
use serde_json::json;

use crate::node::{Node, python};

fn key(app: &TestApp, who: &str) -> Caller {
    let Presented::Key(key) = &app.world().seat(who).presented else {
        panic!("a key");
    };
    let credential = Credential::ApiKey(hash_token(key));
    Caller::new(Some(credential), [action::MESSAGE_SEND.into()], NOW)
}

/// Submits a message with these fields from an envelope sender; whether the sender was refused, or
/// what else was wrong.
async fn sent(app: &TestApp, who: &str, envelope_sender: &str, fields: &str) -> Result<(), String> {
    let sender: Option<Address> = envelope_sender.parse().ok();
    let submission = emails::Submission {
        envelope_sender: sender,
        recipients: vec!["carol@far.example".parse().unwrap()],
        message: format!("{fields}\r\nSubject: x\r\n\r\nx\r\n").into_bytes(),
        received: "Received: by postscale.example\r\n".to_owned(),
    };
    let answer = submit(&app.app, &key(app, who), submission).await;
    answer.map(drop).map_err(|error| match error {
        Error::Denied(Denied::Refused(Refusal::Forbidden(Reason::SenderDomainNotPermitted))) => {
            "sender".to_owned()
        }
        Error::Invalid(_) => "message".to_owned(),
        other => other.to_string(),
    })
}

#[tokio::test]
async fn a12_over_smtp_envelope_from_and_sender_are_all_in_reach_or_nothing_is_sent() {
    let app = TestApp::new().await;
    let before = app.dump();
    let (sender, message) = (Err("sender".to_owned()), Err("message".to_owned()));
    let ours = "ann@shared.example";
    for (envelope, fields, want) in [
        // Each of the three, hidden, foreign, unknown, below and above.
        ("bob@closed.example", "From: ann@shared.example", &sender),
        ("bob@foreign.example", "From: ann@shared.example", &sender),
        (
            "bob@mail.shared.example",
            "From: ann@shared.example",
            &sender,
        ),
        ("", "From: ann@shared.example", &sender),
        (ours, "From: bob@closed.example", &sender),
        (ours, "From: bob@CLOSED.example", &sender),
        (ours, "From: bob@absent.example", &sender),
        (ours, "From: bob@sh\u{430}red.example", &sender),
        (
            ours,
            "From: \"ann@shared.example\" <bob@closed.example>",
            &sender,
        ),
        (
            ours,
            "From: =?utf-8?q?ann=40shared.example?= <bob@closed.example>",
            &sender,
        ),
        (ours, "From:\r\n bob@closed.example", &sender),
        (
            ours,
            "From: (ann@shared.example) bob@closed.example",
            &sender,
        ),
        (ours, "fROM : bob@closed.example", &sender),
        (
            ours,
            "From: ann@shared.example\r\nSender: bob@closed.example",
            &sender,
        ),
        (
            ours,
            "From: ann@shared.example\r\nsender:\r\n bob@absent.example",
            &sender,
        ),
        (
            ours,
            "From: ann@shared.example\r\nReply-To: ann@shared.example\r\nSender: bob@foreign.example",
            &sender,
        ),
        // What two readers could read differently.
        (
            ours,
            "From: ann@shared.example\r\nFrom: bob@closed.example",
            &message,
        ),
        (
            ours,
            "From: bob@closed.example\r\nFrom: ann@shared.example",
            &message,
        ),
        (
            ours,
            "From: ann@shared.example\r\nfrom : bob@closed.example",
            &message,
        ),
        (
            ours,
            "From: ann@shared.example\r\nSender: ann@shared.example\r\nSender: bob@closed.example",
            &message,
        ),
        (
            ours,
            "From: ann@shared.example, bob@closed.example",
            &message,
        ),
        (
            ours,
            "From: ann@shared.example,\r\n bob@shared.example",
            &message,
        ),
        (ours, "From: Team: ann@shared.example;", &message),
        (ours, "From: Team:;", &message),
        (ours, "From: ann@=?utf-8?q?shared.example?=", &message),
        (
            ours,
            "From: ann@shared.example <bob@closed.example>",
            &message,
        ),
        (ours, "From: <@shared.example:bob@closed.example>", &message),
        (ours, "From: ann@shared.example@closed.example", &message),
        (ours, "From: <ann@shared.example", &message),
        (
            ours,
            "From: ann@shared.example\rFrom: bob@closed.example",
            &message,
        ),
        (
            ours,
            "From: ann@shared.example\nFrom: bob@closed.example",
            &message,
        ),
        (ours, "X-A: b\r\n\r\nFrom: ann@shared.example", &message),
        (ours, "From:", &message),
        (ours, "Sender: ann@shared.example", &message),
        (ours, "From: ann@shared.example\r\nSender:", &message),
    ] {
        let answer = sent(&app, "key_rw", envelope, fields).await;
        assert_eq!(answer, *want, "{envelope} {fields:?}");
    }
    // A reader's key and one that lost the domain may not even from what they see.
    for key in [
        "key_creator_downgraded",
        "key_creator_lost_domain",
        "key_other_scope",
    ] {
        let answer = sent(&app, key, ours, "From: ann@shared.example").await;
        assert_eq!(answer, sender, "{key}");
    }
    assert_eq!(app.dump(), before);
    for fields in [
        "From: ann@SHARED.example",
        "From: ann@shared.example\r\nSender: Bob <bob@shared.example>",
        "From: ann@shared.example\r\nReply-To: bob@far.example",
    ] {
        assert_eq!(
            sent(&app, "key_rw", ours, fields).await,
            Ok(()),
            "{fields:?}"
        );
    }
}

const SCRIPT: &str = r#"
import json, smtplib, ssl, sys, urllib.request
given = json.load(sys.stdin)
where = lambda name: (given[name].rsplit(":", 1)[0], int(given[name].rsplit(":", 1)[1]))
tls = ssl._create_unverified_context()

def submission(key):
    smtp = smtplib.SMTP(*where("submission"), local_hostname="client.example", timeout=20)
    smtp.starttls(context=tls)
    smtp.ehlo()
    smtp.login("postscale", key)
    return smtp

def revoke(key):
    request = urllib.request.Request("http://" + given["http"] + "/v1/api-keys/self", method="DELETE")
    request.add_header("Authorization", "Bearer " + key)
    assert urllib.request.urlopen(request).status == 204

message = b"From: a@door.example\r\nSubject: x\r\n\r\nx\r\n.\r\n"
is_refused = lambda answer: answer[0] in (421, 535)

# Revoked before the next command, whichever that is.
smtp = submission(given["keys"][0])
revoke(given["keys"][0])
answer = smtp.mail("a@door.example")
assert is_refused(answer), answer

smtp = submission(given["keys"][1])
assert smtp.mail("a@door.example")[0] == 250
revoke(given["keys"][1])
answer = smtp.rcpt("carol@far.example")
assert is_refused(answer), answer

# Revoked while the message is on its way.
smtp = submission(given["keys"][2])
assert smtp.mail("a@door.example")[0] == 250
assert smtp.rcpt("carol@far.example")[0] == 250
smtp.putcmd("data")
assert smtp.getreply()[0] == 354
revoke(given["keys"][2])
smtp.send(message)
answer = smtp.getreply()
assert is_refused(answer), answer
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a07_an_open_smtp_session_ends_with_the_next_command_after_its_key_sdk_independently() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "door.example").await;
    let mut keys = Vec::new();
    for _ in 0..3 {
        let body = json!({"name": "CI", "domain_ids": ["door.example"]});
        keys.push(node.key(&owner, body).await);
    }
    let input = json!({
        "keys": keys,
        "submission": node.address("submission"),
        "http": node.address("http"),
    });
    python::run(SCRIPT, &input).await;
    let sent = owner.expect(200, "GET", "/v1/emails", None).await;
    assert_eq!(sent["total"], 0, "nothing was taken over");
}

#[tokio::test]
async fn marks_over_smtp_have_the_limits_they_have_over_http() {
    let app = TestApp::new().await;
    let before = app.dump();
    let ours = "ann@shared.example";
    let from = |marks: &str| format!("From: {ours}\r\n{marks}");
    let many: Vec<String> = (0..11).map(|n| format!("t{n}")).collect();
    let long = "t".repeat(65);
    for marks in [
        format!("X-Postscale-Tag: {}", many.join(", ")),
        format!("X-Postscale-Tag: {long}"),
        "X-Postscale-Tag: =?utf-8?q?a=00b?=".to_owned(),
        format!("X-Postscale-Metadata-Note: {}", "x".repeat(5000)),
    ] {
        let refused = sent(&app, "key_rw", ours, &from(&marks)).await;
        assert_eq!(refused, Err("message".to_owned()), "{marks}");
    }
    assert_eq!(app.dump(), before);
    let fits = format!("X-Postscale-Tag: {}", many[..10].join(","));
    assert_eq!(sent(&app, "key_rw", ours, &from(&fits)).await, Ok(()));
}
