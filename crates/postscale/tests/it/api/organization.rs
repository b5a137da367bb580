//! `/v1/organization` and its settings
//!
//! Goal: what an owner changes or ends counts for everybody with their next request, and nothing else
//! changes.
//! Method: requests as everybody before and after; the log is verified as the operator would.

use std::time::Duration;

use http::Method;
use postscale_access::SystemScope;
use postscale_store::audit_entry::{self, Chain};
use postscale_testkit::{Answer, PASSWORD, Presented, TestApp, on_both_engines};
use serde_json::{Value, json};
use totp_rs::Totp;

use super::refuses;

const SETTINGS: &str = "/v1/organization/settings";

/// Sets a second factor of somebody up.
async fn enrol(app: &TestApp, who: &str) {
    let me = app.as_(who);
    let begun = me.post("/v1/me/mfa", json!({})).await.with(201);
    let totp = Totp::from_url(begun["otpauth_uri"].as_str().unwrap()).unwrap();
    let now = u64::try_from(app.app.sources.now().seconds()).unwrap();
    let code = json!({"code": totp.generate(now).to_string()});
    me.post("/v1/me/mfa/confirm", code).await.with(200);
}

async fn login(app: &TestApp, who: &str) -> Answer {
    let body = json!({"email": format!("{who}@people.example"), "password": PASSWORD});
    app.as_("anonymous").post("/v1/auth/login", body).await
}

/// What the log says of an action, newest first: before and after.
async fn logged(app: &TestApp, who: &str, action: &str) -> Vec<(Value, Value)> {
    let at = format!("/v1/audit?action={action}");
    let log = app.as_(who).get(&at).await.with(200);
    let entries = log["entries"].as_array().unwrap().iter();
    let change = |entry: &Value| (entry["before"].clone(), entry["after"].clone());
    entries.map(change).collect()
}

#[tokio::test]
async fn everybody_in_it_sees_the_organization_and_their_own_role() {
    let app = TestApp::new().await;
    for (who, role) in [
        ("owner", "owner"),
        ("admin", "admin"),
        ("member_hidden", "member"),
        ("key_rw_sendcap", "member"),
        ("key_org_by_admin", "admin"),
    ] {
        let seen = app.as_(who).get("/v1/organization").await.with(200);
        assert_eq!(seen["name"], "Acme");
        assert_eq!(seen["role"], role, "{who}");
        assert_eq!(seen["plan"], "unlimited");
        let none = json!({"monthly_messages": null, "overage": "counted", "templates": null, "domains": null});
        assert_eq!(seen["limits"], none);
    }
}

#[tokio::test]
async fn a_new_name_is_everybodys_and_in_the_log() {
    let app = TestApp::new().await;
    let admin = app.as_("admin");
    let at = "/v1/organization";
    let named = admin
        .patch(at, json!({"name": " Acme Mail "}))
        .await
        .with(200);
    assert_eq!(named["name"], "Acme Mail");
    let me = app.as_("member_rw").get("/v1/me").await.with(200);
    assert_eq!(me["organization"]["name"], "Acme Mail");
    let told = logged(&app, "owner", "settings.changed").await;
    let want = (json!({"name": "Acme"}), json!({"name": "Acme Mail"}));
    assert_eq!(told, [want]);
    // The same once more is no change.
    admin
        .patch(at, json!({"name": "Acme Mail"}))
        .await
        .with(200);
    assert_eq!(logged(&app, "owner", "settings.changed").await.len(), 1);
    let cases = [
        (json!({"name": " "}), "invalid_request", "name"),
        (json!({"name": "a".repeat(81)}), "invalid_request", "name"),
        (json!({"name": "a\u{0}b"}), "invalid_request", "name"),
        (json!({}), "invalid_request", "name"),
        (json!({"name": "a", "plan": "pro"}), "unknown_field", "plan"),
    ];
    refuses(&app, &admin, (Method::PATCH, at), &cases).await;
    let cases = [(
        json!({"require_second_factor": "yes"}),
        "invalid_request",
        "require_second_factor",
    )];
    refuses(&app, &admin, (Method::PATCH, SETTINGS), &cases).await;
}

