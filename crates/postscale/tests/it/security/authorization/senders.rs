//! Row A12 over HTTP: nobody sends as a domain that is not theirs to write.

use postscale_testkit::TestApp;
use serde_json::{Value, json};

fn message(from: &str, more: &Value) -> Value {
    let mut body =
        json!({"from": from, "to": ["carol@far.example"], "subject": "x", "text_body": "x"});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

/// Senders that name a domain out of reach, however they are written.
const OUT_OF_REACH: [&str; 14] = [
    "ann@closed.example",
    "ann@CLOSED.example",
    "Ann <ann@closed.example>",
    "\"ann@shared.example\" <ann@closed.example>",
    "=?utf-8?q?ann=40shared.example?= <ann@closed.example>",
    "\"ann@shared.example\"@closed.example",
    "ann%shared.example@closed.example",
    "shared.example!ann@closed.example",
    "ann@foreign.example",
    "ann@absent.example",
    // Letters that only look alike, as U-labels and as the A-labels they are.
    "ann@sh\u{430}red.example",
    "ann@xn--shred-7ve.example",
    "ann@shared.example.closed.example",
    "ann@mail.shared.example",
];

/// Senders that two readers could read differently, or that are several.
const UNCLEAR: [&str; 17] = [
    "ann@shared.example, bob@closed.example",
    "ann@shared.example; bob@closed.example",
    "ann@shared.example <bob@closed.example>",
    "<ann@shared.example> <bob@closed.example>",
    "<ann@shared.example>, <bob@closed.example>",
    "Team: ann@shared.example;",
    "Team: ann@shared.example, bob@closed.example;",
    "@shared.example:bob@closed.example",
    "<@shared.example:bob@closed.example>",
    "ann@shared.example@closed.example",
    "ann@=?utf-8?q?shared.example?=",
    "=?utf-8?q?ann@shared.example?=",
    "ann@shared.example\r\nSender: bob@closed.example",
    "ann@shared.example\nFrom: bob@closed.example",
    "ann@shared.example\u{0}@closed.example",
    "ann@[127.0.0.1]",
    "ann@shared.example (bob@closed.example) <bob@closed.example",
];

#[tokio::test]
async fn a12_over_http_every_other_spelling_of_a_sender_is_refused_and_sends_nothing() {
    let app = TestApp::new().await;
    let before = app.dump();
    for actor in ["member_rw", "key_rw", "key_rw_sendcap"] {
        let client = app.as_(actor);
        let never = client
            .post("/v1/send", message("ann@never.example", &json!({})))
            .await;
        assert_eq!(
            (never.status.as_u16(), never.code()),
            (403, "sender_domain_not_permitted".into())
        );
        for from in OUT_OF_REACH {
            for more in [json!({}), json!({"reply_to": "ann@shared.example"})] {
                let sent = client.post("/v1/send", message(from, &more)).await;
                assert_eq!(
                    sent.comparable(),
                    never.comparable(),
                    "{actor} {from:?} {more}"
                );
            }
        }
        for from in UNCLEAR {
            let sent = client.post("/v1/send", message(from, &json!({}))).await;
            let refused = matches!(sent.status.as_u16(), 400 | 403);
            assert!(refused, "{actor} {from:?}: {}", sent.status);
        }
        // A second author by the way of custom fields.
        for name in [
            "From",
            "from",
            "FROM",
            "Sender",
            "sender",
            "Resent-From",
            "Resent-Sender",
            "Return-Path",
            "From ",
            "Reply-To",
            "X-A\r\nFrom",
        ] {
            let more = json!({"headers": {name: "bob@closed.example"}});
            let sent = client
                .post("/v1/send", message("ann@shared.example", &more))
                .await;
            assert_eq!(sent.status, 400, "{actor} {name:?}");
        }
        for more in [
            json!({"sender": "bob@closed.example"}),
            json!({"envelope_from": "bob@closed.example"}),
            json!({"return_path": "bob@closed.example"}),
        ] {
            let sent = client
                .post("/v1/send", message("ann@shared.example", &more))
                .await;
            assert_eq!(
                (sent.status.as_u16(), sent.code()),
                (400, "unknown_field".into()),
                "{more}"
            );
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a12_over_http_a_spelling_of_an_own_domain_is_that_domain() {
    let app = TestApp::new().await;
    for from in [
        "ann@SHARED.example",
        "ann@\u{ff53}hared.example",
        "ann@shared\u{3002}example",
        "ann%closed.example@shared.example",
        "\"bob@closed.example\" <ann@shared.example>",
    ] {
        let client = app.as_("key_rw");
        // Where answers go is the author's own affair.
        let more = json!({"reply_to": "bob@far.example"});
        let sent = client
            .post("/v1/send", message(from, &more))
            .await
            .with(202);
        let path = format!("/v1/emails/{}", sent["id"].as_str().unwrap());
        let email = client.get(&path).await.with(200)["email"].take();
        assert_eq!(email["domain_id"], app.shared().domain, "{from}");
        let shown = email["from"].as_str().unwrap().trim_end_matches('>');
        assert!(shown.ends_with("@shared.example"), "{shown}");
    }
}
