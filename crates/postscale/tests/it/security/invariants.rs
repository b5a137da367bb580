//! The invariants of the access rules that can be read off the rows: after each of everything that
//! changes somebody's rights, no row breaks them.

use http::Method;
use postscale_store::params;
use postscale_testkit::TestApp;
use serde_json::{Value, json};

/// What changes rights, as the owner.
fn changes(app: &TestApp) -> Vec<(Method, String, Value)> {
    let world = app.world();
    let user = |who: &str| format!("/v1/users/{}", world.seat(who).user);
    let list = json!({"domains": [
        {"domain_id": world.shared.domain, "access": "read"},
        {"domain_id": world.closed.domain, "access": "read_write"},
    ]});
    let role = |who: &str, role: &str| (Method::PATCH, user(who), json!({"role": role}));
    let post = |path: String, body: Value| (Method::POST, path, body);
    vec![
        (
            Method::PUT,
            format!("{}/domain-access", user("member_rw")),
            list,
        ),
        (
            Method::PUT,
            format!("{}/domain-access", user("member_read")),
            json!({"domains": []}),
        ),
        role("member_rw", "admin"),
        role("member_read", "owner"),
        role("admin", "member"),
        role("second_admin", "owner"),
        role("second_owner", "member"),
        post(format!("{}/deactivate", user("member_rw")), json!({})),
        post(format!("{}/deactivate", user("admin")), json!({})),
        (Method::DELETE, user("admin"), json!({})),
        (Method::DELETE, user("member_rw"), json!({})),
        (
            Method::DELETE,
            format!("/v1/domains/{}", world.shared.domain),
            json!({}),
        ),
        post(
            "/v1/organization/transfer-ownership".to_owned(),
            json!({"user_id": world.seat("admin").user}),
        ),
        post("/v1/me/leave".to_owned(), json!({})),
    ]
}

/// Everybody has a key and an invitation out, and nobody is as the seeding left them: deactivated by
/// hand, with all that a deactivation takes.
async fn everybody() -> TestApp {
    let app = TestApp::builder().with_peers().build().await;
    let mut tx = app.app.store.write().await.unwrap();
    let gone = params![app.world().seat("deactivated").user];
    for sql in [
        "DELETE FROM grants WHERE user_id = $1",
        "DELETE FROM api_keys WHERE created_by = $1",
    ] {
        tx.execute(sql, &gone).await.unwrap();
    }
    tx.commit().await.unwrap();
    for (who, key) in [
        ("owner", json!({"name": "1", "scope": "organization"})),
        ("admin", json!({"name": "2", "scope": "organization"})),
        (
            "second_admin",
            json!({"name": "3", "scope": "organization"}),
        ),
        ("member_rw", json!({"name": "4"})),
    ] {
        app.as_(who).post("/v1/api-keys", key).await.with(201);
    }
    for who in ["owner", "admin", "second_admin", "second_owner"] {
        let invitation = json!({"email": format!("{who}@new.example"), "role": "admin"});
        app.as_(who)
            .post("/v1/invitations", invitation)
            .await
            .with(201);
    }
    app
}

/// Asserts that this query finds nothing before and after each change.
async fn finds_nothing(sql: &str) {
    let seeded = everybody().await;
    for (method, path, body) in changes(&seeded) {
        let app = seeded.fork();
        let answer = app
            .as_("owner")
            .request(method, &path)
            .json(&body)
            .send()
            .await;
        assert!(
            answer.status.is_success(),
            "{path} {body}: {}",
            answer.status
        );
        let mut tx = app.app.store.read().await.unwrap();
        let broken = tx.query(sql, &[]).await.unwrap();
        assert!(broken.is_empty(), "{path} {body}: {} rows", broken.len());
    }
}

#[tokio::test]
async fn inv_01_every_organization_has_an_active_owner() {
    finds_nothing(
        "SELECT id FROM organizations o WHERE NOT EXISTS (SELECT 1 FROM users u \
         WHERE u.organization_id = o.id AND u.role = 'owner' AND u.status = 'active')",
    )
    .await;
}

#[tokio::test]
async fn inv_02_no_good_key_has_an_empty_scope() {
    finds_nothing(
        "SELECT id FROM api_keys k WHERE k.scope = 'domains' AND k.revoked_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM api_key_domains d WHERE d.api_key_id = k.id)",
    )
    .await;
}

#[tokio::test]
async fn inv_06_nobody_who_left_has_a_good_key() {
    finds_nothing(
        "SELECT k.id FROM api_keys k JOIN users u ON u.id = k.created_by \
         WHERE k.revoked_at IS NULL AND u.status <> 'active'",
    )
    .await;
}

#[tokio::test]
async fn inv_07_no_member_holds_a_good_key_for_the_organization() {
    finds_nothing(
        "SELECT k.id FROM api_keys k JOIN users u ON u.id = k.created_by \
         WHERE k.revoked_at IS NULL AND k.scope = 'organization' AND u.role = 'member'",
    )
    .await;
}

#[tokio::test]
async fn inv_08_grants_are_of_active_members_only() {
    finds_nothing(
        "SELECT g.user_id FROM grants g JOIN users u ON u.id = g.user_id \
         WHERE u.role <> 'member' OR u.status <> 'active'",
    )
    .await;
}

#[tokio::test]
async fn inv_09_no_grant_is_on_a_foreign_domain_or_one_that_is_gone() {
    finds_nothing(
        "SELECT g.user_id FROM grants g JOIN users u ON u.id = g.user_id LEFT JOIN domains d \
         ON d.id = g.domain_id WHERE d.id IS NULL OR d.organization_id <> u.organization_id",
    )
    .await;
}

#[tokio::test]
async fn inv_10_no_invitation_is_out_from_who_may_not_invite() {
    finds_nothing(
        "SELECT i.id FROM invitations i JOIN users u ON u.id = i.invited_by \
         WHERE i.state = 'pending' AND (u.role = 'member' OR u.status <> 'active')",
    )
    .await;
}

#[tokio::test]
async fn inv_11_nobody_is_invited_as_an_owner() {
    finds_nothing("SELECT id FROM invitations WHERE role NOT IN ('admin', 'member')").await;
}

/// INV-5, with everything that has a route: nothing of ours is in any answer to another
/// organization's owner.
#[tokio::test]
async fn inv_05_nothing_crosses_from_one_organization_to_another() {
    use crate::access::{
        matrix::Target,
        samples::{all, named},
    };
    let app = TestApp::builder().with_peers().build().await;
    let it = named(&app, "owner", Target::Shared);
    let ours = [
        "shared.example",
        "closed.example",
        "Acme",
        "member_rw@",
        "second_admin@",
    ];
    for sample in all().iter().filter(|sample| sample.method == Method::GET) {
        // A link is good for whoever holds it.
        if sample.path.contains("{token}") || sample.path == "/v1/invitations/{id}" {
            continue;
        }
        for path in [
            sample.path_for(&it),
            format!("{}?q=shared", sample.path_for(&it)),
        ] {
            let answer = app.as_("other_org_owner").get(&path).await;
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            for word in ours {
                assert!(!text.contains(word), "{path}: {word}");
            }
        }
    }
}
