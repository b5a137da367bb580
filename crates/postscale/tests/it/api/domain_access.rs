//! Goal: an access list is saved as a whole, counts at once, and nobody's change undoes another's.
//! Method: requests as named people, with the versions each of them has seen.

use std::time::Duration;

use http::Method;
use postscale_store::params;
use postscale_testkit::{Answer, NOW, TestApp, database::TestDatabase};
use serde_json::{Value, json};

use super::{
    overtaken::{self, End},
    refuses,
};

fn at(app: &TestApp, who: &str) -> String {
    format!("/v1/users/{}/domain-access", app.world().seat(who).user)
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

async fn put(app: &TestApp, path: &str, tag: &str, body: &Value) -> Answer {
    app.as_("admin")
        .request(Method::PUT, path)
        .header("if-match", tag)
        .json(body)
        .send()
        .await
}

#[tokio::test]
async fn a_saved_list_replaces_the_former_one_at_once() {
    let app = TestApp::new().await;
    let (admin, reader) = (app.as_("admin"), app.as_("member_read"));
    let path = at(&app, "member_read");
    let list = json!({"domains": [{"domain_id": "closed.example", "access": "read_write", "note": " while Ann is away "}]});
    let saved = admin.put(&path, list).await.with(200);
    assert_eq!(saved["domains"][0]["domain"], "closed.example");
    assert_eq!(saved["domains"][0]["note"], "while Ann is away");
    assert_eq!(reader.get("/v1/domains/shared.example").await.status, 404);
    let change = json!({"catch_all_enabled": true});
    assert_eq!(
        reader
            .put("/v1/domains/closed.example", change)
            .await
            .status,
        200
    );
    admin.put(&path, json!({"domains": []})).await.with(200);
    assert_eq!(
        reader.get("/v1/domains").await.with(200)["domains"],
        json!([])
    );
    let mine = reader.get("/v1/me/domain-access").await.with(200);
    assert_eq!(mine["domains"], json!([]));
}

#[tokio::test]
async fn a27_a_stale_list_undoes_nothing() {
    let app = TestApp::new().await;
    let path = at(&app, "member_read");
    let seen = tag(&app.as_("admin").get(&path).await);
    let none = json!({"domains": []});
    let first = put(&app, &path, &seen, &none).await;
    assert_eq!(first.status, 200);
    let write = json!({"domains": [{"domain_id": "shared.example", "access": "read_write"}]});
    let before = app.dump();
    for stale in [seen.as_str(), "\"nonsense\"", &format!("W/{}", tag(&first))] {
        let late = put(&app, &path, stale, &write).await;
        assert_eq!(
            (late.status.as_u16(), late.code()),
            (412, "precondition_failed".to_owned())
        );
    }
    assert_eq!(app.dump(), before);
    let either = format!("\"other\", {}", tag(&first));
    assert_eq!(put(&app, &path, &either, &write).await.status, 200);
    assert_eq!(put(&app, &path, "*", &none).await.status, 200);
    let again = app.as_("admin").get(&path).await;
    assert_eq!(
        tag(&again),
        tag(&first),
        "the same list is the same version"
    );
}

#[tokio::test]
async fn of_two_who_save_the_same_version_one_is_told_so() {
    let app = TestApp::new().await;
    let path = at(&app, "member_read");
    for _ in 0..20 {
        let seen = tag(&app.as_("admin").get(&path).await);
        let flip = |access: &str, note: &str| json!({"domains": [{"domain_id": "shared.example", "access": access, "note": note}]});
        let (a, b) = (flip("read", &seen[1..5]), flip("read_write", &seen[1..5]));
        let (a, b) = tokio::join!(put(&app, &path, &seen, &a), put(&app, &path, &seen, &b));
        let mut got = [a.status.as_u16(), b.status.as_u16()];
        got.sort_unstable();
        assert_eq!(got, [200, 412]);
    }
}

#[tokio::test]
async fn what_a_list_may_not_name_saves_nothing() {
    let app = TestApp::new().await;
    let path = at(&app, "member_read");
    let admin = app.as_("admin");
    let line = |domain: &str| json!({"domain_id": domain, "access": "read"});
    let before = app.dump();
    let foreign = app.world().foreign.domain.clone();
    for unknown in ["5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa", "nonsense", &foreign] {
        let list =
            json!({"domains": [line("closed.example"), line(unknown), line("closed.example")]});
        let answer = admin.put(&path, list).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (404, "not_found".into())
        );
    }
    let manager = admin.put(&at(&app, "owner"), json!({"domains": []})).await;
    assert_eq!(manager.status, 403);
    let manager = admin.put(&at(&app, "admin"), json!({"domains": []})).await;
    assert_eq!(
        (manager.status.as_u16(), manager.code()),
        (409, "not_a_member".into())
    );
    let dead = admin
        .put(&at(&app, "deactivated"), json!({"domains": []}))
        .await;
    assert_eq!(
        (dead.status.as_u16(), dead.code()),
        (409, "user_deactivated".into())
    );
    assert_eq!(app.dump(), before);
    let shared = app.shared().domain.clone();
    let cases = [
        (json!({}), "invalid_request", "domains"),
        (
            json!({"domains": [{"domain_id": shared, "access": "none"}]}),
            "invalid_request",
            "domains[0].access",
        ),
        (
            json!({"domains": [line("shared.example"), line(&shared)]}),
            "invalid_request",
            "domains[1].domain_id",
        ),
        (
            json!({"domains": [{"domain_id": shared, "access": "read", "expires_at": "soon"}]}),
            "invalid_request",
            "domains[0].expires_at",
        ),
        (
            json!({"domains": [{"domain_id": shared, "access": "read", "expires_at": "2020-01-01T00:00:00Z"}]}),
            "invalid_request",
            "domains[0].expires_at",
        ),
        (
            json!({"domains": [{"domain_id": shared, "access": "read", "expires_at": "2030-01-01"}]}),
            "invalid_request",
            "domains[0].expires_at",
        ),
        (
            json!({"domains": [{"domain_id": shared, "access": "read", "x": 1}]}),
            "unknown_field",
            "domains[0].x",
        ),
    ];
    refuses(&app, &admin, (Method::PUT, &path), &cases).await;
}

