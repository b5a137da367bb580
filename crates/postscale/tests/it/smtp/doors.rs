//! Goal: what strangers and customers are answered at each SMTP door.
//! Method: `smtplib`, which is not ours, talks to the running binary.

use serde_json::json;

use crate::node::{Node, python};

const SCRIPT: &str = r#"
import json, smtplib, ssl, sys
given = json.load(sys.stdin)
where = lambda name: (given[name].rsplit(":", 1)[0], int(given[name].rsplit(":", 1)[1]))
tls = ssl._create_unverified_context()

def submission(password, user="postscale"):
    smtp = smtplib.SMTP(*where("submission"), local_hostname="client.example", timeout=20)
    smtp.starttls(context=tls)
    smtp.ehlo()
    smtp.login(user, password)
    return smtp

def answer(call, *args):
    code, text = call(*args)
    return code, text.decode()

# Nobody submits without TLS, without a key, or with another name.
plain = smtplib.SMTP(*where("submission"), local_hostname="client.example", timeout=20)
plain.ehlo()
assert not plain.has_extn("auth"), "AUTH is offered without TLS"
assert plain.docmd("AUTH", "PLAIN AHBvc3RzY2FsZQB4")[0] in (503, 530, 538)
assert plain.docmd("MAIL FROM:<a@door.example>")[0] == 530
plain.quit()
for user, password in [("postscale", "ps_live_x"), ("postscale", given["key"][:-1] + "!"), ("root", given["key"])]:
    try:
        submission(password, user)
        raise AssertionError((user, password))
    except smtplib.SMTPAuthenticationError as why:
        assert why.smtp_code == 535, why

# A key sends from its domains, and every other sender is one answer.
smtp = submission(given["key"])
answers = set()
for sender in ["a@absent.example", "a@hidden.example", "a@mail.door.example"]:
    answers.add(answer(smtp.mail, sender))
    smtp.rset()
assert answers == {(550, "5.7.1 Sender domain not permitted for this credential")}, answers

def send(message, sender="a@door.example"):
    smtp.rset()
    assert smtp.mail(sender)[0] == 250
    assert smtp.rcpt("carol@far.example")[0] == 250
    return answer(smtp.data, message)

code, text = send("From: x@hidden.example\r\nSubject: x\r\n\r\nx\r\n")
assert code == 550 and text.startswith("5.7.1"), (code, text)
code, text = send("From: a@door.example\r\nSender: x@hidden.example\r\nSubject: x\r\n\r\nx\r\n")
assert code == 550 and text.startswith("5.7.1"), (code, text)
code, text = send("From: a@door.example\r\nFrom: x@hidden.example\r\nSubject: x\r\n\r\nx\r\n")
assert code in (550, 554), (code, text)
code, text = send("From: a@door.example, x@hidden.example\r\nSubject: x\r\n\r\nx\r\n")
assert code in (550, 554), (code, text)
code, text = send("From: a@door.example\r\nTo: carol@far.example\r\nSubject: by submission\r\n\r\nx\r\n")
assert code == 250, (code, text)
smtp.quit()

# Strangers: our recipients only, no relay.
mx = smtplib.SMTP(*where("mx"), local_hostname="mx.far.example", timeout=20)
mx.ehlo()
for extension in ["starttls", "size", "pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes"]:
    assert mx.has_extn(extension), extension
assert mx.mail("bob@far.example")[0] == 250
code, text = answer(mx.rcpt, "nobody@door.example")
assert code == 550 and text.startswith("5.1.1"), (code, text)
code, text = answer(mx.rcpt, "carol@far.example")
assert code in (550, 554) and text.startswith("5.7.1"), (code, text)
code, text = answer(mx.rcpt, "anybody@catchall.example")
assert code == 250, (code, text)
assert mx.data("From: bob@far.example\r\nSubject: caught\r\n\r\nx\r\n")[0] == 250
mx.quit()
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_clients_are_let_in_and_turned_away() {
    let node = Node::start().await;
    let owner = node.owner().await;
    for name in ["door.example", "hidden.example", "catchall.example"] {
        node.domain(&owner, name).await;
    }
    let catch_all = Some(json!({"catch_all_enabled": true}));
    owner
        .expect(200, "PUT", "/v1/domains/catchall.example", catch_all)
        .await;
    let body = json!({"name": "CI", "domain_ids": ["door.example"]});
    let key = node.key(&owner, body).await;
    let input = json!({
        "key": key,
        "submission": node.address("submission"),
        "mx": node.address("mx"),
    });
    python::run(SCRIPT, &input).await;
    let caught = node.sink.next().await;
    assert!(
        caught.text().contains("Subject: by submission"),
        "{}",
        caught.text()
    );
    let inbound = owner.expect(200, "GET", "/v1/inbound-emails", None).await;
    assert_eq!(inbound["total"], 1);
    assert_eq!(inbound["emails"][0]["subject"], "caught");
}
