//! `/v1/aliases/{id}/contacts`

use http::Method;
use postscale_testkit::TestApp;
use serde_json::json;

use crate::api::refuses;

#[tokio::test]
async fn contacts_are_made_named_blocked_found_and_forgotten() {
    let app = TestApp::new().await;
    let at = format!("/v1/aliases/{}/contacts", app.shared().alias);
    let writer = app.as_("member_rw");
    let body = json!({"address": "Carl Far <carl@far.example>"});
    let made = writer.post(&at, body).await.with(201)["contact"].take();
    assert_eq!(
        (&made["name"], &made["blocked"]),
        (&json!("Carl Far"), &json!(false))
    );
    let reverse = made["reverse_address"].as_str().unwrap();
    assert!(
        reverse.starts_with("reply+") && reverse.ends_with("@shared.example"),
        "{reverse}"
    );
    let one = format!("{at}/{}", made["id"].as_str().unwrap());
    let change = json!({"blocked": true, "name": "Spammer"});
    let changed = writer.patch(&one, change).await.with(200)["contact"].take();
    assert_eq!(
        (&changed["name"], &changed["blocked"]),
        (&json!("Spammer"), &json!(true))
    );
    for (query, total) in [
        ("", 2),
        ("?blocked=true", 1),
        ("?q=SPAM", 1),
        ("?q=carl@", 1),
        ("?q=zz", 0),
    ] {
        let listed = app
            .as_("member_read")
            .get(&format!("{at}{query}"))
            .await
            .with(200);
        assert_eq!(listed["total"], total, "{query}");
    }
    assert_eq!(
        app.as_("member_read")
            .patch(&one, json!({"blocked": false}))
            .await
            .status,
        403
    );
    let elsewhere = format!(
        "/v1/aliases/{}/contacts/{}",
        app.world().closed.alias,
        made["id"].as_str().unwrap()
    );
    assert_eq!(app.as_("owner").delete(&elsewhere).await.status, 404);
    assert_eq!(writer.delete(&one).await.status, 204);
    assert_eq!(writer.delete(&one).await.status, 404);
    let log = app
        .as_("owner")
        .get("/v1/audit?action=alias.updated")
        .await
        .with(200);
    assert_eq!(log["total"], 3);
    assert_eq!(log["entries"][1]["after"]["blocked"], true);
}

#[tokio::test]
async fn what_is_wrong_with_a_contact_is_named() {
    let app = TestApp::new().await;
    let at = format!("/v1/aliases/{}/contacts", app.shared().alias);
    let bad = "invalid_request";
    let long = "n".repeat(321);
    refuses(
        &app,
        &app.as_("owner"),
        (Method::POST, &at),
        &[
            (json!({}), bad, "address"),
            (json!({"address": "carl"}), bad, "address"),
            (
                json!({"address": "carl@far.example\r\nBcc: x@far.example"}),
                bad,
                "address",
            ),
            (json!({"address": "info@shared.example"}), bad, "address"),
            (
                json!({"address": "reply+0123456789abcdef0123456789@shared.example"}),
                bad,
                "address",
            ),
            (
                json!({"address": "carl@far.example", "name": "a\r\nb"}),
                bad,
                "name",
            ),
            (
                json!({"address": "carl@far.example", "name": long}),
                bad,
                "name",
            ),
            (
                json!({"address": "carl@far.example", "extra": 1}),
                "unknown_field",
                "extra",
            ),
        ],
    )
    .await;
}
