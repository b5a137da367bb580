//! Rights end when they are taken, and do not come back by themselves.

use std::time::Duration;

use http::Method;
use postscale_testkit::{Client, NOW, TestApp, database::TestDatabase};
use serde_json::{Value, json};

use super::key_of;

fn user(app: &TestApp, who: &str) -> String {
    format!("/v1/users/{}", app.world().seat(who).user)
}

fn access(app: &TestApp, domains: Value) -> (Method, String, Value) {
    let path = format!("{}/domain-access", user(app, "member_rw"));
    (Method::PUT, path, json!({"domains": domains}))
}

/// What ends a right, and what the member and the member's key are answered afterwards to reading and
/// changing the domain they had.
fn endings(app: &TestApp) -> Vec<((Method, String, Value), [u16; 4])> {
    let shared = &app.shared().domain;
    let end = NOW.plus(Duration::from_secs(1)).to_rfc3339();
    let me = user(app, "member_rw");
    let line = |access: &str| json!([{"domain_id": shared, "access": access}]);
    let soon = json!([{"domain_id": shared, "access": "read_write", "expires_at": end}]);
    vec![
        (access(app, line("read")), [200, 403, 200, 403]),
        (access(app, json!([])), [404, 404, 404, 404]),
        (access(app, soon), [404, 404, 404, 404]),
        (
            (Method::DELETE, format!("{me}/sessions"), json!({})),
            [401, 401, 200, 200],
        ),
        (
            (Method::POST, format!("{me}/deactivate"), json!({})),
            [401, 401, 401, 401],
        ),
        ((Method::DELETE, me, json!({})), [401, 401, 401, 401]),
        (
            (Method::DELETE, format!("/v1/domains/{shared}"), json!({})),
            [404, 404, 401, 401],
        ),
    ]
}

#[tokio::test]
async fn a05_a_right_that_was_taken_is_not_there_for_the_next_request() {
    let seeded = TestApp::new().await;
    let shared = seeded.shared().domain.clone();
    let at = format!("/v1/domains/{shared}");
    for ((method, path, body), want) in endings(&seeded) {
        let app = seeded.fork();
        let made = json!({"name": "CI", "domain_ids": [shared]});
        let both = [app.as_("member_rw"), key_of(&app, "member_rw", made).await];
        for client in &both {
            client
                .put(&at, json!({"catch_all_enabled": true}))
                .await
                .with(200);
        }
        let taken = app
            .as_("owner")
            .request(method, &path)
            .json(&body)
            .send()
            .await;
        assert!(taken.status.is_success(), "{path} {body}: {}", taken.status);
        // Ends by the clock, not by a job.
        app.clock.advance(Duration::from_secs(1));
        let mut got = Vec::new();
        for client in &both {
            got.push(client.get(&at).await.status.as_u16());
            let change = json!({"catch_all_enabled": false});
            got.push(client.put(&at, change).await.status.as_u16());
        }
        assert_eq!(got, want, "{path} {body}");
    }
}

/// What appeared after a right was taken is not seen by who had it.
#[tokio::test]
async fn a06_what_comes_after_a_right_was_taken_is_not_seen() {
    let app = TestApp::new().await;
    let made = json!({"name": "CI", "domain_ids": [app.shared().domain]});
    let both = [app.as_("member_rw"), key_of(&app, "member_rw", made).await];
    let (method, path, body) = access(&app, json!([]));
    let taken = app.as_("admin").request(method, &path).json(&body);
    taken.send().await.with(200);
    let owner = app.as_("owner");
    let mail = json!({"from": "ann@shared.example", "to": ["carol@far.example"], "subject": "secret", "text_body": "x"});
    let sent = owner.post("/v1/send", mail).await.with(202);
    let alias = json!({"domain_id": app.shared().domain, "address": "secret", "action": "store"});
    let alias = owner.post("/v1/aliases", alias).await.with(201);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let new = [
        format!("/v1/emails/{}", text(&sent["id"])),
        format!("/v1/emails/{}/events", text(&sent["id"])),
        format!("/v1/aliases/{}", text(&alias["alias"]["id"])),
    ];
    for client in &both {
        for path in &new {
            assert_eq!(client.get(path).await.status, 404, "{path}");
        }
        for list in [
            "/v1/emails",
            "/v1/aliases",
            "/v1/inbound-emails",
            "/v1/webhook-deliveries",
        ] {
            let listed = client.get(list).await.with(200);
            assert_eq!(listed["total"], 0, "{list}");
        }
    }
    // An export is made of what may be seen when it is asked for.
    let demoted = json!({"role": "member"});
    owner.patch(&user(&app, "admin"), demoted).await.with(200);
    let export = app.as_("admin").post("/v1/audit/exports", json!({})).await;
    assert_eq!(export.status, 403);
}

