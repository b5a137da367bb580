//! Row I11: nobody learns who has a login.

use std::time::{Duration, Instant};

use postscale_testkit::{Answer, PASSWORD, TestApp};
use serde_json::json;

async fn attempt(app: &TestApp, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.as_("anonymous").post("/v1/auth/login", body).await
}

#[tokio::test]
async fn i11_a_sign_in_fails_alike_for_whoever_there_is_and_whoever_there_is_not() {
    let app = TestApp::new().await;
    let unknown = attempt(&app, "nobody@people.example", PASSWORD)
        .await
        .comparable();
    assert_eq!(unknown.code(), "invalid_credentials");
    for (email, password) in [
        ("owner@people.example", "wrong"),
        ("deactivated@people.example", PASSWORD),
        ("deactivated@people.example", "wrong"),
        ("nobody@nowhere.example", ""),
        ("no address", PASSWORD),
        ("", PASSWORD),
    ] {
        let answer = attempt(&app, email, password).await.comparable();
        assert_eq!(answer, unknown, "{email} {password}");
    }
    for (path, name) in [("/sign-in", "password"), ("/forgot-password", "")] {
        let page = async |email: &str| {
            let app = app.fork();
            let mut fields = json!({"email": email});
            if !name.is_empty() {
                fields[name] = json!("wrong");
            }
            let answer = app.as_("anonymous").submit(path, fields).await;
            let text = String::from_utf8_lossy(&answer.body).replace(email, "");
            (answer.status, answer.location().replace(email, ""), text)
        };
        let known = page("owner@people.example").await;
        assert_eq!(known, page("nobody@people.example").await, "{path}");
        assert_eq!(known, page("deactivated@people.example").await, "{path}");
    }
}

/// Hashing takes by far the longest of a sign-in, so a sign-in without it would be several times as
/// fast. The fastest of some tries is what no other load of the machine made longer.
#[tokio::test]
async fn i11_whoever_is_not_there_costs_a_hash_too() {
    let app = TestApp::new().await;
    let fastest = async |email: &str| {
        let mut fastest = Duration::MAX;
        for _ in 0..4 {
            let begun = Instant::now();
            attempt(&app, email, "wrong").await;
            fastest = fastest.min(begun.elapsed());
        }
        fastest
    };
    let known = fastest("owner@people.example").await;
    for email in ["nobody@people.example", "deactivated@people.example"] {
        let unknown = fastest(email).await;
        assert!(
            unknown * 2 > known,
            "{email}: {unknown:?}, known: {known:?}"
        );
    }
}
