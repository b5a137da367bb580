//! `/v1/api-keys`

use http::Method;
use postscale_testkit::{Presented, TestApp};
use serde_json::{Value, json};

use super::refuses;

fn key(app: &TestApp, created: &Value) -> postscale_testkit::Client {
    let secret = created["secret"].as_str().unwrap();
    app.presenting(Presented::Key(secret.to_owned()))
}

#[tokio::test]
async fn a_key_reaches_what_it_names_until_it_is_revoked() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let body = json!({"name": " CI ", "capability": "read", "domain_ids": ["shared.example"]});
    let created = writer.post("/v1/api-keys", body).await.with(201);
    let shown = &created["api_key"];
    assert_eq!(shown["name"], "CI");
    assert_eq!(shown["environment"], "live");
    assert_eq!(shown["scope"], "domains");
    let domains =
        json!([{"id": app.shared().domain, "domain": "shared.example", "access": "read"}]);
    assert_eq!(shown["domains"], domains);
    let secret = created["secret"].as_str().unwrap();
    assert!(secret.starts_with("ps_live_"));
    assert_eq!(shown["prefix"], secret[..12], "enough to tell keys apart");
    let key = key(&app, &created);
    let me = key.get("/v1/me").await.with(200);
    assert_eq!(me["principal"], "api_key");
    assert_eq!(me["api_key"]["id"], shown["id"]);
    assert_eq!(key.get("/v1/domains/shared.example").await.status, 200);
    assert_eq!(key.get("/v1/domains/closed.example").await.status, 404);
    let at = format!("/v1/api-keys/{}", shown["id"].as_str().unwrap());
    assert_eq!(writer.get(&at).await.with(200)["id"], shown["id"]);
    assert!(
        !String::from_utf8(writer.get(&at).await.body)
            .unwrap()
            .contains(secret)
    );
    writer.delete(&at).await.with(204);
    assert_eq!(key.get("/v1/me").await.status, 401);
    assert_ne!(writer.get(&at).await.with(200)["revoked_at"], Value::Null);
}

#[tokio::test]
async fn a_member_without_named_domains_gets_what_they_may_write_and_never_more() {
    let app = TestApp::new().await;
    let created = app
        .as_("member_rw")
        .post("/v1/api-keys", json!({"name": "CI"}))
        .await
        .with(201);
    let domains = created["api_key"]["domains"].as_array().unwrap();
    assert_eq!(domains.len(), 1);
    for actor in ["member_read", "member_hidden"] {
        let refused = app
            .as_(actor)
            .post("/v1/api-keys", json!({"name": "CI"}))
            .await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (403, "no_writable_domain")
        );
    }
    let both = json!({"name": "CI", "domain_ids": ["shared.example", "closed.example"]});
    let refused = app.as_("member_rw").post("/v1/api-keys", both).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (404, "not_found")
    );
    let read = json!({"name": "CI", "capability": "read", "domain_ids": ["shared.example"]});
    let refused = app.as_("member_read").post("/v1/api-keys", read).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "domain_not_writable")
    );
    let wide = json!({"name": "CI", "scope": "organization"});
    let refused = app.as_("member_rw").post("/v1/api-keys", wide).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "forbidden")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_new_key_is_named() {
    let app = TestApp::new().await;
    let cases = [
        (json!({}), "invalid_request", "name"),
        (json!({"name": ""}), "invalid_request", "name"),
        (json!({"name": "a\r\nb"}), "invalid_request", "name"),
        (json!({"name": "a".repeat(81)}), "invalid_request", "name"),
        (
            json!({"name": "a", "environment": "prod"}),
            "invalid_request",
            "environment",
        ),
        (
            json!({"name": "a", "capability": "all"}),
            "invalid_request",
            "capability",
        ),
        (
            json!({"name": "a", "scope": "all"}),
            "invalid_request",
            "scope",
        ),
        (
            json!({"name": "a", "domain_ids": []}),
            "invalid_request",
            "domain_ids",
        ),
        (
            json!({"name": "a", "domain_ids": "x"}),
            "invalid_request",
            "domain_ids",
        ),
        (
            json!({"name": "a", "domain_ids": [5]}),
            "invalid_request",
            "domain_ids[0]",
        ),
        (
            json!({"name": "a", "scope": "domains"}),
            "invalid_request",
            "domain_ids",
        ),
        (
            json!({"name": "a", "scope": "organization", "domain_ids": ["shared.example"]}),
            "invalid_request",
            "domain_ids",
        ),
        (
            json!({"name": "a", "domain_ids": ["shared.example", "SHARED.example"]}),
            "invalid_request",
            "domain_ids",
        ),
        (
            json!({"name": "a", "expires_at": "soon"}),
            "invalid_request",
            "expires_at",
        ),
        (
            json!({"name": "a", "expires_at": "2020-01-01T00:00:00Z"}),
            "invalid_request",
            "expires_at",
        ),
        (
            json!({"name": "a", "permissions": []}),
            "unknown_field",
            "permissions",
        ),
    ];
    refuses(
        &app,
        &app.as_("owner"),
        (Method::POST, "/v1/api-keys"),
        &cases,
    )
    .await;
}

