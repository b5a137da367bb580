//! What `postscale admin owner-reset` does to an owner and to nobody else.
//!
//! Goal: the new password alone lets the owner in, and every log of theirs has it.
//! Method: the use case of the command, asked beside an instance that answers.

use postscale_access::SystemScope;
use postscale_actions::auth::{self, OwnerReset, Recovered};
use postscale_model::OrganizationId;
use postscale_store::params;
use postscale_testkit::{Answer, NOW, PASSWORD, TestApp, on_both_engines};
use serde_json::{Value, json};
use totp_rs::Totp;

const BETTER: &str = "a better one than before";

#[expect(clippy::disallowed_methods, reason = "stands for the command")]
const COMMAND: SystemScope = SystemScope::for_job("test owner_reset");

async fn reset(
    app: &TestApp,
    who: &str,
    organization: Option<OrganizationId>,
) -> Option<Recovered> {
    let reset = OwnerReset {
        email: format!("{who}@people.example").parse().unwrap(),
        organization,
        password: BETTER.to_owned(),
    };
    auth::reset_owner(&app.app, &COMMAND, reset).await.unwrap()
}

async fn login(app: &TestApp, password: &str) -> Answer {
    let body = json!({"email": "owner@people.example", "password": password});
    app.as_("anonymous").post("/v1/auth/login", body).await
}

/// Sets a second factor up for the owner.
async fn enrol(app: &TestApp) {
    let me = app.as_("owner");
    let begun = me.post("/v1/me/mfa", json!({})).await.with(201);
    let totp = Totp::from_url(begun["otpauth_uri"].as_str().unwrap()).unwrap();
    let now = u64::try_from(app.app.sources.now().seconds()).unwrap();
    let code = json!({"code": totp.generate(now).to_string()});
    me.post("/v1/me/mfa/confirm", code).await.with(200);
}

/// Makes the owner a member of the other organization too.
async fn join_the_other(app: &TestApp) {
    let other = app.world().seat("other_org_owner").organization;
    let mut tx = app.app.store.write().await.unwrap();
    let sql = "INSERT INTO users (id, organization_id, person_id, role, status, created_at, updated_at) \
               SELECT '5f0c4f5e-7d0a-4c3e-9b43-bbbbbbbbbbbb', $1, person_id, 'member', 'active', $3, $3 \
               FROM users WHERE id = $2";
    let owner = app.world().seat("owner").user;
    tx.execute(sql, &params![other, owner, NOW]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Action and actor of what a reader's log has of the operator, oldest first.
async fn by_the_operator(app: &TestApp, reader: &str) -> Vec<String> {
    let log = app.as_(reader).get("/v1/audit?limit=100").await.with(200);
    let mut entries = log["entries"].as_array().unwrap().clone();
    entries.reverse();
    entries.retain(|entry| entry["actor"]["kind"] == "cli");
    let action = |entry: &Value| entry["action"].as_str().unwrap().to_owned();
    entries.iter().map(action).collect()
}

on_both_engines! {
    async fn the_new_password_alone_lets_an_owner_in(database) {
        let app = TestApp::builder().database(database).build().await;
        join_the_other(&app).await;
        enrol(&app).await;
        assert_eq!(login(&app, PASSWORD).await.code(), "second_factor_required");
        login(&app, "wrong").await;
        let done = reset(&app, "owner", None).await.unwrap();
        assert!(done.had_second_factor);
        assert_eq!((done.ended_sessions, done.organizations.len()), (1, 2));
        assert_eq!(app.as_("owner").get("/v1/me").await.status, 401, "every session ended");
        assert_eq!(login(&app, PASSWORD).await.code(), "invalid_credentials");
        login(&app, BETTER).await.with(200);
        app.as_("key_org_by_owner").get("/v1/me").await.with(200);
        let written = ["cli.owner_reset", "auth.password.reset", "auth.mfa.reset"];
        for reader in ["admin", "other_org_owner"] {
            assert_eq!(by_the_operator(&app, reader).await, written);
        }
        let mut tx = app.app.store.read().await.unwrap();
        for sql in [
            "SELECT COUNT(*) AS n FROM recovery_codes",
            "SELECT COUNT(*) AS n FROM persons WHERE totp_secret IS NOT NULL OR failed_logins > 0",
        ] {
            assert_eq!(tx.query_one(sql, &[]).await.unwrap().int("n"), Ok(0), "{sql}");
        }
    }

    async fn who_owns_nothing_is_not_touched(database) {
        let app = TestApp::builder().database(database).build().await;
        let other = app.world().seat("other_org_owner").organization;
        for (who, organization) in [
            ("admin", None),
            ("member_rw", None),
            ("deactivated", None),
            ("nobody", None),
            ("owner", Some(other)),
        ] {
            assert!(reset(&app, who, organization).await.is_none(), "{who}");
        }
        for who in ["owner", "admin", "member_rw"] {
            app.as_(who).get("/v1/me").await.with(200);
        }
        login(&app, PASSWORD).await.with(200);
        assert!(by_the_operator(&app, "owner").await.is_empty());
        assert!(reset(&app, "other_org_owner", Some(other)).await.is_some());
    }
}

#[tokio::test]
async fn a_password_that_is_too_short_changes_nothing() {
    let app = TestApp::new().await;
    let before = app.dump();
    let reset = OwnerReset {
        email: "owner@people.example".parse().unwrap(),
        organization: None,
        password: "short".to_owned(),
    };
    let refused = auth::reset_owner(&app.app, &COMMAND, reset).await;
    assert!(
        format!("{refused:?}").contains("must have at least 8 characters"),
        "{refused:?}"
    );
    assert_eq!(app.dump(), before);
}
