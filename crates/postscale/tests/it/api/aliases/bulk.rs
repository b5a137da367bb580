//! `POST /v1/aliases/bulk`, `POST /v1/aliases/exports`

use http::Method;
use postscale_testkit::TestApp;
use serde_json::json;

use crate::api::refuses;

#[tokio::test]
async fn each_alias_of_a_call_is_made_or_refused_by_itself() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let body = json!({"aliases": [
        {"domain": "shared.example", "address": "one", "action": "store"},
        {"domain": "shared.example", "address": "INFO", "action": "store"},
        {"domain": "shared.example", "address": "two", "action": "explode"},
        {"domain": "shared.example", "address": "three", "surprise": 1},
        {"domain": "shared.example", "is_masked": true, "forward_to": ["ann@home.example"]},
        {"domain": "shared.example", "address": "One", "action": "store"},
    ]});
    let made = writer.post("/v1/aliases/bulk", body).await.with(200);
    assert_eq!(
        (&made["created"], &made["rejected"]),
        (&json!(2), &json!(4))
    );
    let rows = made["results"].as_array().unwrap();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["index"].as_u64().unwrap(),
                row["error"]["code"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (0, ""),
            (1, "conflict"),
            (2, "invalid_request"),
            (3, "unknown_field"),
            (4, ""),
            (5, "conflict"),
        ]
    );
    assert!(made["results"][2]["error"]["fields"]["action"].is_string());
    assert_eq!(
        made["results"][4]["alias"]["unconfirmed"],
        json!(["ann@home.example"])
    );
    let listed = writer.get("/v1/aliases").await.with(200);
    assert_eq!(listed["total"], 3);
}

#[tokio::test]
async fn nothing_is_made_when_one_domain_may_not_be_written() {
    let app = TestApp::new().await;
    let before = app.dump();
    let body = |domain: &str| {
        json!({"aliases": [
            {"domain": "shared.example", "address": "one", "action": "store"},
            {"domain": domain, "address": "two", "action": "store"},
        ]})
    };
    let writer = app.as_("member_rw");
    let hidden = writer
        .post("/v1/aliases/bulk", body("closed.example"))
        .await;
    let absent = writer
        .post("/v1/aliases/bulk", body("absent.example"))
        .await;
    assert_eq!(hidden.comparable(), absent.comparable());
    assert_eq!(hidden.status, 404);
    let reader = app.as_("member_read");
    let refused = reader
        .post("/v1/aliases/bulk", body("shared.example"))
        .await;
    assert_eq!(refused.status, 403);
    let rows = |app: &TestApp| app.dump()["aliases"].clone();
    assert_eq!(rows(&app), before["aliases"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_call_as_a_whole_is_named() {
    let app = TestApp::new().await;
    let bad = "invalid_request";
    let many = vec![json!({"domain": "shared.example", "address": "a"}); 101];
    refuses(
        &app,
        &app.as_("owner"),
        (Method::POST, "/v1/aliases/bulk"),
        &[
            (json!({"aliases": []}), bad, "aliases"),
            (json!({"aliases": many}), bad, "aliases"),
            (json!({"aliases": [{"address": "a"}]}), bad, "domain_id"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_file_holds_what_its_reader_sees_and_no_formula() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({
        "domain": "shared.example", "address": "shop", "action": "store",
        "description": "=HYPERLINK(\"https://evil.example\")",
    });
    owner.post("/v1/aliases", body).await.with(201);
    let text = async |actor: &str, filter| {
        let file = app.as_(actor).post("/v1/aliases/exports", filter).await;
        assert_eq!(file.status, 200, "{actor}");
        String::from_utf8(file.body).unwrap()
    };
    let all = text("owner", json!({})).await;
    assert_eq!(all.lines().count(), 4, "{all}");
    assert!(all.starts_with("id,address,domain,action,"), "{all}");
    assert!(all.contains("\"'=HYPERLINK("), "{all}");
    let seen = text("member_read", json!({})).await;
    assert!(
        seen.contains("info@shared.example") && !seen.contains("closed.example"),
        "{seen}"
    );
    let found = text("owner", json!({"q": "shop@"})).await;
    assert_eq!(found.lines().count(), 2, "{found}");
    assert_eq!(text("member_hidden", json!({})).await.lines().count(), 1);
    let log = owner.get("/v1/audit?action=export.created").await.with(200);
    assert_eq!(log["total"], 4);
}