#[tokio::test]
async fn a_key_can_be_renamed_and_its_life_shortened_never_lengthened() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({"name": "CI", "domain_ids": ["shared.example"], "expires_at": "2027-02-01T00:00:00Z"});
    let created = owner.post("/v1/api-keys", body).await.with(201);
    let at = format!(
        "/v1/api-keys/{}",
        created["api_key"]["id"].as_str().unwrap()
    );
    let shorter = json!({"name": "CD", "expires_at": "2027-01-16T00:00:00Z"});
    let changed = owner.patch(&at, shorter).await.with(200);
    assert_eq!(changed["name"], "CD");
    assert_eq!(changed["expires_at"], "2027-01-16T00:00:00Z");
    let cases = [
        (
            json!({"expires_at": "2027-03-01T00:00:00Z"}),
            "invalid_request",
            "expires_at",
        ),
        (json!({"name": ""}), "invalid_request", "name"),
        (json!({"scope": "organization"}), "unknown_field", "scope"),
        (
            json!({"domain_ids": ["closed.example"]}),
            "invalid_request",
            "domain_ids",
        ),
    ];
    refuses(&app, &owner, (Method::PATCH, &at), &cases).await;
    let key = key(&app, &created);
    assert_eq!(key.get("/v1/me").await.status, 200);
    app.clock.advance(std::time::Duration::from_secs(24 * 3600));
    assert_eq!(key.get("/v1/me").await.status, 401);
}

#[tokio::test]
async fn every_bad_credential_gets_the_same_answer() {
    let app = TestApp::new().await;
    let none = app.as_("anonymous").get("/v1/me").await.comparable();
    assert_eq!(
        (none.status.as_u16(), none.code().as_str()),
        (401, "unauthorized")
    );
    for actor in ["deactivated", "key_revoked", "key_creator_deactivated"] {
        assert_eq!(
            app.as_(actor).get("/v1/me").await.comparable(),
            none,
            "{actor}"
        );
    }
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic YTpi",
        "Bearer ps_live_x",
        "ps_live_x",
        "Bearer \u{e9}",
    ] {
        let request = app.as_("anonymous").request(Method::GET, "/v1/me");
        let answer = request.header("authorization", header).send().await;
        assert_eq!(answer.comparable(), none, "{header:?}");
    }
    // A bad key beside a good session is still a bad key.
    let both = app.as_("owner").request(Method::GET, "/v1/me");
    let answer = both
        .header("authorization", "Bearer ps_live_x")
        .send()
        .await;
    assert_eq!(answer.comparable(), none);
}

