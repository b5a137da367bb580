//! `/v1/me/security-events`
//!
//! Goal: everybody sees what happened to their own sign-in and keys, and nothing about anybody else.
//! Method: deeds of several people, then each one's list.

use postscale_testkit::{Client, PASSWORD, TestApp, on_both_engines};
use serde_json::{Value, json};

const PATH: &str = "/v1/me/security-events";

async fn login(app: &TestApp, who: &str, password: &str) -> u16 {
    let body = json!({"email": format!("{who}@people.example"), "password": password});
    let answer = app.as_("anonymous").post("/v1/auth/login", body).await;
    answer.status.as_u16()
}

async fn listed(me: &Client, query: &str) -> Value {
    me.get(&format!("{PATH}{query}")).await.with(200)
}

/// What happened and how it ended, newest first.
fn told(list: &Value) -> Vec<(&str, &str)> {
    let events = list["events"].as_array().unwrap().iter();
    events
        .map(|event| {
            let word = |name: &str| event[name].as_str().unwrap();
            (word("action"), word("outcome"))
        })
        .collect()
}

on_both_engines! {
    async fn a_member_sees_what_happened_to_their_own_sign_in_and_keys(database) {
        let app = TestApp::builder().database(database).build().await;
        let me = app.as_("member_rw");
        let before = listed(&me, "").await["total"].as_u64().unwrap();
        assert_eq!(login(&app, "member_rw", "wrong").await, 401);
        assert_eq!(login(&app, "member_rw", PASSWORD).await, 200);
        let new_key = json!({"name": "deploy", "domain_ids": [app.shared().domain]});
        me.post("/v1/api-keys", new_key).await.with(201);
        let list = listed(&me, "").await;
        let expected = [
            ("key.created", "ok"),
            ("auth.login.ok", "ok"),
            ("auth.login.fail", "failed"),
        ];
        assert_eq!(told(&list), expected);
        assert_eq!(list["total"], before + 3);
        let newest = &list["events"][0];
        let members: Vec<_> = newest.as_object().unwrap().keys().collect();
        assert_eq!(members, ["action", "at", "id", "ip", "outcome"]);
        assert!(list["events"].as_array().unwrap().iter().all(|event| event["ip"].is_string()));
        let second = listed(&me, "?limit=1&offset=1").await;
        assert_eq!(told(&second), expected[1..2]);
        assert_eq!((&second["total"], &second["offset"]), (&list["total"], &json!(1)));
    }

    async fn of_others_nothing_is_told(database) {
        let app = TestApp::builder().database(database).build().await;
        let me = app.as_("member_rw");
        for who in ["admin", "member_read", "other_org_owner"] {
            assert_eq!(login(&app, who, "wrong").await, 401);
            assert_eq!(login(&app, who, PASSWORD).await, 200);
        }
        let new_key = json!({"name": "deploy", "domain_ids": [app.shared().domain]});
        app.as_("admin").post("/v1/api-keys", new_key).await.with(201);
        assert_eq!(listed(&me, "").await["total"], 0);
        let their = listed(&app.as_("admin"), "").await;
        assert_eq!(told(&their)[0], ("key.created", "ok"));
        assert_eq!(their["total"], 3);

        let sessions = format!("/v1/users/{}/sessions", app.world().seat("member_rw").user);
        let ended = app.as_("admin").delete(&sessions).await;
        assert!(ended.status.is_success(), "{}", ended.status);
        assert_eq!(listed(&app.as_("admin"), "").await["total"], 3, "it is about the member");
        let again = app.signed_in("member_rw").await;
        let list = listed(&again, "").await;
        assert_eq!(told(&list), [("session.revoked", "ok")]);
        assert_eq!(list["events"][0]["ip"], Value::Null, "the admin's address");
    }
}

#[tokio::test]
async fn a_domain_that_was_taken_away_is_not_named() {
    let app = TestApp::new().await;
    let domain = app.shared().domain.clone();
    let me = app.as_("member_rw");
    let new_key = json!({"name": "for shared", "domain_ids": [domain]});
    me.post("/v1/api-keys", new_key).await.with(201);
    let access = format!(
        "/v1/users/{}/domain-access",
        app.world().seat("member_rw").user
    );
    let nothing = json!({"domains": []});
    app.as_("owner").put(&access, nothing).await.with(200);
    let list = listed(&me, "").await;
    assert_eq!(told(&list), [("key.created", "ok")]);
    let page = me.get("/account").await;
    let page = String::from_utf8_lossy(&page.body);
    assert!(page.contains("API key created"), "{page}");
    for name in ["shared.example", "for shared", &domain] {
        assert!(!list.to_string().contains(name), "{name} in {list}");
        assert!(!page.contains(name), "{name}");
    }
}

#[tokio::test]
async fn who_is_no_person_has_none() {
    let app = TestApp::new().await;
    assert_eq!(app.as_("anonymous").get(PATH).await.status, 401);
    for key in ["key_rw", "key_org_by_owner"] {
        assert_eq!(app.as_(key).get(PATH).await.status, 403, "{key}");
    }
    let wrong = app.as_("owner").get(&format!("{PATH}?limit=0")).await;
    assert_eq!(wrong.fields(), ["limit"]);
}
