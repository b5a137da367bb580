//! `/v1/shield/aliases`

use http::Method;
use postscale_testkit::TestApp;
use serde_json::json;

use crate::api::refuses;

#[tokio::test]
async fn a_masked_address_of_the_shared_domain_is_made_up_changed_and_deleted() {
    let app = TestApp::new().await;
    let admin = app.as_("admin");
    let body = json!({"forward_to": ["ann@home.example"], "description": "a shop"});
    let made = admin.post("/v1/shield/aliases", body).await.with(201)["alias"].take();
    assert_eq!(made["domain"], "shield.postscale.example");
    assert_eq!(
        (&made["is_masked"], &made["masked_description"]),
        (&json!(true), &json!("a shop"))
    );
    assert_eq!(made["address"].as_str().unwrap().len(), 8);
    let at = format!("/v1/shield/aliases/{}", made["id"].as_str().unwrap());
    let change = json!({"active": false, "description": "no more"});
    let changed = admin.patch(&at, change).await.with(200)["alias"].take();
    assert_eq!(
        (&changed["active"], &changed["description"]),
        (&json!(false), &json!("no more"))
    );
    for fixed in [
        json!({"address": "chosen"}),
        json!({"is_masked": false}),
        json!({"webhook_id": null}),
    ] {
        assert_eq!(admin.patch(&at, fixed).await.status, 400);
    }
    let listed = admin
        .get("/v1/shield/aliases?active=false&q=MORE")
        .await
        .with(200);
    assert_eq!(listed["total"], 1);
    // It is the organization's, and none of a domain's.
    let listed = admin.get("/v1/aliases").await.with(200);
    assert_eq!(listed["total"], 2);
    assert_eq!(app.as_("other_org_owner").get(&at).await.status, 404);
    assert_eq!(app.as_("member_rw").get(&at).await.status, 403);
    let by_alias = at.replace("/shield", "");
    assert_eq!(app.as_("member_rw").get(&by_alias).await.status, 404);
    assert_eq!(admin.get(&by_alias).await.status, 200);
    let of_a_domain = format!("/v1/shield/aliases/{}", app.shared().alias);
    assert_eq!(admin.get(&of_a_domain).await.status, 404);
    assert_eq!(admin.delete(&at).await.status, 204);
    assert_eq!(admin.get(&at).await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_with_a_masked_address_of_the_shared_domain_is_named() {
    let app = TestApp::new().await;
    let bad = "invalid_request";
    refuses(
        &app,
        &app.as_("owner"),
        (Method::POST, "/v1/shield/aliases"),
        &[
            (json!({}), bad, "forward_to"),
            (json!({"forward_to": []}), bad, "forward_to"),
            (json!({"forward_to": ["x"]}), bad, "forward_to[0]"),
            (
                json!({"forward_to": ["a@b.example"], "expires_at": "2001-01-01"}),
                bad,
                "expires_at",
            ),
            (
                json!({"forward_to": ["a@b.example"], "address": "mine"}),
                "unknown_field",
                "address",
            ),
        ],
    )
    .await;
}