#[tokio::test]
async fn a15_a_domain_that_comes_back_brings_no_right_back() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let made = json!({"name": "CI", "domain_ids": ["shared.example", "closed.example"]});
    let key = key_of(&app, "owner", made).await;
    let hook = json!({"url": "https://hooks.example/2", "events": ["email.sent"], "domain_ids": ["shared.example"]});
    let hook = app
        .as_("member_rw")
        .post("/v1/webhooks", hook)
        .await
        .with(201);
    let gone = owner.delete("/v1/domains/shared.example").await;
    assert!(gone.status.is_success(), "{}", gone.status);
    let back = owner
        .post("/v1/domains", json!({"domain": "shared.example"}))
        .await
        .with(201);
    assert_ne!(back["id"], app.shared().domain, "an id is never used again");
    for actor in ["member_rw", "member_read", "key_rw", "key_rw_readcap"] {
        let seen = app.as_(actor).get("/v1/domains/shared.example").await;
        assert!(
            matches!(seen.status.as_u16(), 401 | 404),
            "{actor}: {}",
            seen.status
        );
    }
    assert_eq!(key.get("/v1/domains/shared.example").await.status, 404);
    assert_eq!(key.get("/v1/domains/closed.example").await.status, 200);
    let hook = format!("/v1/webhooks/{}", hook["webhook"]["id"].as_str().unwrap());
    assert_eq!(app.as_("member_rw").get(&hook).await.status, 404);
    // The seeded invitation grants the domain that is gone.
    let access = format!("{}/domain-access", user(&app, "member_rw"));
    let none = app.as_("admin").get(&access).await.with(200);
    assert_eq!(none["domains"], json!([]));
    let old = app
        .as_("owner")
        .get(&format!("/v1/domains/{}", app.shared().domain))
        .await;
    assert_eq!(old.status, 404);
}

/// An owner who is about to remove owners, by themselves or each other.
async fn remove(client: Client, way: &str, own: String, other: String) -> u16 {
    let demoted = json!({"role": "member"});
    let answer = match way {
        "demote other" => client.patch(&other, demoted).await,
        "demote oneself" => client.patch(&own, demoted).await,
        "deactivate other" => client.post(&format!("{other}/deactivate"), json!({})).await,
        "delete other" => client.delete(&other).await,
        "leave" => client.post("/v1/me/leave", json!({})).await,
        other => panic!("{other}"),
    };
    answer.status.as_u16()
}

/// INV-1: of two who would leave none, one is refused.
async fn race_for_the_last_owner(app: &TestApp, way: &str) {
    let [one, two] = ["owner", "second_owner"].map(|who| (app.as_(who), user(app, who)));
    let first = remove(one.0, way, one.1.clone(), two.1.clone());
    let second = remove(two.0, way, two.1, one.1);
    let answers = tokio::join!(first, second);
    let done = [answers.0, answers.1]
        .into_iter()
        .filter(|status| *status == 200);
    assert_eq!(done.count(), 1, "{way} {answers:?}");
    let mut tx = app.app.store.read().await.unwrap();
    let sql = "SELECT o.id FROM organizations o WHERE NOT EXISTS (SELECT 1 FROM users u \
               WHERE u.organization_id = o.id AND u.role = 'owner' AND u.status = 'active')";
    assert!(
        tx.query(sql, &[]).await.unwrap().is_empty(),
        "{way}: nobody is left"
    );
}

const WAYS: [&str; 5] = [
    "demote other",
    "demote oneself",
    "deactivate other",
    "delete other",
    "leave",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a17_of_two_who_would_leave_no_owner_one_is_refused() {
    let seeded = TestApp::builder().with_peers().build().await;
    for way in WAYS {
        for _ in 0..10 {
            race_for_the_last_owner(&seeded.fork(), way).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a17_on_postgres_of_two_who_would_leave_no_owner_one_is_refused() {
    let test = async |database: &TestDatabase| {
        let mut app = TestApp::builder()
            .with_peers()
            .database(database)
            .build()
            .await;
        let seeded = app.checkpoint().await;
        for way in WAYS {
            for _ in 0..4 {
                race_for_the_last_owner(&app, way).await;
                app.rewind(&seeded).await;
            }
        }
    };
    TestDatabase::postgres().await.run(test).await;
}

/// What somebody does counts before or after they are demoted, never in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a18_an_admin_who_is_being_demoted_does_it_before_or_not_at_all() {
    let seeded = TestApp::builder().with_peers().build().await;
    for round in 0..20 {
        let app = seeded.fork();
        let (owner, admin) = (app.as_("owner"), app.as_("admin"));
        let target = format!("{}/deactivate", user(&app, "member_read"));
        let me = user(&app, "admin");
        let demote = owner.patch(&me, json!({"role": "member"}));
        let act = admin.post(&target, json!({}));
        let (demoted, acted) = if round % 2 == 0 {
            tokio::join!(demote, act)
        } else {
            let (acted, demoted) = tokio::join!(act, demote);
            (demoted, acted)
        };
        demoted.with(200);
        let log = app.dump().remove("audit_entries").unwrap();
        let order: Vec<_> = log
            .iter()
            .filter_map(|row| {
                ["user.role_changed", "user.deactivated"]
                    .into_iter()
                    .find(|event| row.contains(event))
            })
            .collect();
        match acted.status.as_u16() {
            200 => assert_eq!(order.len(), 2, "{order:?}"),
            status => {
                assert_eq!((status, order), (403, vec!["user.role_changed"]));
                let reader = app.as_("member_read").get("/v1/me").await;
                assert_eq!(reader.status, 200, "who was refused changed nothing");
            }
        }
        let late = admin
            .post(
                &format!("{}/deactivate", user(&app, "member_rw")),
                json!({}),
            )
            .await;
        assert_eq!(late.status, 403);
    }
}
