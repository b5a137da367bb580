//! `/v1/me/email`
//!
//! Goal: only who reads the new mailbox makes it a login; who reads the old one is warned.

use std::time::Duration;

use postscale_testkit::{Answer, PASSWORD, TestApp};
use serde_json::json;

const OLD: &str = "member_rw@people.example";
const NEW: &str = "somebody@new.example";

async fn ask(app: &TestApp, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.as_("member_rw").post("/v1/me/email", body).await
}

async fn confirm(app: &TestApp, code: &str) -> Answer {
    let body = json!({"code": code});
    app.as_("member_rw")
        .post("/v1/me/email/confirm", body)
        .await
}

async fn login(app: &TestApp, email: &str) -> u16 {
    let body = json!({"email": email, "password": PASSWORD});
    let answer = app.as_("anonymous").post("/v1/auth/login", body).await;
    answer.status.as_u16()
}

fn mails(app: &TestApp, to: &str) -> Vec<String> {
    let rows = app.dump().remove("system_emails").unwrap();
    let to = format!("To: <{to}>");
    rows.into_iter().filter(|row| row.contains(&to)).collect()
}

fn code(app: &TestApp) -> String {
    let mail = mails(app, NEW).remove(0);
    let line = mail.lines().find(|line| line.starts_with("    "));
    line.unwrap().trim().to_owned()
}

#[tokio::test]
async fn the_new_address_is_proven_and_the_old_one_warned() {
    let app = TestApp::new().await;
    assert_eq!(ask(&app, NEW, "wrong").await.fields(), ["password"]);
    assert_eq!(ask(&app, "none", PASSWORD).await.fields(), ["email"]);
    assert_eq!(ask(&app, OLD, PASSWORD).await.fields(), ["email"]);
    ask(&app, NEW, PASSWORD).await.with(202);
    assert_eq!(mails(&app, OLD).len(), 1);
    assert_eq!(
        (login(&app, OLD).await, login(&app, NEW).await),
        (200, 401),
        "nothing changed yet"
    );
    confirm(&app, &code(&app)).await.with(204);
    assert_eq!((login(&app, OLD).await, login(&app, NEW).await), (401, 200));
    let me = app.as_("member_rw").get("/v1/me").await.with(200);
    assert_eq!(me["user"]["email"], NEW);
    assert_eq!(mails(&app, OLD).len(), 2);
    assert_eq!(confirm(&app, &code(&app)).await.fields(), ["code"]);
}

#[tokio::test]
async fn an_address_of_somebody_else_is_refused_without_telling() {
    let app = TestApp::new().await;
    let taken = ask(&app, "owner@people.example", PASSWORD).await;
    let free = ask(&app, NEW, PASSWORD).await;
    assert_eq!(taken.comparable(), free.comparable());
    let app = TestApp::new().await;
    ask(&app, "owner@people.example", PASSWORD).await.with(202);
    assert!(mails(&app, "owner@people.example").is_empty());
    assert_eq!(confirm(&app, "123456").await.fields(), ["code"]);
}

#[tokio::test]
async fn a_code_dies_after_five_tries_and_after_a_quarter_of_an_hour() {
    let app = TestApp::new().await;
    ask(&app, NEW, PASSWORD).await.with(202);
    let right = code(&app);
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..5 {
        assert_eq!(confirm(&app, wrong).await.status, 400);
    }
    assert_eq!(confirm(&app, &right).await.status, 400);
    let app = TestApp::new().await;
    ask(&app, NEW, PASSWORD).await.with(202);
    let right = code(&app);
    app.clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(confirm(&app, &right).await.status, 400);
}
