//! Goal: what is done is in the log, once, with who did it; what is refused changes nothing and is
//! noted; nobody reads another's log; a spreadsheet gets no formula.
//! Method: do each thing over the API and read the log over the API.

mod deeds;
mod entries;
mod listing;

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_store::{
    api_key,
    denial::{self, Flush},
};
use postscale_testkit::{Presented, TestApp};
use serde_json::{Value, json};

#[expect(
    clippy::disallowed_methods,
    reason = "stands for the node's housekeeping"
)]
const HOUSEKEEPING: SystemScope = SystemScope::for_job("test housekeeping");

/// The log of the organization of `reader`, newest first.
async fn log(app: &TestApp, reader: &str) -> Vec<Value> {
    let log = app.as_(reader).get("/v1/audit?limit=100").await.with(200);
    log["entries"].as_array().unwrap().clone()
}

/// The actions that are in the log since it had `before` entries, oldest first.
async fn actions_since(app: &TestApp, before: usize) -> Vec<String> {
    let mut entries = log(app, "owner").await;
    entries.truncate(entries.len() - before);
    let action = |entry: &Value| entry["action"].as_str().unwrap().to_owned();
    entries.iter().rev().map(action).collect()
}

async fn keep_house(app: &TestApp, flush: Flush) {
    let sources = &app.app.sources;
    denial::flush(&app.app.store, sources, flush, &HOUSEKEEPING)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_entry_says_who_what_and_how_it_was() {
    let app = TestApp::new().await;
    let at = format!("/v1/domains/{}", app.shared().domain);
    let change = json!({"open_tracking": true});
    app.as_("key_rw").put(&at, change.clone()).await.with(200);
    app.as_("owner").put(&at, change).await.with(200);
    let entries = log(&app, "owner").await;
    let seat = app.world().seat("owner");
    let newest = &entries[0];
    assert_eq!(
        newest["actor"],
        json!({
            "kind": "user", "id": seat.user.to_string(), "label": "owner@people.example"
        })
    );
    assert_eq!(newest["via"], seat.session.unwrap().to_string());
    assert_eq!(
        newest["target"],
        json!({
            "kind": "domain", "id": app.shared().domain, "label": "shared.example"
        })
    );
    assert_eq!(
        (&newest["before"], &newest["after"]),
        (&Value::Null, &Value::Null)
    );
    assert!(newest["request_id"].is_string());
    let key = &entries[1];
    assert_eq!(key["actor"]["kind"], "key");
    assert_eq!(key["via"], key["actor"]["id"]);
    assert_eq!(key["before"], json!({"open_tracking": false}));
    assert_eq!(key["after"], json!({"open_tracking": true}));
    assert_eq!(
        (&key["outcome"], &key["occurrences"]),
        (&json!("ok"), &json!(1))
    );
}

#[tokio::test]
async fn what_dns_says_is_in_the_log_when_it_changes_something() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let body = json!({"domain": "new.example", "type": "inbound"});
    owner.post("/v1/domains", body).await.with(201);
    let before = log(&app, "owner").await.len();
    let verify = "/v1/domains/new.example/verify";
    owner.post(verify, json!({})).await.with(200);
    let dns = owner.get("/v1/domains/new.example/dns").await.with(200);
    let proof = dns["records"][0]["value"].as_str().unwrap();
    app.dns.set_txt("_postscale.new.example", proof);
    app.dns.set_mx("new.example", 10, "mx.postscale.example");
    for _ in 0..2 {
        owner.post(verify, json!({})).await.with(200);
    }
    assert_eq!(actions_since(&app, before).await, ["domain.verified"]);
}

#[tokio::test]
async fn reading_a_message_again_and_again_is_one_look() {
    let app = TestApp::new().await;
    let reader = app.as_("member_rw");
    let before = log(&app, "owner").await.len();
    let email = format!("/v1/emails/{}", app.shared().email);
    let inbound = format!("/v1/inbound-emails/{}", app.shared().inbound);
    for _ in 0..3 {
        reader.get(&email).await.with(200);
        reader.get(&inbound).await.with(200);
    }
    // Who may only read metadata looks at nothing.
    app.as_("member_read").get(&email).await.with(200);
    let once = ["message.content_viewed", "inbound.content_viewed"];
    assert_eq!(actions_since(&app, before).await, once);
    app.clock.advance(Duration::from_secs(3601));
    reader.get(&email).await.with(200);
    assert_eq!(
        actions_since(&app, before + 2).await,
        ["message.content_viewed"]
    );
}

