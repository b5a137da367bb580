//! What keys are good for, and what they are never good for.

use http::Method;
use postscale_access::{Action, Class};
use postscale_store::params;
use postscale_testkit::TestApp;
use serde_json::{Value, json};

use super::key_of;
use crate::access::{
    matrix::Target,
    samples::{Sample, Side},
};

fn classes(sample: &Sample) -> Vec<Class> {
    let actions = sample.actions();
    let named = actions.iter().map(|name| Action::named(name).unwrap());
    named.map(Action::class).collect()
}

async fn save_access(app: &TestApp, domains: Value) {
    let path = format!(
        "/v1/users/{}/domain-access",
        app.world().seat("member_rw").user
    );
    let list = json!({"domains": domains});
    app.as_("admin").put(&path, list).await.with(200);
}

/// INV-3, INV-6: whatever becomes of its creator becomes of a key, with the next request.
#[tokio::test]
async fn a08_a_key_is_never_more_than_its_scope_its_capability_and_its_creator_now() {
    let app = TestApp::new().await;
    let shared = app.shared().domain.clone();
    let at = format!("/v1/domains/{shared}");
    let line = |access: &str| json!([{"domain_id": shared, "access": access}]);
    let key = key_of(
        &app,
        "member_rw",
        json!({"name": "CI", "domain_ids": [shared]}),
    )
    .await;
    let can = async || {
        let read = key.get(&at).await.status.as_u16();
        let write = key
            .put(&at, json!({"catch_all_enabled": true}))
            .await
            .status
            .as_u16();
        (read, write)
    };
    assert_eq!(can().await, (200, 200));
    save_access(&app, line("read")).await;
    assert_eq!(can().await, (200, 403));
    save_access(&app, json!([])).await;
    assert_eq!(can().await, (404, 404));
    let more = json!([{"domain_id": app.world().closed.domain, "access": "read_write"}]);
    save_access(&app, more).await;
    assert_eq!(can().await, (404, 404));
    let closed = key.get("/v1/domains/closed.example").await;
    assert_eq!(
        closed.status, 404,
        "the creator may, the key was not made for it"
    );
    save_access(&app, line("read_write")).await;
    assert_eq!(can().await, (200, 200));
    let user = format!("/v1/users/{}", app.world().seat("member_rw").user);
    for verb in ["deactivate", "reactivate"] {
        app.as_("owner")
            .post(&format!("{user}/{verb}"), json!({}))
            .await
            .with(200);
        assert_eq!(can().await, (401, 401), "{verb}");
    }
    save_access(&app, line("read_write")).await;
    assert_eq!(can().await, (401, 401), "a revoked key is not revived");
}