#[tokio::test]
async fn who_asks_others_for_a_second_factor_has_one() {
    let app = TestApp::new().await;
    let on = json!({"require_second_factor": true});
    let before = app.dump();
    let refused = app.as_("admin").patch(SETTINGS, on.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (409, "second_factor_missing")
    );
    assert_eq!(app.dump(), before);
    let warned = app.as_("admin").get(SETTINGS).await.with(200);
    assert_eq!(
        warned,
        json!({"name": "Acme", "require_second_factor": false, "users_without_second_factor": 7})
    );
    enrol(&app, "admin").await;
    let saved = app.as_("admin").patch(SETTINGS, on).await.with(200);
    assert_eq!(saved["require_second_factor"], true);
    assert_eq!(saved["users_without_second_factor"], 6);
    // With the next request: who has none may set one up and nothing else; keys work on.
    let owner = app.as_("owner");
    assert_eq!(
        owner.get("/v1/domains").await.code(),
        "second_factor_required"
    );
    assert_eq!(
        owner
            .patch(SETTINGS, json!({"require_second_factor": false}))
            .await
            .status,
        403
    );
    app.as_("key_org_by_owner")
        .get("/v1/domains")
        .await
        .with(200);
    app.as_("admin").get("/v1/domains").await.with(200);
    app.as_("other_org_owner")
        .get("/v1/domains")
        .await
        .with(200);
    enrol(&app, "owner").await;
    owner.get("/v1/domains").await.with(200);
    let off = json!({"require_second_factor": false});
    owner.patch(SETTINGS, off).await.with(200);
    app.as_("member_rw").get("/v1/domains").await.with(200);
    let flag = |is_on| json!({ "require_second_factor": is_on });
    let told = logged(&app, "owner", "settings.changed").await;
    assert_eq!(told, [(flag(true), flag(false)), (flag(false), flag(true))]);
}

#[tokio::test]
async fn an_organization_is_deleted_by_an_owner_who_means_it() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let at = "/v1/organization";
    let cases = [
        (json!({"name": "Umbrella"}), "invalid_request", "name"),
        (json!({"name": "acme"}), "invalid_request", "name"),
        (json!({}), "invalid_request", "name"),
    ];
    refuses(&app, &owner, (Method::DELETE, at), &cases).await;
    app.clock.advance(Duration::from_secs(600));
    let before = app.dump();
    let named = json!({"name": "Acme"});
    let late = owner.request(Method::DELETE, at).json(&named).send().await;
    assert_eq!(late.code(), "reauthentication_required");
    let admin = app.as_("admin");
    let not_theirs = admin.request(Method::DELETE, at).json(&named).send().await;
    assert_eq!(not_theirs.code(), "forbidden");
    let mut after = app.dump();
    // Denials are in the log.
    for table in ["audit_entries", "audit_heads", "sessions", "users"] {
        after.insert(table.to_owned(), before[table].clone());
    }
    assert_eq!(after, before);
}

/// Whether the log of that organization is whole.
async fn chain(app: &TestApp, who: &str) -> Chain {
    #[expect(clippy::disallowed_methods, reason = "tests stand for every job")]
    let scope = SystemScope::for_job("test");
    let mut tx = app.app.store.read().await.unwrap();
    let organization = app.world().seat(who).organization;
    audit_entry::verify(&mut tx, organization, &scope)
        .await
        .unwrap()
}

