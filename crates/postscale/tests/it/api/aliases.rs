//! `/v1/aliases`, and masked addresses

mod bulk;
mod contacts;
mod shield;

use http::Method;
use postscale_store::params;
use postscale_testkit::{TestApp, database::TestDatabase};
use serde_json::{Value, json};

use super::{overtaken, refuses};

#[tokio::test]
async fn an_alias_is_made_changed_and_deleted() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let body =
        json!({"domain": "shared.example", "address": "Sales", "forward_to": ["ann@home.example"]});
    let made = writer.post("/v1/aliases", body).await;
    assert!(made.status.is_success(), "{:?}", made.json());
    let made = made.json()["alias"].take();
    assert_eq!(made["address"], "sales");
    assert_eq!(made["domain"], "shared.example");
    assert_eq!(made["action"], "forward");
    assert_eq!(made["unconfirmed"], json!(["ann@home.example"]));
    let at = format!("/v1/aliases/{}", made["id"].as_str().unwrap());
    let changed = writer
        .patch(&at, json!({"active": false, "description": "x"}))
        .await
        .with(200);
    assert_eq!(changed["alias"]["active"], false);
    assert_eq!(writer.get(&at).await.with(200), changed);
    assert!(writer.delete(&at).await.status.is_success());
    assert_eq!(writer.get(&at).await.status, 404);
}

#[tokio::test]
async fn an_address_is_unique_inside_its_domain_only() {
    let app = TestApp::new().await;
    let body = |domain: &str| json!({"domain": domain, "address": "INFO", "action": "store"});
    let again = app
        .as_("owner")
        .post("/v1/aliases", body("shared.example"))
        .await;
    assert_eq!(
        (again.status.as_u16(), again.code().as_str()),
        (409, "conflict")
    );
    // The same address on hidden domains reveals nothing.
    let hidden = app
        .as_("member_rw")
        .post("/v1/aliases", body("closed.example"))
        .await;
    let absent = app
        .as_("member_rw")
        .post("/v1/aliases", body("absent.example"))
        .await;
    assert_eq!(hidden.comparable(), absent.comparable());
    assert_eq!(hidden.status, 404);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_alias_is_named() {
    let app = TestApp::new().await;
    let bad = "invalid_request";
    let full = |changes: Value| {
        let mut body = json!({"domain": "shared.example", "address": "a", "action": "store"});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let many: Vec<String> = (0..21).map(|i| format!("u{i}@far.example")).collect();
    let cases = [
        (json!({"address": null}), bad, "address"),
        (json!({"address": ""}), bad, "address"),
        (json!({"address": "a b"}), bad, "address"),
        (json!({"address": "a\r\nb"}), bad, "address"),
        (json!({"address": "a".repeat(65)}), bad, "address"),
        (json!({"action": "explode"}), bad, "action"),
        (json!({"action": "forward"}), bad, "forward_to"),
        (
            json!({"action": "forward", "forward_to": many}),
            bad,
            "forward_to",
        ),
        (json!({"forward_to": ["x"]}), bad, "forward_to[0]"),
        (
            json!({"forward_to": ["a@b.example\r\nx"]}),
            bad,
            "forward_to[0]",
        ),
        (json!({"description": "a\u{0}"}), bad, "description"),
        (json!({"expires_at": "never"}), bad, "expires_at"),
        (json!({"active": "yes"}), bad, "active"),
        (json!({"surprise": 1}), "unknown_field", "surprise"),
    ];
    let cases = cases.map(|(change, code, field)| (full(change), code, field));
    refuses(
        &app,
        &app.as_("owner"),
        (Method::POST, "/v1/aliases"),
        &cases,
    )
    .await;
}

#[tokio::test]
async fn a_listing_shows_exactly_the_aliases_its_caller_sees() {
    let app = TestApp::new().await;
    for (actor, total) in [
        ("owner", 2),
        ("member_read", 1),
        ("member_hidden", 0),
        ("key_rw_readcap", 1),
        ("key_creator_lost_domain", 0),
        ("other_org_owner", 1),
    ] {
        let listed = app.as_(actor).get("/v1/aliases").await.with(200);
        assert_eq!(listed["total"], total, "{actor}");
        assert_eq!(
            listed["aliases"].as_array().unwrap().len(),
            total,
            "{actor}"
        );
    }
    for query in ["active=maybe", "is_masked=2", "limit=0"] {
        let refused = app.as_("owner").get(&format!("/v1/aliases?{query}")).await;
        assert_eq!(refused.fields(), [query.split('=').next().unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_name_the_same_new_targets_do_not_wait_for_each_other_on_postgres() {
    let crossing = async |database: &TestDatabase| {
        let app = TestApp::builder().database(database).build().await;
        let sql = "INSERT INTO forward_targets (organization_id, address_key, token_hash, created_at) \
                   SELECT organization_id, $2, $3, 0 FROM domains WHERE id = $1";
        let domain = app.world().shared.domain.to_string();
        let one = params![domain.as_str(), "a@far.example", vec![1_u8; 32]];
        let other = params![domain.as_str(), "b@far.example", vec![2_u8; 32]];
        let to = ["b@far.example", "a@far.example"];
        let body = json!({"domain_id": domain, "address": "both", "forward_to": to});
        let admin = app.as_("admin");
        let request = admin.post("/v1/aliases", body);
        let made = overtaken::answer_between(&app, (sql, &one), (sql, &other), request).await;
        assert_eq!(made.status, 201, "{:?}", made.json());
        assert_eq!(made.json()["alias"]["forward_to"], json!(to));
    };
    TestDatabase::postgres().await.run(crossing).await;
}
