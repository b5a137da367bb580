//! What an entry says of a key and of a user: whom it is about, how they were and how they are.

use postscale_testkit::{Presented, TestApp};
use serde_json::{Value, json};

use super::log;

/// The newest entry: its action, and what it says.
async fn newest(app: &TestApp) -> (String, Value) {
    let entry = log(app, "owner").await.swap_remove(0);
    (entry["action"].as_str().unwrap().to_owned(), entry)
}

#[tokio::test]
async fn a_key_is_described_when_made_and_whenever_it_reaches_less() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let end = "2027-02-01T00:00:00Z";
    let new = json!({"name": "CI", "domain_ids": ["shared.example", "closed.example"],
        "allowed_networks": ["192.0.2.7"], "expires_at": end});
    let made = owner.post("/v1/api-keys", new).await.with(201);
    let id = &made["api_key"]["id"];
    let at = format!("/v1/api-keys/{}", id.as_str().unwrap());
    let (action, entry) = newest(&app).await;
    assert_eq!(action, "key.created");
    let target = json!({"kind": "api_key", "id": id, "label": "CI"});
    assert_eq!(entry["target"], target);
    let mut known = json!({
        "name": "CI", "environment": "live", "capability": "full", "scope": "domains",
        "domains": ["closed.example", "shared.example"],
        "allowed_networks": ["192.0.2.7/32"], "expires_at": end,
    });
    assert_eq!(entry["after"], known);
    let earlier = "2027-01-20T00:00:00Z";
    for (change, want, field, now) in [
        (json!({"name": "CD"}), "key.updated", "name", json!("CD")),
        // An end it has already takes nothing from it.
        (
            json!({"expires_at": end}),
            "key.updated",
            "name",
            json!("CD"),
        ),
        (
            json!({"expires_at": earlier}),
            "key.narrowed",
            "expires_at",
            json!(earlier),
        ),
        (
            json!({"capability": "read"}),
            "key.narrowed",
            "capability",
            json!("read"),
        ),
        (
            json!({"domain_ids": ["shared.example"]}),
            "key.narrowed",
            "domains",
            json!(["shared.example"]),
        ),
        (
            json!({"allowed_networks": []}),
            "key.updated",
            "allowed_networks",
            json!([]),
        ),
    ] {
        owner.patch(&at, change.clone()).await.with(200);
        let (action, entry) = newest(&app).await;
        assert_eq!(
            (action.as_str(), &entry["before"]),
            (want, &known),
            "{change}"
        );
        known[field] = now;
        assert_eq!(entry["after"], known, "{change}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_in_the_log_once_whoever_revoked_it() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    for by_itself in [false, true] {
        let made = owner
            .post("/v1/api-keys", json!({"name": "CI"}))
            .await
            .with(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        let id = &made["api_key"]["id"];
        let at = format!("/v1/api-keys/{}", id.as_str().unwrap());
        if by_itself {
            let key = app.presenting(Presented::Key(secret));
            key.delete("/v1/api-keys/self").await.with(204);
        }
        owner.delete(&at).await.with(204);
        owner.delete(&at).await.with(204);
        let revoked =
            |entry: &&Value| entry["action"] == "key.revoked" && entry["target"]["id"] == *id;
        let entries = log(&app, "owner").await;
        let entries: Vec<_> = entries.iter().filter(revoked).collect();
        assert_eq!(entries.len(), 1, "{entries:?}");
        let kind = if by_itself { "key" } else { "user" };
        assert_eq!(entries[0]["actor"]["kind"], kind);
        assert_eq!(entries[0]["target"]["label"], "CI");
    }
}

#[tokio::test]
async fn what_becomes_of_a_user_is_told_with_how_they_were() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let id = app.world().seat("member_rw").user.to_string();
    let target = json!({"kind": "user", "id": id, "label": "member_rw@people.example"});
    let at = format!("/v1/users/{id}");
    let state = |role: &str, status: &str| json!({"role": role, "status": status});
    let (post, none) = (http::Method::POST, json!({}));
    for (method, path, body, action, before, after) in [
        (
            http::Method::PATCH,
            at.clone(),
            json!({"role": "admin"}),
            "user.role_changed",
            state("member", "active"),
            state("admin", "active"),
        ),
        (
            post.clone(),
            format!("{at}/deactivate"),
            none.clone(),
            "user.deactivated",
            state("admin", "active"),
            state("admin", "deactivated"),
        ),
        (
            post,
            format!("{at}/reactivate"),
            none.clone(),
            "user.reactivated",
            state("admin", "deactivated"),
            state("member", "active"),
        ),
        (
            http::Method::DELETE,
            at.clone(),
            none,
            "user.deleted",
            state("member", "active"),
            state("member", "deleted"),
        ),
    ] {
        owner
            .request(method, &path)
            .json(&body)
            .send()
            .await
            .with(200);
        let entries = log(&app, "owner").await;
        let told = entries
            .iter()
            .find(|entry| entry["action"] == action)
            .unwrap();
        assert_eq!(
            (&told["target"], &told["before"]),
            (&target, &before),
            "{action}"
        );
        for field in ["role", "status"] {
            assert_eq!(told["after"][field], after[field], "{action} {field}");
        }
        // Keys that whoever is gone may have a copy of.
        for key in told["after"]["remaining_organization_keys"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert!(
                key["name"].is_string() && key["created_by"].is_string(),
                "{action} {key}"
            );
        }
        let is_gone = ["user.deactivated", "user.deleted"].contains(&action);
        assert_eq!(
            told["after"]["remaining_organization_keys"].is_array(),
            is_gone
        );
    }
}