on_both_engines! {
    async fn nothing_and_nobody_of_a_deleted_organization_goes_on(database) {
        let app = TestApp::builder().database(database).with_peers().build().await;
        let message = json!({
            "from": "ann@shared.example", "to": ["carol@far.example"], "subject": "Waits", "text_body": "x",
        });
        app.as_("key_rw").post("/v1/send", message).await.with(202);
        let theirs = app.as_("other_org_owner").get("/v1/domains").await;
        let named = json!({"name": "Acme"});
        let deleted = app.as_("owner").request(Method::DELETE, "/v1/organization").json(&named).send().await;
        assert_eq!(deleted.status, 204, "{}", String::from_utf8_lossy(&deleted.body));
        for who in ["owner", "admin", "member_rw", "key_org_by_owner", "key_rw", "key_rw_sendcap", "key_org_readcap"] {
            assert_eq!(app.as_(who).get("/v1/me").await.status, 401, "{who}");
        }
        assert_eq!(app.as_("other_org_owner").get("/v1/domains").await.body, theirs.body);
        // Its links lead nowhere.
        let token = &app.shared().invitation_token;
        let anybody = app.as_("anonymous");
        assert_eq!(anybody.get(&format!("/v1/invitations/{token}")).await.status, 404);
        assert_eq!(anybody.get(&format!("/forward-targets/{}", app.shared().consent)).await.status, 404);
        // What waited is not sent, and nothing is left that anybody could be reached through.
        let mut tx = app.app.store.read().await.unwrap();
        for (what, sql) in [
            ("a queue", "SELECT id FROM email_recipients WHERE next_attempt_at IS NOT NULL AND email_id IN (SELECT id FROM emails WHERE organization_id = $1)"),
            ("a domain", "SELECT id FROM domains WHERE organization_id = $1"),
            ("an alias", "SELECT id FROM aliases WHERE organization_id = $1"),
            ("a webhook", "SELECT id FROM webhooks WHERE organization_id = $1"),
            ("a key", "SELECT id FROM api_keys WHERE organization_id = $1 AND revoked_at IS NULL"),
            ("an invitation", "SELECT id FROM invitations WHERE organization_id = $1 AND state = 'pending'"),
            ("a user", "SELECT id FROM users WHERE organization_id = $1 AND status <> 'deleted'"),
            ("a session", "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.organization_id = $1"),
        ] {
            let organization = app.world().seat("owner").organization;
            let left = tx.query(sql, &postscale_store::params![organization]).await.unwrap();
            assert!(left.is_empty(), "{what} is left");
        }
        drop(tx);
        // Its name is free for others, its log is whole.
        app.as_("other_org_owner").post("/v1/domains", json!({"domain": "shared.example"})).await.with(201);
        assert!(matches!(chain(&app, "owner").await, Chain::Intact { .. }));
        assert!(matches!(chain(&app, "other_org_owner").await, Chain::Intact { .. }));
    }

    async fn who_lost_their_only_organization_is_told_and_can_begin_again(database) {
        let app = TestApp::builder().database(database).build().await;
        let named = json!({"name": "Acme"});
        app.as_("owner").request(Method::DELETE, "/v1/organization").json(&named).send().await.with(204);
        let told = login(&app, "member_rw").await;
        assert_eq!((told.status.as_u16(), told.code().as_str()), (403, "organization_deleted"));
        // Only who gives the right password.
        let wrong = json!({"email": "member_rw@people.example", "password": "a wrong password"});
        let anybody = app.as_("anonymous");
        assert_eq!(anybody.post("/v1/auth/login", wrong).await.code(), "invalid_credentials");
        let page = anybody.submit("/sign-in", json!({"email": "member_rw@people.example", "password": PASSWORD})).await;
        assert_eq!(page.status, 403);
        let text = String::from_utf8_lossy(&page.body).into_owned();
        assert!(text.contains("The organization you belonged to was deleted"), "{text}");
        // Signing up with the same address founds another one.
        let again = json!({
            "email": "member_rw@people.example", "password": "another good password", "name": "Mara", "organization": "Mara & Co",
        });
        anybody.post("/v1/auth/signup", again).await.with(202);
        let mut tx = app.app.store.read().await.unwrap();
        let mails = tx.query("SELECT body FROM system_emails", &[]).await.unwrap();
        let mail = String::from_utf8_lossy(mails.last().unwrap().bytes("body").unwrap()).into_owned();
        drop(tx);
        let (_, rest) = mail.split_once("Your code is").unwrap();
        let code = &rest.trim_start()[..6];
        let verify = json!({"email": "member_rw@people.example", "code": code});
        let made = anybody.post("/v1/auth/verify-email", verify).await;
        let cookie = made.headers["set-cookie"].to_str().unwrap().to_owned();
        assert_eq!(made.with(200)["organization"]["name"], "Mara & Co");
        let value = cookie.split_once('=').unwrap().1.split(';').next().unwrap().to_owned();
        let me = app.presenting(Presented::Session(value)).get("/v1/me").await.with(200);
        assert_eq!((&me["role"], &me["user"]["name"]), (&json!("owner"), &json!("Mara")));
        assert_eq!(login(&app, "member_rw").await.code(), "invalid_credentials", "the old password is gone");
    }
}

#[tokio::test]
async fn the_log_says_what_ended_with_an_organization() {
    let app = TestApp::new().await;
    let named = json!({"name": "Acme"});
    let owner = app.as_("owner");
    owner
        .request(Method::DELETE, "/v1/organization")
        .json(&named)
        .send()
        .await
        .with(204);
    let entries = app.dump().remove("audit_entries").unwrap();
    let last = entries
        .iter()
        .find(|row| row.contains("org.deleted"))
        .unwrap();
    for told in [
        "\"domains\":2",
        "\"name\":\"Acme\"",
        "\"canceled_recipients\":",
        "\"revoked_api_keys\":",
    ] {
        assert!(last.contains(told), "{told}: {last}");
    }
}
