//! `/v1/webhooks` and `/v1/webhook-deliveries`

use http::Method;
use postscale_testkit::{TestApp, on_both_engines};
use serde_json::{Value, json};

use super::refuses;

#[tokio::test]
async fn a_webhook_shows_its_secret_once() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let body = json!({"url": "https://hooks.example/x", "domain_ids": ["shared.example"]});
    let made = writer.post("/v1/webhooks", body).await;
    assert!(made.status.is_success());
    let made = made.json();
    assert_eq!(made["webhook"]["scope"], "domains");
    assert_eq!(made["webhook"]["event_types"], json!(["email.received"]));
    let secret = made["secret"].as_str().unwrap().to_owned();
    let at = format!("/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    let got = writer.get(&at).await;
    assert_eq!(got.status, 200);
    assert!(!String::from_utf8(got.body).unwrap().contains(&secret));
    let rotated = writer
        .post(&format!("{at}/rotate"), json!({}))
        .await
        .with(200);
    assert_ne!(rotated["secret"], secret.as_str());
    assert!(writer.delete(&at).await.status.is_success());
    assert_eq!(writer.get(&at).await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_webhook_is_named() {
    let app = TestApp::new().await;
    let bad = "invalid_request";
    let full = |changes: Value| {
        let mut body = json!({"url": "https://hooks.example/x", "domain_ids": ["shared.example"]});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let cases = [
        (json!({"url": ""}), bad, "url"),
        (json!({"url": 5}), bad, "url"),
        (json!({"url": "ftp://hooks.example/"}), bad, "url"),
        (json!({"url": "http://hooks.example/"}), bad, "url"),
        (
            json!({"url": "https://user:secret@hooks.example/"}),
            bad,
            "url",
        ),
        (json!({"url": "https://hooks.example/\r\nx"}), bad, "url"),
        (json!({"url": "javascript:alert(1)"}), bad, "url"),
        (json!({"url": "/relative"}), bad, "url"),
        (json!({"events": ["email.eaten"]}), bad, "events[0]"),
        (json!({"events": []}), bad, "events"),
        (json!({"domain_ids": []}), bad, "domain_ids"),
        (json!({"surprise": 1}), "unknown_field", "surprise"),
    ];
    let cases = cases.map(|(change, code, field)| (full(change), code, field));
    refuses(
        &app,
        &app.as_("owner"),
        (Method::POST, "/v1/webhooks"),
        &cases,
    )
    .await;
}

#[tokio::test]
async fn deliveries_are_listed_for_who_sees_their_domain() {
    let app = TestApp::new().await;
    for (actor, total) in [
        ("owner", 2),
        ("member_read", 1),
        ("member_hidden", 0),
        ("other_org_owner", 1),
    ] {
        let listed = app.as_(actor).get("/v1/webhook-deliveries").await.with(200);
        assert_eq!(listed["total"], total, "{actor}");
    }
    let at = format!("/v1/webhooks/{}/deliveries", app.shared().webhook);
    assert_eq!(app.as_("member_read").get(&at).await.with(200)["total"], 1);
}

#[tokio::test]
async fn a_test_is_a_delivery_of_one_of_the_webhooks_events() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let body = json!({
        "url": "https://hooks.example/x",
        "domain_ids": ["shared.example"],
        "events": ["email.bounced", "email.received"],
    });
    let made = writer.post("/v1/webhooks", body).await.json();
    let at = format!("/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    let test = format!("{at}/test");
    let first = writer.post(&test, json!({})).await.with(202);
    assert_eq!(first["delivery"]["event"], "email.bounced");
    assert_eq!(first["delivery"]["status"], "pending");
    let second = json!({"event": "email.received"});
    writer.post(&test, second).await.with(202);
    let listed = writer.get(&format!("{at}/deliveries")).await.with(200);
    assert_eq!(listed["total"], 2);
    let rows = app.dump().remove("webhook_deliveries").unwrap();
    let tests = rows
        .iter()
        .filter(|row| row.contains("\"environment\":\"test\""));
    let tests: Vec<&String> = tests.collect();
    assert_eq!(tests.len(), 2);
    assert!(
        tests
            .iter()
            .all(|row| row.contains("\"domain\":\"shared.example\""))
    );
    let bad = "invalid_request";
    let cases = [
        (json!({"event": "email.sent"}), bad, "event"),
        (json!({"event": "email.eaten"}), bad, "event"),
        (json!({"surprise": 1}), "unknown_field", "surprise"),
    ];
    refuses(&app, &writer, (Method::POST, &test), &cases).await;
}

on_both_engines! {
    async fn a_webhook_whose_maker_left_works_again_once_it_is_adopted(database) {
        let app = TestApp::builder().database(database).build().await;
        let owner = app.as_("owner");
        let body = json!({"url": "https://hooks.example/x", "domain_ids": ["shared.example"]});
        let made = app.as_("member_rw").post("/v1/webhooks", body).await.json();
        let at = format!("/v1/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
        let maker = app.world().seat("member_rw").user;
        owner
            .post(&format!("/v1/users/{maker}/deactivate"), json!({}))
            .await
            .with(200);
        assert!(owner.get(&at).await.with(200)["webhook"]["suspended_at"].is_string());
        let adopt = format!("{at}/adopt");
        let adopted = owner.post(&adopt, json!({})).await.with(200);
        let adopter = app.world().seat("owner").user.to_string();
        assert_eq!(adopted["webhook"]["suspended_at"], Value::Null);
        assert_eq!(adopted["webhook"]["created_by"], adopter);
        assert_eq!(owner.get(&at).await.with(200)["webhook"], adopted["webhook"]);
        let log = owner
            .get("/v1/audit?action=webhook.adopted")
            .await
            .with(200);
        let entry = &log["entries"][0];
        assert_eq!(entry["before"]["created_by"], maker.to_string());
        assert_eq!(entry["after"]["created_by"], adopter);
        assert_eq!(
            app.as_("member_read").post(&adopt, json!({})).await.status,
            403
        );
    }
}

on_both_engines! {
    async fn what_was_told_of_a_deleted_message_stays_told(database) {
        let app = TestApp::builder().database(database).build().await;
        let (writer, shared) = (app.as_("member_rw"), app.shared());
        let mut tx = app.app.store.write().await.unwrap();
        let told = "UPDATE webhook_deliveries SET event = 'email.received', body = NULL, status = 'delivered', \
                    next_attempt_at = NULL, email_id = $1 WHERE id = $2";
        let ids = [shared.inbound.as_str().into(), shared.delivery.as_str().into()];
        tx.execute(told, &ids).await.unwrap();
        tx.commit().await.unwrap();
        let at = format!("/v1/webhooks/{}/deliveries", shared.webhook);
        let replay = format!("{at}/{}/replay", shared.delivery);
        let inbound = format!("/v1/inbound-emails/{}", shared.inbound);
        assert!(writer.delete(&inbound).await.status.is_success());
        let before = writer.get(&at).await.with(200);
        assert_eq!(before["deliveries"][0]["status"], "delivered");
        let refused = writer.post(&replay, json!({})).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "conflict"));
        assert_eq!(writer.get(&at).await.with(200), before);
    }
}