#[tokio::test]
async fn a_key_can_be_made_to_reach_less_and_never_more() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({"name": "CI", "domain_ids": ["shared.example", "closed.example"]});
    let created = owner.post("/v1/api-keys", body).await.with(201);
    let at = format!(
        "/v1/api-keys/{}",
        created["api_key"]["id"].as_str().unwrap()
    );
    let key = key(&app, &created);
    assert_eq!(key.get("/v1/domains/closed.example").await.status, 200);

    let narrowed = owner
        .patch(&at, json!({"domain_ids": ["shared.example"]}))
        .await
        .with(200);
    assert_eq!(narrowed["domains"].as_array().unwrap().len(), 1);
    assert_eq!(key.get("/v1/domains/closed.example").await.status, 404);
    let lowered = owner
        .patch(&at, json!({"capability": "read"}))
        .await
        .with(200);
    assert_eq!(lowered["capability"], "read");
    let delete = key.delete("/v1/domains/shared.example").await;
    assert_eq!(delete.code(), "insufficient_capability");

    for (change, field) in [
        (
            json!({"domain_ids": ["shared.example", "closed.example"]}),
            "domain_ids",
        ),
        (json!({"domain_ids": []}), "domain_ids"),
        (
            json!({"domain_ids": ["shared.example", "shared.example"]}),
            "domain_ids",
        ),
        (json!({"capability": "full"}), "capability"),
        (json!({"capability": "send"}), "capability"),
        (json!({"allowed_networks": ["office"]}), "allowed_networks"),
    ] {
        let refused = owner.patch(&at, change.clone()).await;
        assert_eq!(refused.status, 400, "{change}");
        assert!(
            refused.json()["error"]["fields"][field].is_string(),
            "{change}"
        );
    }
    assert_eq!(owner.get(&at).await.with(200), lowered);
}

#[tokio::test]
async fn a_hidden_domain_in_a_change_answers_like_one_that_never_was() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let created = writer
        .post("/v1/api-keys", json!({"name": "CI"}))
        .await
        .with(201);
    let at = format!(
        "/v1/api-keys/{}",
        created["api_key"]["id"].as_str().unwrap()
    );
    let hidden = writer
        .patch(&at, json!({"domain_ids": ["closed.example"]}))
        .await;
    let absent = writer
        .patch(&at, json!({"domain_ids": ["absent.example"]}))
        .await;
    assert_eq!((hidden.status.as_u16(), &hidden.body), (404, &absent.body));
}

#[tokio::test]
async fn a_domain_that_is_not_there_comes_before_one_that_is_only_read() {
    let app = TestApp::new().await;
    let reader = app.as_("member_read");
    for hidden in ["absent.example", "closed.example", "foreign.example"] {
        for named in [["shared.example", hidden], [hidden, "shared.example"]] {
            let new = json!({"name": "CI", "domain_ids": named});
            let refused = reader.post("/v1/api-keys", new).await;
            assert_eq!(refused.status, 404, "{named:?}");
        }
    }
    let new = json!({"name": "CI", "domain_ids": ["shared.example"]});
    let refused = reader.post("/v1/api-keys", new).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "domain_not_writable")
    );
}

#[tokio::test]
async fn a_key_works_only_from_the_networks_it_names() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({"name": "CI", "allowed_networks": ["198.51.100.0/24"]});
    let created = owner.post("/v1/api-keys", body).await.with(201);
    let key = key(&app, &created);
    let refused = key.get("/v1/me").await;
    let nobody = app
        .presenting(Presented::Key("ps_live_x".to_owned()))
        .get("/v1/me")
        .await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body),
        (401, &nobody.body)
    );
    let at = format!(
        "/v1/api-keys/{}",
        created["api_key"]["id"].as_str().unwrap()
    );
    owner
        .patch(&at, json!({"allowed_networks": ["127.0.0.1"]}))
        .await
        .with(200);
    assert_eq!(key.get("/v1/me").await.status, 200);
}