/// INV-2: there is no way to an empty list of domains, and an empty list would be nothing.
#[tokio::test]
async fn a09_a_key_without_domains_is_good_for_nothing_and_never_for_everything() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let before = app.dump();
    for scope in [
        json!({"domain_ids": []}),
        json!({"scope": "domains", "domain_ids": []}),
    ] {
        let mut body = json!({"name": "CI"});
        body.as_object_mut()
            .unwrap()
            .extend(scope.as_object().unwrap().clone());
        for who in ["owner", "admin", "member_rw"] {
            let made = app.as_(who).post("/v1/api-keys", body.clone()).await;
            assert_eq!(
                (made.status.as_u16(), made.fields()),
                (400, vec!["domain_ids".into()]),
                "{who} {body}"
            );
        }
    }
    let none = app
        .as_("member_read")
        .post("/v1/api-keys", json!({"name": "CI"}))
        .await;
    assert_eq!(
        (none.status.as_u16(), none.code()),
        (403, "no_writable_domain".into())
    );
    assert_eq!(app.dump(), before);
    // By force: rows that no function leaves behind.
    let forced = app.fork();
    let key = key_of(
        &forced,
        "owner",
        json!({"name": "CI", "domain_ids": ["shared.example"]}),
    )
    .await;
    let mut tx = forced.app.store.write().await.unwrap();
    tx.execute("DELETE FROM api_key_domains", &params![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let listed = key.get("/v1/domains").await;
    if listed.status == 200 {
        assert_eq!(listed.json()["domains"], json!([]));
    } else {
        assert_eq!(listed.status, 401);
    }
    for domain in ["shared.example", "closed.example"] {
        let seen = key.get(&format!("/v1/domains/{domain}")).await;
        assert!(matches!(seen.status.as_u16(), 401 | 404), "{domain}");
    }
    // A key whose last domain goes is revoked; one that keeps a domain is not.
    let one = key_of(
        &app,
        "owner",
        json!({"name": "1", "domain_ids": ["shared.example"]}),
    )
    .await;
    let two = json!({"name": "2", "domain_ids": ["shared.example", "closed.example"]});
    let two = key_of(&app, "owner", two).await;
    let gone = owner.delete("/v1/domains/shared.example").await;
    assert!(gone.status.is_success(), "{}", gone.status);
    assert_eq!(one.get("/v1/me").await.status, 401);
    assert_eq!(two.get("/v1/domains/closed.example").await.status, 200);
    assert_eq!(
        two.get("/v1/domains").await.with(200)["domains"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a10_people_and_credentials_are_for_people_and_a_key_ends_only_itself() {
    let app = TestApp::builder().with_peers().build().await;
    let before = app.dump();
    let of_people = [
        Class::SelfPerson,
        Class::OrganizationPerson,
        Class::OwnerOnly,
        Class::UserLook,
        Class::UserManage,
        Class::UserOwner,
        Class::OwnKeys,
        Class::DomainWritePerson,
    ];
    let mut asked = 0;
    for sample in Side::Api.samples() {
        if !classes(&sample)
            .iter()
            .any(|class| of_people.contains(class))
        {
            continue;
        }
        for key in ["key_org_by_owner", "key_org_by_admin", "key_rw"] {
            let answer = sample.request(&app, key, Target::Shared).send().await;
            let at = format!("{key} {} {}", sample.method, sample.path);
            assert_eq!(answer.status, 403, "{at}");
            assert_eq!(answer.code(), "session_required", "{at}");
            asked += 1;
        }
    }
    assert!(asked > 90, "{asked}");
    // What no class says: nothing else below these paths changes for a key.
    for prefix in [
        "/v1/api-keys",
        "/v1/users",
        "/v1/invitations",
        "/v1/me",
        "/v1/organization",
        "/v1/audit",
    ] {
        for sample in Side::Api.samples() {
            let is_link = matches!(
                sample.path,
                "/v1/invitations/accept" | "/v1/invitations/verify-email"
            );
            let is_open = is_link || sample.path == "/v1/api-keys/self";
            if !sample.path.starts_with(prefix) || sample.method == Method::GET || is_open {
                continue;
            }
            let answer = sample
                .request(&app, "key_org_by_owner", Target::Shared)
                .send()
                .await;
            assert_eq!(answer.status, 403, "{} {}", sample.method, sample.path);
        }
    }
    assert_eq!(app.dump(), before);
    let key = app.as_("key_org_by_owner");
    key.delete("/v1/api-keys/self").await.with(204);
    assert_eq!(key.get("/v1/me").await.status, 401);
    assert_eq!(app.as_("key_org_by_admin").get("/v1/me").await.status, 200);
    let me = app.as_("owner").delete("/v1/api-keys/self").await;
    assert_eq!(me.status, 403, "a person is no key");
}

#[tokio::test]
async fn a11_a_key_that_may_read_or_send_does_nothing_more() {
    let app = TestApp::builder().with_peers().build().await;
    let before = app.dump();
    for sample in Side::Api.samples() {
        let all = classes(&sample);
        if all.contains(&Class::Public) || all.contains(&Class::SelfKey) {
            continue;
        }
        let at = format!("{} {}", sample.method, sample.path);
        let ask = async |key: &str| sample.request(&app, key, Target::Shared).send().await;
        let reads = [
            Class::Authenticated,
            Class::List,
            Class::DomainRead,
            Class::OrganizationLook,
        ];
        for key in ["key_rw_readcap", "key_org_readcap"] {
            let answer = ask(key).await;
            // The organization as a whole is shown to keys for all of it.
            let is_in_reach = key == "key_org_readcap" || !all.contains(&Class::OrganizationLook);
            // Taking what is seen along as a file is reading, though it is asked for by POST.
            let is_asking = sample.method == Method::GET || sample.path.ends_with("/exports");
            let is_reading = is_asking && all.iter().all(|class| reads.contains(class));
            if is_reading && is_in_reach {
                assert!(answer.status.is_success(), "{key} {at}: {}", answer.status);
            } else {
                assert_eq!(answer.status, 403, "{key} {at}");
            }
        }
        let sends = [Class::Authenticated, Class::SendByName];
        if !all.iter().all(|class| sends.contains(class)) {
            assert_eq!(ask("key_rw_sendcap").await.status, 403, "{at}");
        }
    }
    // Files that were taken along are in the log, and nothing else is.
    let mut after = app.dump();
    let log = after
        .insert("audit_entries".to_owned(), Vec::new())
        .unwrap();
    assert!(log.iter().all(|entry| entry.contains("|export.created|")));
    after.insert("audit_heads".to_owned(), Vec::new());
    assert_eq!(after, before);
    let mail = json!({"from": "ann@shared.example", "to": ["carol@far.example"], "subject": "x", "text_body": "x"});
    app.as_("key_rw_sendcap")
        .post("/v1/send", mail)
        .await
        .with(202);
}