#[tokio::test]
async fn refusals_are_noted_and_many_of_one_principal_are_counted_together() {
    let app = TestApp::new().await;
    let reader = app.as_("member_read");
    let at = format!("/v1/domains/{}", app.shared().domain);
    for _ in 0..24 {
        assert_eq!(reader.put(&at, json!({"active": false})).await.status, 403);
    }
    assert_eq!(reader.get("/v1/audit").await.status, 403);
    let writer = app.as_("member_rw");
    // Hidden is noted, what never was is not, and neither is what is another organization's.
    let closed = &app.world().closed.domain;
    let nowhere = "5f0c4f5e-7d0a-4c3e-9b43-000000000000";
    for hidden in [closed, nowhere, &app.world().foreign.domain] {
        assert_eq!(
            writer.get(&format!("/v1/domains/{hidden}")).await.status,
            404
        );
    }
    let before = log(&app, "owner").await.len();
    keep_house(&app, Flush::Due).await;
    let entries = log(&app, "owner").await;
    assert_eq!(entries.len() - before, 21, "20 of one and 1 of the other");
    let hidden = entries
        .iter()
        .find(|entry| entry["actor"]["label"] == "member_rw@people.example");
    let hidden = hidden.unwrap();
    assert_eq!(hidden["action"], "access.denied");
    assert_eq!(hidden["outcome"], "denied");
    assert_eq!(hidden["target"]["label"], "closed.example");
    assert_eq!(hidden["after"], json!({"action": "domain.read"}));
    // The minute is over: the others are one entry.
    app.clock.advance(Duration::from_secs(61));
    keep_house(&app, Flush::Due).await;
    let rest = &log(&app, "owner").await[0];
    assert_eq!(rest["occurrences"], 5);
    let counted = json!({"actions": {"audit.list": 1, "domain.settings.update": 4}});
    assert_eq!(rest["after"], counted);
    keep_house(&app, Flush::Everything).await;
    assert_eq!(log(&app, "owner").await.len(), entries.len() + 1);
    assert_eq!(log(&app, "other_org_owner").await.len(), 0);
}

#[tokio::test]
async fn who_uses_a_key_that_is_no_good_is_noted_with_what_is_wrong_with_it() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let new = async |with: Value| {
        let mut body = json!({"name": "CI"});
        body.as_object_mut()
            .unwrap()
            .extend(with.as_object().unwrap().clone());
        let made = owner.post("/v1/api-keys", body).await.with(201);
        let key = app.presenting(Presented::Key(made["secret"].as_str().unwrap().to_owned()));
        (key, made["api_key"]["id"].as_str().unwrap().to_owned())
    };
    let (elsewhere, _) = new(json!({"allowed_networks": ["198.51.100.0/24"]})).await;
    let (rotated, id) = new(json!({})).await;
    let path = format!("/v1/api-keys/{id}/rotate");
    owner
        .post(&path, json!({"overlap_hours": 1}))
        .await
        .with(200);
    let (expired, _) = new(json!({"expires_at": "2027-01-15T09:00:00Z"})).await;
    app.clock.advance(Duration::from_secs(3600));
    let owners = [elsewhere, rotated, expired];
    let others = ["key_revoked", "key_creator_deactivated"].map(|key| app.as_(key));
    for key in owners.iter().chain(&others) {
        assert_eq!(key.get("/v1/me").await.status, 401);
    }
    let before = log(&app, "owner").await.len();
    keep_house(&app, Flush::Everything).await;
    let mut reasons: Vec<Value> = log(&app, "owner").await;
    reasons.truncate(reasons.len() - before);
    let told = |entry: &Value| (entry["action"].clone(), entry["actor"]["kind"].clone());
    assert!(
        reasons
            .iter()
            .all(|entry| told(entry) == (json!("key.denied"), json!("anonymous")))
    );
    let mut reasons: Vec<_> = reasons
        .iter()
        .map(|entry| entry["after"]["reason"].clone())
        .collect();
    reasons.sort_by_key(ToString::to_string);
    let all = [
        "creator_deactivated",
        "expired",
        "network",
        "revoked",
        "rotated",
    ];
    assert_eq!(reasons, all);
}

#[tokio::test]
async fn a_key_that_expires_is_in_the_log_once() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let new = json!({"name": "CI", "scope": "organization", "expires_at": "2027-01-16T08:00:00Z"});
    owner.post("/v1/api-keys", new).await.with(201);
    let before = log(&app, "owner").await.len();
    let now = || api_key::log_expired(&app.app.store, &app.app.sources, &HOUSEKEEPING);
    now().await.unwrap();
    assert_eq!(log(&app, "owner").await.len(), before);
    app.clock.advance(Duration::from_secs(25 * 3600));
    now().await.unwrap();
    now().await.unwrap();
    // The owner's session has ended meanwhile as well.
    let rows = app.dump().remove("audit_entries").unwrap();
    let expired: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("key.expired"))
        .collect();
    assert_eq!(expired.len(), 1);
    assert!(expired[0].contains("|system|"), "{expired:?}");
}