#[tokio::test]
async fn a_rotated_key_has_two_secrets_until_the_overlap_is_over() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let created = owner
        .post(
            "/v1/api-keys",
            json!({"name": "CI", "domain_ids": ["shared.example"]}),
        )
        .await
        .with(201);
    let at = format!(
        "/v1/api-keys/{}",
        created["api_key"]["id"].as_str().unwrap()
    );
    let old = key(&app, &created);
    let rotated = owner
        .post(&format!("{at}/rotate"), json!({"overlap_hours": 2}))
        .await
        .with(200);
    let new = key(&app, &rotated);
    assert_ne!(created["secret"], rotated["secret"]);
    assert_eq!(rotated["api_key"]["id"], created["api_key"]["id"]);
    let until = &rotated["api_key"]["previous_secret_until"];
    assert_eq!(until, "2027-01-15T10:00:00Z");
    app.clock
        .advance(std::time::Duration::from_secs(2 * 3600 - 1));
    for client in [&old, &new] {
        assert_eq!(client.get("/v1/me").await.status, 200);
    }
    app.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(old.get("/v1/me").await.status, 401);
    assert_eq!(new.get("/v1/me").await.status, 200);

    let again = owner
        .post(&format!("{at}/rotate"), json!({}))
        .await
        .with(200);
    owner
        .patch(&at, json!({"end_previous_secret": true}))
        .await
        .with(200);
    assert_eq!(new.get("/v1/me").await.status, 401);
    owner.delete(&at).await.with(204);
    assert_eq!(key(&app, &again).get("/v1/me").await.status, 401);
    let ended = owner.post(&format!("{at}/rotate"), json!({})).await;
    assert_eq!(
        (ended.status.as_u16(), ended.code().as_str()),
        (409, "conflict")
    );
}

#[tokio::test]
async fn only_the_maker_of_a_key_is_given_its_secret() {
    let app = TestApp::new().await;
    let at = format!("/v1/api-keys/{}", app.shared().api_key);
    for manager in ["owner", "admin"] {
        let manager = app.as_(manager);
        let before = app.dump();
        for body in [json!({}), json!({"overlap_hours": 169})] {
            let refused = manager.post(&format!("{at}/rotate"), body).await;
            assert_eq!(
                (refused.status.as_u16(), refused.code().as_str()),
                (403, "forbidden")
            );
            assert_eq!(
                refused.json()["error"]["message"],
                "Only whoever made a key can be given its secret: revoke it and make another"
            );
        }
        assert_eq!(app.dump(), before);
        manager.patch(&at, json!({"name": "CD"})).await.with(200);
    }
    let maker = app.as_("member_rw");
    maker
        .post(&format!("{at}/rotate"), json!({}))
        .await
        .with(200);
    app.as_("admin").delete(&at).await.with(204);
}

#[tokio::test]
async fn a_rotation_overlaps_for_a_week_at_most_and_not_at_all_if_asked() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let new = json!({"name": "CI", "domain_ids": ["shared.example"]});
    let created = owner.post("/v1/api-keys", new).await.with(201);
    let id = created["api_key"]["id"].as_str().unwrap();
    let rotate = format!("/v1/api-keys/{id}/rotate");
    let too_long = [(
        json!({"overlap_hours": 169}),
        "invalid_request",
        "overlap_hours",
    )];
    refuses(&app, &owner, (Method::POST, &rotate), &too_long).await;
    for (hours, until) in [(168, json!("2027-01-22T08:00:00Z")), (0, Value::Null)] {
        let overlap = json!({"overlap_hours": hours});
        let rotated = owner.post(&rotate, overlap).await.with(200);
        assert_eq!(rotated["api_key"]["previous_secret_until"], until);
    }
    assert_eq!(key(&app, &created).get("/v1/me").await.status, 401);
}

#[tokio::test]
async fn a_key_names_fifty_networks_at_most() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let with = |count: u8| {
        let networks: Vec<_> = (0..count).map(|n| format!("192.0.2.{n}")).collect();
        json!({"name": "CI", "allowed_networks": networks})
    };
    let path = "/v1/api-keys";
    let too_many = [(with(51), "invalid_request", "allowed_networks")];
    refuses(&app, &owner, (Method::POST, path), &too_many).await;
    let made = owner.post(path, with(50)).await.with(201);
    let networks = made["api_key"]["allowed_networks"].as_array().unwrap();
    assert_eq!(networks.len(), 50);
}
