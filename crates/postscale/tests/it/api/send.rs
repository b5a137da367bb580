//! `POST /v1/send`

use http::Method;
use postscale_testkit::TestApp;
use serde_json::{Value, json};

use super::refuses;

fn message(changes: &Value) -> Value {
    let mut body = json!({
        "from": "Ann <ann@shared.example>",
        "to": ["carol@far.example"],
        "subject": "Hello",
        "text_body": "Hello Carol.",
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn an_accepted_message_is_queued_and_can_be_read() {
    let app = TestApp::new().await;
    let key = app.as_("key_rw");
    let body = message(&json!({
        "cc": ["Dan <dan@far.example>"],
        "bcc": ["eve@far.example"],
        "tags": ["welcome"],
        "metadata": {"order": "7"},
        "reply_to": "help@shared.example",
        "headers": {"X-Campaign": "spring"},
        "html_body": "<p>Hello Carol.</p>",
        "attachments": [{"filename": "a.txt", "content": "SGVsbG8="}],
    }));
    let sent = key.post("/v1/send", body).await.with(202);
    assert_eq!(sent["status"], "queued");
    assert_eq!(sent["environment"], "live");
    assert!(
        sent["message_id"]
            .as_str()
            .unwrap()
            .ends_with("@shared.example")
    );
    let at = format!("/v1/emails/{}", sent["id"].as_str().unwrap());
    let email = key.get(&at).await.with(200)["email"].take();
    assert_eq!(email["message_id"], sent["message_id"]);
    assert_eq!(email["from"], "Ann <ann@shared.example>");
    assert_eq!(email["to"], json!(["carol@far.example"]));
    assert_eq!(email["cc"], json!(["Dan <dan@far.example>"]));
    assert_eq!(email["bcc"], json!(["eve@far.example"]));
    assert_eq!(email["tags"], json!(["welcome"]));
    assert_eq!(email["metadata"], json!({"order": "7"}));
    assert_eq!(email["recipients"].as_array().unwrap().len(), 3);
    assert!(
        email["text_body"]
            .as_str()
            .unwrap()
            .contains("Hello Carol.")
    );
    let reader = app.as_("member_read").get(&at).await.with(200)["email"].take();
    assert!(reader.get("text_body").is_none() && reader.get("html_body").is_none());
    let events = key.get(&format!("{at}/events")).await.with(200);
    assert_eq!(events["events"].as_array().unwrap().len(), 3);
    assert!(
        events["events"]
            .as_array()
            .unwrap()
            .iter()
            .all(|e| e["event_type"] == "queued")
    );
}

#[tokio::test]
async fn a_sender_that_is_not_permitted_is_one_answer_whatever_the_rest_says() {
    let app = TestApp::new().await;
    let member = app.as_("member_read");
    let before = app.dump();
    let mut answers = Vec::new();
    for from in [
        "ann@shared.example",
        "ann@closed.example",
        "ann@foreign.example",
        "ann@absent.example",
        "ann@mail.shared.example",
        "ann@sharedexample",
        "Ann <ann@SHARED.EXAMPLE>",
        "ann@shаred.example",
    ] {
        for bad in [json!({}), json!({"to": []}), json!({"subject": "a\r\nb"})] {
            let mut body = message(&bad);
            body["from"] = json!(from);
            let answer = member.post("/v1/send", body).await;
            assert_eq!(answer.status, 403, "{from} {bad}");
            answers.push(answer.comparable());
        }
    }
    assert_eq!(answers[0].code(), "sender_domain_not_permitted");
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_named() {
    let app = TestApp::new().await;
    let many: Vec<String> = (0..51).map(|i| format!("u{i}@far.example")).collect();
    let tags: Vec<String> = (0..11).map(|i| i.to_string()).collect();
    let bad = "invalid_request";
    let cases = [
        (json!({"from": ""}), bad, "from"),
        (json!({"from": "ann"}), bad, "from"),
        (json!({"from": 5}), bad, "from"),
        (json!({"from": "ann@[192.0.2.1]"}), bad, "from"),
        (
            json!({"from": "ann@shared.example\r\nBcc: x@y.example"}),
            bad,
            "from",
        ),
        (
            json!({"from": "ann@shared.example, dan@shared.example"}),
            bad,
            "from",
        ),
        (json!({"from": "a\u{0}nn@shared.example"}), bad, "from"),
        (json!({"to": []}), bad, "to"),
        (json!({"to": many}), bad, "to"),
        (json!({"to": "carol@far.example"}), bad, "to"),
        (json!({"to": ["carol@far.example", "carol"]}), bad, "to[1]"),
        (json!({"to": ["carol@far.example\nx"]}), bad, "to[0]"),
        (
            json!({"to": [format!("{}@far.example", "a".repeat(65))]}),
            bad,
            "to[0]",
        ),
        (json!({"cc": ["\u{0}@far.example"]}), bad, "cc[0]"),
        (json!({"bcc": ["x@-.example"]}), bad, "bcc[0]"),
        (json!({"reply_to": "x"}), bad, "reply_to"),
        (json!({"subject": null}), bad, "subject"),
        (json!({"subject": "a\r\nBcc: x@y.example"}), bad, "subject"),
        (json!({"subject": "a\u{0}"}), bad, "subject"),
        (json!({"subject": "a".repeat(999)}), bad, "subject"),
        (json!({"text_body": null}), bad, "text_body"),
        (
            json!({"headers": {"X-A": "b\r\nBcc: x@y.example"}}),
            bad,
            "headers.X-A",
        ),
        (json!({"headers": {"X-A": "\u{0}"}}), bad, "headers.X-A"),
        (json!({"headers": {"X A": "b"}}), bad, "headers"),
        (json!({"headers": {"X:A": "b"}}), bad, "headers"),
        (
            json!({"headers": {"dkim-signature": "b"}}),
            bad,
            "headers.dkim-signature",
        ),
        (
            json!({"headers": {"FROM": "b@c.example"}}),
            bad,
            "headers.FROM",
        ),
        (
            json!({"headers": {"X-A": "a".repeat(5000)}}),
            bad,
            "headers.X-A",
        ),
        (json!({"tags": tags}), bad, "tags"),
        (json!({"tags": ["a".repeat(65)]}), bad, "tags[0]"),
        (json!({"tags": ["a\n"]}), bad, "tags[0]"),
        (json!({"metadata": {"a": 5}}), bad, "metadata.a"),
        (
            json!({"metadata": {"a": "b".repeat(4096)}}),
            bad,
            "metadata",
        ),
        (
            json!({"attachments": [{"filename": "a", "content": "?"}]}),
            bad,
            "attachments[0].content",
        ),
        (
            json!({"attachments": [{"filename": "a", "content": ""}]}),
            bad,
            "attachments[0].content",
        ),
        (
            json!({"attachments": [{"content": "YQ=="}]}),
            bad,
            "attachments[0].filename",
        ),
        (
            json!({"attachments": [{"filename": "a", "content": "YQ==", "path": "/etc/passwd"}]}),
            "unknown_field",
            "attachments[0].path",
        ),
        (json!({"html": "<p>"}), "unknown_field", "html"),
    ];
    let cases = cases.map(|(change, code, field)| (message(&change), code, field));
    refuses(&app, &app.as_("key_rw"), (Method::POST, "/v1/send"), &cases).await;
}

#[tokio::test]
async fn attachments_cannot_smuggle_header_lines() {
    let app = TestApp::new().await;
    let before = app.dump();
    for attachment in [
        json!({"filename": "a\r\nX: y", "content": "YQ=="}),
        json!({"filename": "a\u{0}", "content": "YQ=="}),
        json!({"filename": "a", "content": "YQ==", "content_type": "text/plain\r\nX: y"}),
        json!({"filename": "a", "content": "YQ==", "content_type": "nonsense"}),
        json!({"filename": "a", "content": "YQ==", "content_id": "x>\r\nX: y"}),
    ] {
        let body = message(&json!({"attachments": [attachment]}));
        let answer = app.as_("key_rw").post("/v1/send", body).await;
        assert_eq!(answer.status, 400, "{attachment}");
        assert!(
            answer.fields()[0].starts_with("attachments[0]"),
            "{:?}",
            answer.fields()
        );
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_domain_that_is_not_ready_says_what_is_missing() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = format!("/v1/domains/{}", app.shared().domain);
    owner.put(&at, json!({"active": false})).await.with(200);
    let refused = owner.post("/v1/send", message(&json!({}))).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "domain_not_ready")
    );
    assert!(
        refused.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("paused")
    );
    owner
        .put(&at, json!({"active": true, "type": "inbound"}))
        .await
        .with(200);
    let refused = owner.post("/v1/send", message(&json!({}))).await;
    assert_eq!(refused.code(), "domain_not_ready");
}

#[tokio::test]
async fn a_test_key_simulates() {
    let app = TestApp::new().await;
    let body = json!({"name": "CI", "environment": "test", "domain_ids": ["shared.example"]});
    let created = app.as_("owner").post("/v1/api-keys", body).await.with(201);
    let secret = created["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("ps_test_"));
    let key = app.presenting(postscale_testkit::Presented::Key(secret));
    let sent = key.post("/v1/send", message(&json!({}))).await.with(202);
    assert_eq!(sent["status"], "simulated");
    assert_eq!(sent["environment"], "test");
}
