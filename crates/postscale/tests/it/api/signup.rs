//! `/v1/auth/signup` and `/v1/auth/verify-email`

use std::time::Duration;

use http::Method;
use postscale_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use super::refuses;

fn wanted(email: &str) -> Value {
    json!({
        "email": email,
        "password": "a good long password",
        "name": "Nora New",
        "organization": "Nora & Sons",
    })
}

async fn sign_up(app: &TestApp, email: &str) -> Answer {
    let anybody = app.as_("anonymous");
    anybody.post("/v1/auth/signup", wanted(email)).await
}

async fn verify(app: &TestApp, email: &str, code: &str) -> Answer {
    let body = json!({"email": email, "code": code});
    app.as_("anonymous")
        .post("/v1/auth/verify-email", body)
        .await
}

/// Texts of the mail of the system that waits.
fn mails(app: &TestApp) -> Vec<String> {
    app.dump().remove("system_emails").unwrap()
}

fn code(app: &TestApp) -> String {
    let mails = mails(app);
    let (_, rest) = mails.last().unwrap().split_once("Your code is").unwrap();
    rest.trim_start()[..6].to_owned()
}

#[tokio::test]
async fn a_stranger_proves_an_address_and_owns_an_organization() {
    let app = TestApp::new().await;
    let asked = sign_up(&app, "Nora@new.example").await.with(202);
    assert_eq!(asked, json!({"status": "verification_required"}));
    let made = verify(&app, "nora@new.example", &code(&app)).await;
    assert!(made.headers.contains_key("set-cookie"));
    let made = made.with(200);
    assert_eq!(made["user"]["role"], "owner");
    assert_eq!(made["user"]["email"], "Nora@new.example");
    assert_eq!(made["organization"]["name"], "Nora & Sons");
    assert_eq!(made["organization"]["plan"], "unlimited");
    let login = json!({"email": "nora@new.example", "password": "a good long password"});
    app.as_("anonymous")
        .post("/v1/auth/login", login)
        .await
        .with(200);
    let again = verify(&app, "nora@new.example", &code(&app)).await;
    assert_eq!(
        (again.status.as_u16(), again.fields()),
        (400, vec!["code".to_owned()])
    );
}

#[tokio::test]
async fn i11_a_known_address_is_told_by_mail_and_nobody_else_learns_it() {
    let app = TestApp::new().await;
    let unknown = sign_up(&app, "new@new.example").await.comparable();
    assert!(mails(&app)[0].contains("Your code is"));
    let app = app.fork();
    let before = app.dump();
    let known = sign_up(&app, "owner@people.example").await.comparable();
    assert_eq!(known, unknown);
    let told = mails(&app)
        .into_iter()
        .find(|mail| mail.contains("owner@people.example"));
    let told = told.unwrap();
    assert!(
        told.contains("You already have a Postscale login"),
        "{told}"
    );
    assert!(!told.contains("code is"), "{told}");
    for table in ["persons", "organizations", "users"] {
        assert_eq!(app.dump()[table], before[table], "{table}");
    }
    let wrong = [
        verify(&app, "owner@people.example", "000000")
            .await
            .comparable(),
        verify(&app, "nobody@new.example", "000000")
            .await
            .comparable(),
    ];
    assert_eq!(wrong[0].status, 400);
    assert_eq!(wrong[0], wrong[1]);
}

#[tokio::test]
async fn a_code_ends_after_five_tries_and_after_ten_minutes() {
    let app = TestApp::new().await;
    sign_up(&app, "nora@new.example").await.with(202);
    let right = code(&app);
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    let late = app.fork();
    for _ in 0..5 {
        assert_eq!(verify(&app, "nora@new.example", wrong).await.status, 400);
    }
    assert_eq!(verify(&app, "nora@new.example", &right).await.status, 400);
    late.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(verify(&late, "nora@new.example", &right).await.status, 400);
}

#[tokio::test]
async fn an_address_is_written_to_once_a_minute() {
    let app = TestApp::new().await;
    sign_up(&app, "nora@new.example").await.with(202);
    let first = code(&app);
    sign_up(&app, "nora@new.example").await.with(202);
    assert_eq!(mails(&app).len(), 1);
    app.clock.advance(Duration::from_secs(60));
    sign_up(&app, "nora@new.example").await.with(202);
    assert_eq!(mails(&app).len(), 2);
    let old = verify(&app, "nora@new.example", &first).await;
    let new = mails(&app).iter().any(|mail| !mail.contains(&first));
    assert!(
        old.status == 400 && new,
        "a newer code replaces the older one"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_up_is_named() {
    let app = TestApp::new().await;
    let with = |field: &str, value: Value| {
        let mut body = wanted("nora@new.example");
        body[field] = value;
        body
    };
    let bad = "invalid_request";
    let cases = [
        (with("email", json!("nora")), bad, "email"),
        (with("password", json!("short")), bad, "password"),
        (with("name", json!(" ")), bad, "name"),
        (with("organization", json!("a\nb")), bad, "organization"),
        (with("plan", json!("unlimited")), "unknown_field", "plan"),
    ];
    let route = (Method::POST, "/v1/auth/signup");
    refuses(&app, &app.as_("anonymous"), route, &cases).await;
}

#[tokio::test]
async fn while_sign_ups_are_closed_there_are_no_such_routes() {
    let app = TestApp::builder().closed().build().await;
    let before = app.dump();
    let anybody = app.as_("anonymous");
    let nowhere = anybody
        .post("/v1/auth/nowhere", json!({}))
        .await
        .comparable();
    assert_eq!(nowhere.status, 404);
    for path in ["/v1/auth/signup", "/v1/auth/verify-email"] {
        for body in [wanted("nora@new.example"), json!({"surprise": 1})] {
            assert_eq!(
                anybody.post(path, body).await.comparable(),
                nowhere,
                "{path}"
            );
        }
        let request = anybody.request(Method::POST, path).body("text/plain", "x");
        assert_eq!(request.send().await.comparable(), nowhere, "{path}");
    }
    assert_eq!(app.dump(), before);
}
