//! The code that proves the invited address.

use std::time::Duration;

use postscale_store::params;
use postscale_testkit::{NOW, database::TestDatabase};

use super::*;
use crate::api::overtaken::{self, End};

/// A code that is not the right one.
fn other(right: &str) -> &'static str {
    if right == "000000" {
        "000001"
    } else {
        "000000"
    }
}

#[tokio::test]
async fn a_code_dies_after_five_wrong_ones_and_after_ten_minutes() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    assert_eq!(
        verify(&app, &token, "123456").await.fields(),
        ["code"],
        "none was asked for"
    );
    accept(&app, "anonymous", &token).await.with(202);
    let right = code(&app, NEW);
    let (late, four, just) = (app.fork(), app.fork(), app.fork());
    for _ in 0..5 {
        let answer = verify(&app, &token, other(&right)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (400, vec!["code".to_owned()])
        );
    }
    assert_eq!(
        verify(&app, &token, &right).await.status,
        400,
        "the sixth try"
    );
    late.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(verify(&late, &token, &right).await.status, 400);
    just.clock.advance(Duration::from_secs(10 * 60 - 1));
    verify(&just, &token, &right).await.with(200);
    for _ in 0..4 {
        verify(&four, &token, other(&right)).await;
    }
    let spaced = format!(" {} {} ", &right[..3], &right[3..]);
    verify(&four, &token, &spaced).await.with(200);
}

#[tokio::test]
async fn a_newer_code_replaces_the_older_and_what_was_given_with_it() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    accept(&app, "anonymous", &token).await.with(202);
    let first = code(&app, NEW);
    app.clock.advance(Duration::from_secs(60));
    let body = json!({"token": token, "name": "Nora Next", "password": "another long password"});
    let path = "/v1/invitations/accept";
    app.as_("anonymous").post(path, body).await.with(202);
    let second = code(&app, NEW);
    if first != second {
        assert_eq!(verify(&app, &token, &first).await.status, 400);
    }
    let joined = verify(&app, &token, &second).await;
    joined.with(200);
    let me = app
        .presenting(joined.session())
        .get("/v1/me")
        .await
        .with(200);
    assert_eq!(me["user"]["name"], "Nora Next");
    assert_eq!(sign_in(&app, NEW, PASSWORD).await.status, 401);
    sign_in(&app, NEW, "another long password").await.with(200);
}

#[tokio::test]
async fn a_link_has_ten_codes() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    for _ in 0..10 {
        accept(&app, "anonymous", &token).await.with(202);
    }
    // A fork does not know how many tries there were, but the link does.
    let app = app.fork();
    let answer = accept(&app, "anonymous", &token).await;
    assert_eq!(status(&answer), (409, "too_many_codes".into()));
}

/// I12: guessing is slowed down, per link.
#[tokio::test]
async fn i12_tries_with_a_link_are_limited() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    let (accepting, verifying) = (app.fork(), app.fork());
    for _ in 0..10 {
        accept(&accepting, "anonymous", &token).await.with(202);
        assert_eq!(verify(&verifying, &token, "123456").await.status, 400);
    }
    let (eleventh, other) = (
        accept(&accepting, "anonymous", &token).await,
        verify(&verifying, &token, "123456").await,
    );
    for answer in [eleventh, other] {
        assert_eq!(status(&answer), (429, "rate_limit_exceeded".into()));
        assert!(answer.headers.contains_key("retry-after"));
    }
    let another = app.shared().invitation_token.clone();
    accept(&accepting, "anonymous", &another).await.with(202);
}

#[tokio::test]
async fn a_code_is_of_its_link_alone() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    accept(&app, "anonymous", &token).await.with(202);
    let of_nora = code(&app, NEW);
    let foreign = app.shared().invitation_token.clone();
    accept(&app, "anonymous", &foreign).await.with(202);
    if code(&app, "invited@shared.example") != of_nora {
        assert_eq!(verify(&app, &foreign, &of_nora).await.status, 400);
    }
    verify(&app, &token, &of_nora).await.with(200);
}

#[tokio::test]
async fn what_somebody_new_gives_is_checked() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    let with =
        |name: &str, password: &str| json!({"token": token, "name": name, "password": password});
    let bad = "invalid_request";
    let cases = [
        (json!({"token": token}), bad, "name"),
        (with(" ", PASSWORD), bad, "name"),
        (with("a\nb", PASSWORD), bad, "name"),
        (with("Nora", "short"), bad, "password"),
        (with("Nora", &"x".repeat(257)), bad, "password"),
    ];
    let route = (Method::POST, "/v1/invitations/accept");
    refuses(&app, &app.as_("anonymous"), route, &cases).await;
}

/// I7: a race has one winner.
#[tokio::test]
async fn i07_of_two_who_give_the_code_at_once_one_joins() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    accept(&app, "anonymous", &token).await.with(202);
    let right = code(&app, NEW);
    let both = tokio::join!(verify(&app, &token, &right), verify(&app, &token, &right));
    let mut statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    let rows = app.dump();
    let of_nora = rows["persons"].iter().filter(|row| row.contains(NEW));
    assert_eq!(of_nora.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_got_a_login_while_proving_the_address_is_asked_to_sign_in_on_postgres() {
    TestDatabase::postgres().await.run(proven_too_late).await;
}

async fn proven_too_late(database: &TestDatabase) {
    let app = TestApp::builder().database(database).build().await;
    let token = app.shared().invitation_token.clone();
    accept(&app, "anonymous", &token).await.with(202);
    let right = only_code(&app).await;
    for end in [End::GivenUp, End::Overtaken] {
        let login = params!["invited@shared.example", NOW];
        let sql = "INSERT INTO persons (id, email, email_key, name, failed_logins, created_at, updated_at) \
                   VALUES ('5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa', $1, $1, 'Nora', 0, $2, $2)";
        let request = verify(&app, &token, &right);
        let answer = overtaken::answer(&app, (sql, &login[..]), end, request).await;
        match end {
            End::GivenUp => assert!(answer.status.is_server_error(), "{}", answer.status),
            End::Overtaken => assert_eq!(status(&answer), (409, "sign_in_required".into())),
        }
    }
}

/// The code in the only mail that waits, on any database.
async fn only_code(app: &TestApp) -> String {
    let mut tx = app.app.store.read().await.unwrap();
    let row = tx.query_one("SELECT body FROM system_emails", &[]).await;
    let mail = row.unwrap().bytes("body").unwrap().to_vec();
    let mail = String::from_utf8(mail).unwrap();
    let (_, rest) = mail.split_once("Your code is").unwrap();
    rest.trim_start()[..6].to_owned()
}