#[tokio::test]
async fn a_grant_ends_by_the_clock_and_is_shown_as_expired() {
    let app = TestApp::new().await;
    let (admin, reader) = (app.as_("admin"), app.as_("member_read"));
    let path = at(&app, "member_read");
    let end = NOW.plus(Duration::from_secs(60)).to_rfc3339();
    let list =
        json!({"domains": [{"domain_id": "shared.example", "access": "read", "expires_at": end}]});
    admin.put(&path, list.clone()).await.with(200);
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(reader.get("/v1/domains/shared.example").await.status, 200);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(reader.get("/v1/domains/shared.example").await.status, 404);
    let shown = admin.get(&path).await.with(200);
    assert_eq!(shown["domains"][0]["status"], "expired");
    let user = admin
        .get(path.trim_end_matches("/domain-access"))
        .await
        .with(200);
    assert_eq!(user["domain_count"], 0);
    // What is shown may be sent back; a new end must be ahead.
    admin.put(&path, list).await.with(200);
    admin.put(&path, json!({"domains": []})).await.with(200);
    let shown = admin.get(&path).await.with(200);
    assert_eq!(shown["domains"], json!([]));
}

/// One domain over and over says so, unless there are too many lines to look at any.
#[tokio::test]
async fn every_list_of_domains_has_a_thousand_lines_at_most() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let new = json!({"name": "CI", "domain_ids": ["shared.example"]});
    let key = owner.post("/v1/api-keys", new).await.with(201);
    let key = format!("/v1/api-keys/{}", key["api_key"]["id"].as_str().unwrap());
    let name = json!("shared.example");
    let line = json!({"domain_id": "shared.example", "access": "read"});
    let before = app.dump();
    for (method, path, mut body, list, one) in [
        (
            Method::POST,
            "/v1/api-keys",
            json!({"name": "CI"}),
            "domain_ids",
            &name,
        ),
        (Method::PATCH, &key, json!({}), "domain_ids", &name),
        (
            Method::POST,
            "/v1/invitations",
            json!({"email": "nora@new.example", "role": "member"}),
            "domains",
            &line,
        ),
        (
            Method::PUT,
            &at(&app, "member_read"),
            json!({}),
            "domains",
            &line,
        ),
    ] {
        for (count, why) in [(1000, "twice"), (1001, "1000 domains")] {
            body[list] = vec![one.clone(); count].into();
            let answer = owner.request(method.clone(), path).json(&body).send().await;
            assert_eq!(answer.status, 400, "{method} {path} {count}");
            let said = answer.json()["error"]["fields"].to_string();
            assert!(said.contains(why), "{method} {path} {count}: {said}");
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_domain_that_goes_while_its_list_is_saved_was_never_there_on_postgres() {
    TestDatabase::postgres().await.run(saved_too_late).await;
}

async fn saved_too_late(database: &TestDatabase) {
    let app = TestApp::builder().database(database).build().await;
    let admin = app.as_("admin");
    let path = at(&app, "member_read");
    let list = json!({"domains": [{"domain_id": "closed.example", "access": "read"}]});
    for end in [End::GivenUp, End::Overtaken] {
        let gone = params![app.world().closed.domain.as_str()];
        let delete = ("DELETE FROM domains WHERE id = $1", &gone[..]);
        let request = admin.put(&path, list.clone());
        let answer = overtaken::answer(&app, delete, end, request).await;
        match end {
            End::GivenUp => assert!(answer.status.is_server_error(), "{}", answer.status),
            End::Overtaken => assert_eq!(answer.code(), "not_found"),
        }
    }
}
