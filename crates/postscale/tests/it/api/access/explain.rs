//! Goal: an explanation says what the request would be answered, and why, to those alone who look
//! after access.
//! Method: somebody's request and the explanation of it, side by side.

use std::time::Duration;

use postscale_testkit::{Client, TestApp};
use serde_json::{Value, json};

fn at(app: &TestApp, who: &str, domain: &str, action: &str) -> String {
    let user = app.world().seat(who).user;
    format!("/v1/access/explain?user_id={user}&domain_id={domain}&action={action}")
}

async fn ask(app: &TestApp, who: &str, action: &str) -> Value {
    let path = at(app, who, "shared.example", action);
    app.as_("admin").get(&path).await.with(200)
}

fn rules(explained: &Value) -> Vec<(String, bool)> {
    let steps = explained["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let rule = step["rule"].as_str().unwrap().to_owned();
            (rule, step["passed"].as_bool().unwrap())
        })
        .collect()
}

fn last_text(explained: &Value) -> &str {
    explained["steps"].as_array().unwrap().last().unwrap()["text"]
        .as_str()
        .unwrap()
}

#[tokio::test]
async fn each_role_and_level_is_explained_as_it_is_answered() {
    let app = TestApp::new().await;
    for (who, action, status, code) in [
        ("owner", "domain.delete", None, None),
        ("member_rw", "domain.settings.update", None, None),
        ("member_read", "domain.read", None, None),
        (
            "member_read",
            "domain.settings.update",
            Some(403),
            Some("domain_not_writable"),
        ),
        ("member_rw", "domain.delete", Some(403), Some("forbidden")),
        ("member_hidden", "domain.read", Some(404), Some("not_found")),
        (
            "member_hidden",
            "message.send",
            Some(403),
            Some("sender_domain_not_permitted"),
        ),
        (
            "deactivated",
            "domain.read",
            Some(401),
            Some("unauthorized"),
        ),
        (
            "owner",
            "dkim.private_key.read",
            Some(403),
            Some("forbidden"),
        ),
    ] {
        let explained = ask(&app, who, action).await;
        assert_eq!(explained["allowed"], status.is_none(), "{who} {action}");
        assert_eq!(explained["status"], json!(status), "{who} {action}");
        assert_eq!(explained["code"], json!(code), "{who} {action}");
        let rules = rules(&explained);
        let (last, before) = rules.split_last().unwrap();
        assert_eq!(last.1, status.is_none(), "{who} {action}");
        assert!(before.iter().all(|(_, passed)| *passed), "{who} {action}");
    }
}

#[tokio::test]
async fn a_grant_is_told_with_its_giver_its_end_and_its_note() {
    let app = TestApp::new().await;
    let user = app.world().seat("member_read").user;
    let list = json!({"domains": [{
        "domain_id": "shared.example",
        "access": "read",
        "expires_at": "2027-01-16T08:00:00Z",
        "note": "while Ann is away",
    }]});
    let path = format!("/v1/users/{user}/domain-access");
    app.as_("admin").put(&path, list).await.with(200);
    let explained = ask(&app, "member_read", "domain.read").await;
    let grant = &explained["grant"];
    assert_eq!(grant["status"], "active");
    assert_eq!(grant["given_by_name"], "admin");
    assert_eq!(grant["given_at"], "2027-01-15T08:00:00Z");
    assert_eq!(grant["expires_at"], "2027-01-16T08:00:00Z");
    assert_eq!(grant["note"], "while Ann is away");
    app.clock.advance(Duration::from_secs(25 * 3600));
    let app_admin = sign_in_again(&app).await;
    let path = at(&app, "member_read", "shared.example", "domain.read");
    let explained = app_admin.get(&path).await.with(200);
    assert_eq!(explained["grant"]["status"], "expired");
    assert_eq!(explained["status"], 404);
    assert!(last_text(&explained).contains("ended at 2027-01-16T08:00:00Z"));
}

/// A session of the admin that is not idle.
async fn sign_in_again(app: &TestApp) -> Client {
    let email = app.world().seat("admin").email.clone();
    let body = json!({"email": email, "password": postscale_testkit::PASSWORD});
    let answer = app.as_("anonymous").post("/v1/auth/login", body).await;
    assert!(answer.status.is_success());
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    let token = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    app.presenting(postscale_testkit::Presented::Session(token))
}

#[tokio::test]
async fn a_key_is_explained_by_its_maker_its_scope_and_its_capability() {
    let app = TestApp::new().await;
    let admin = app.as_("admin");
    for (key, action, last, allowed) in [
        ("key_rw", "domain.settings.update", "level", true),
        (
            "key_rw_readcap",
            "domain.settings.update",
            "capability",
            false,
        ),
        ("key_rw_sendcap", "domain.read", "capability", false),
        (
            "key_creator_downgraded",
            "domain.settings.update",
            "level",
            false,
        ),
        (
            "key_creator_lost_domain",
            "domain.read",
            "user_level",
            false,
        ),
        ("key_other_scope", "domain.read", "key_scope", false),
        ("key_org_by_owner", "domain.delete", "capability", true),
        ("key_rw", "key.create.scoped", "in_person", false),
    ] {
        let me = app.as_(key).get("/v1/me").await.with(200);
        let id = me["api_key"]["id"].as_str().unwrap();
        let path =
            format!("/v1/access/explain?api_key_id={id}&domain_id=shared.example&action={action}");
        let explained = admin.get(&path).await.with(200);
        assert_eq!(explained["allowed"], allowed, "{key} {action}");
        assert_eq!(rules(&explained).last().unwrap().0, last, "{key} {action}");
        assert_eq!(explained["user_id"], app.world().seat(key).user.to_string());
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_a_wrong_action_is_named() {
    let app = TestApp::new().await;
    let admin = app.as_("admin");
    let nobody = "5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa";
    let theirs = app.world().seat("other_org_owner").user;
    for path in [
        format!("/v1/access/explain?user_id={nobody}&domain_id=shared.example&action=domain.read"),
        format!("/v1/access/explain?user_id={theirs}&domain_id=shared.example&action=domain.read"),
        "/v1/access/explain?user_id=x&domain_id=shared.example&action=domain.read".to_owned(),
        at(&app, "owner", "foreign.example", "domain.read"),
        at(&app, "owner", nobody, "nonsense"),
        format!(
            "{}&api_key_id={nobody}",
            at(&app, "owner", "shared.example", "domain.read")
        ),
    ] {
        assert_eq!(admin.get(&path).await.status, 404, "{path}");
    }
    for action in ["nonsense", "user.delete", "key.read", ""] {
        let answer = admin
            .get(&at(&app, "owner", "shared.example", action))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (400, vec!["action".to_owned()])
        );
    }
    let key = app.shared().api_key.clone();
    let of_somebody_else = at(&app, "owner", "shared.example", "domain.read");
    let answer = admin
        .get(&format!("{of_somebody_else}&api_key_id={key}"))
        .await;
    assert_eq!(answer.fields(), ["api_key_id"]);
    let answer = admin.get("/v1/access/explain?domain_id=shared.example&action=domain.read");
    assert_eq!(answer.await.fields(), ["user_id"]);
    for who in ["member_rw", "key_org_by_owner"] {
        let path = at(&app, "owner", nobody, "nonsense");
        assert_eq!(app.as_(who).get(&path).await.status, 403, "{who}");
    }
}
