//! A request that is asked while another is half done: it waits, and then is answered as if it had come
//! afterwards.
//!
//! Goal: nothing outlives the off-boarding, the deletion or the new password it was made beside.
//! Method: on PostgreSQL, where writers overlap, the first request is held at a row that a transaction
//! of the test has locked.

use postscale_model::Clock;
use postscale_store::params;
use postscale_testkit::{PASSWORD, TestApp, database::TestDatabase};
use serde_json::json;

use crate::api::overtaken;

macro_rules! on_postgres {
    ($(async fn $name:ident($app:ident) $body:block)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            async fn test(database: &TestDatabase) {
                let $app = &TestApp::builder().database(database).build().await;
                $body
            }
            TestDatabase::postgres().await.run(test).await;
        }
    )+};
}

const USER: &str = "SELECT id FROM users WHERE id = $1 FOR UPDATE";

on_postgres! {
    async fn nobody_stays_signed_in_with_a_password_that_was_changed(app) {
        let row = params![app.world().seat("member_rw").user];
        let login = json!({"email": "member_rw@people.example", "password": PASSWORD});
        let new = json!({"current_password": PASSWORD, "new_password": "a better one than before"});
        let (nobody, member) = (app.as_("anonymous"), app.as_("member_rw"));
        let (signed_in, changed) = overtaken::both(
            app,
            (USER, &row[..]),
            nobody.post("/v1/auth/login", login),
            member.post("/v1/me/password", new),
        )
        .await;
        signed_in.with(200);
        changed.with(204);
        let elsewhere = app.presenting(signed_in.session());
        assert_eq!(elsewhere.get("/v1/me").await.status, 401);
    }

    async fn who_is_off_boarded_makes_no_key_and_no_webhook_meanwhile(app) {
        let (owner, member) = (app.as_("owner"), app.as_("member_rw"));
        let domain = app.shared().domain.clone();
        let user = app.world().seat("member_rw").user;
        let row = params![user];
        for (path, body) in [
            ("/v1/api-keys", json!({"name": "late", "domain_ids": [domain]})),
            ("/v1/webhooks", json!({"url": "https://late.example/", "domain_ids": [domain]})),
        ] {
            let (gone, made) = overtaken::both(
                app,
                (USER, &row[..]),
                owner.post(&format!("/v1/users/{user}/deactivate"), json!({})),
                member.post(path, body),
            )
            .await;
            gone.with(200);
            assert_eq!(made.status, 401, "{path}");
            let again = format!("/v1/users/{user}/reactivate");
            owner.post(&again, json!({})).await.with(200);
            let mut tx = app.app.store.write().await.unwrap();
            tx.execute("INSERT INTO grants (user_id, domain_id, level, note, created_at) VALUES ($1, $2, 'read_write', '', 0)",
                &params![user, domain.as_str()]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn who_is_demoted_makes_no_key_of_the_whole_organization_meanwhile(app) {
        let user = app.world().seat("admin").user;
        let row = params![user];
        let (owner, admin) = (app.as_("owner"), app.as_("admin"));
        let (demoted, made) = overtaken::both(
            app,
            (USER, &row[..]),
            owner.patch(&format!("/v1/users/{user}"), json!({"role": "member"})),
            admin.post("/v1/api-keys", json!({"name": "late", "scope": "organization"})),
        )
        .await;
        demoted.with(200);
        assert_eq!(made.status, 403);
    }

    async fn of_two_who_narrow_a_key_neither_widens_it_again(app) {
        let owner = app.as_("owner");
        let key = app.shared().api_key.clone();
        let row = params![key.as_str()];
        let soon = app.clock.now().plus(std::time::Duration::from_secs(600)).to_rfc3339();
        let late = app.clock.now().plus(std::time::Duration::from_secs(60_000)).to_rfc3339();
        let path = format!("/v1/api-keys/{key}");
        let (first, second) = overtaken::both(
            app,
            ("SELECT id FROM api_keys WHERE id = $1 FOR UPDATE", &row[..]),
            owner.patch(&path, json!({"expires_at": soon})),
            owner.patch(&path, json!({"expires_at": late})),
        )
        .await;
        first.with(200);
        assert_eq!(second.fields(), ["expires_at"]);
    }

    async fn no_key_is_made_for_a_domain_that_is_deleted_meanwhile(app) {
        let owner = app.as_("owner");
        let domain = app.world().closed.domain.clone();
        let row = params![domain.as_str()];
        let (deleted, made) = overtaken::both(
            app,
            ("SELECT id FROM domains WHERE id = $1 FOR NO KEY UPDATE", &row[..]),
            owner.delete(&format!("/v1/domains/{domain}")),
            owner.post("/v1/api-keys", json!({"name": "late", "scope": "domains", "domain_ids": [domain]})),
        )
        .await;
        deleted.with(204);
        assert_eq!(made.code(), "not_found");
    }
}
