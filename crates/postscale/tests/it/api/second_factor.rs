//! `/v1/me/mfa`, and signing in with it
//!
//! Goal: who has the password alone gets nowhere; nobody is locked out for good.
//! Method: a real authenticator on the instance's clock.

use std::time::Duration;

use http::Method;
use postscale_testkit::{Answer, PASSWORD, TestApp};
use serde_json::{Value, json};
use totp_rs::Totp;

const WHO: &str = "member_rw@people.example";

/// The code an authenticator shows now.
fn shown(app: &TestApp, totp: &Totp) -> String {
    let now = u64::try_from(app.app.sources.now().seconds()).unwrap();
    totp.generate(now).to_string()
}

async fn login(app: &TestApp, code: Option<&str>) -> Answer {
    let body = json!({"email": WHO, "password": PASSWORD, "code": code});
    app.as_("anonymous").post("/v1/auth/login", body).await
}

/// Sets a second factor up; its authenticator and the recovery codes.
async fn enrol(app: &TestApp) -> (Totp, Vec<String>) {
    let me = app.as_("member_rw");
    let begun = me.post("/v1/me/mfa", json!({})).await.with(201);
    let totp = Totp::from_url(begun["otpauth_uri"].as_str().unwrap()).unwrap();
    let code = json!({"code": shown(app, &totp)});
    let made = me.post("/v1/me/mfa/confirm", code).await.with(200);
    let codes = made["recovery_codes"].as_array().unwrap();
    let text = |code: &Value| code.as_str().unwrap().to_owned();
    (totp, codes.iter().map(text).collect())
}

#[tokio::test]
async fn sign_in_asks_for_a_code_once_its_first_was_seen() {
    let app = TestApp::new().await;
    let me = app.as_("member_rw");
    let elsewhere = app.presenting(login(&app, None).await.session());
    let begun = me.post("/v1/me/mfa", json!({})).await.with(201);
    assert_eq!(begun["secret"].as_str().unwrap().len(), 32);
    login(&app, None).await.with(200);
    let wrong = me
        .post("/v1/me/mfa/confirm", json!({"code": "000000"}))
        .await;
    assert_eq!(wrong.fields(), ["code"]);
    let (totp, codes) = enrol(&app).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(
        elsewhere.get("/v1/me").await.status,
        401,
        "others are signed out"
    );
    let state = me.get("/v1/me/mfa").await.with(200);
    assert_eq!(state, json!({"enabled": true, "recovery_codes_left": 10}));

    let without = login(&app, None).await;
    assert_eq!(
        (without.status.as_u16(), without.code().as_str()),
        (401, "second_factor_required")
    );
    assert_eq!(login(&app, Some("000000")).await.code(), "invalid_code");
    app.clock.advance(Duration::from_secs(30));
    login(&app, Some(&shown(&app, &totp))).await.with(200);
}

#[tokio::test]
async fn i15_a_code_is_good_once_and_for_a_minute_and_a_half() {
    let app = TestApp::new().await;
    let (totp, _) = enrol(&app).await;
    let first = shown(&app, &totp);
    assert_eq!(
        login(&app, Some(&first)).await.code(),
        "invalid_code",
        "set up with it"
    );
    app.clock.advance(Duration::from_secs(60));
    let code = shown(&app, &totp);
    app.clock.advance(Duration::from_secs(30));
    login(&app, Some(&code)).await.with(200);
    assert_eq!(login(&app, Some(&code)).await.code(), "invalid_code");
    let stale = shown(&app, &totp);
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(login(&app, Some(&stale)).await.code(), "invalid_code");
}

#[tokio::test]
async fn i15_codes_cannot_be_guessed() {
    let app = TestApp::new().await;
    let (totp, _) = enrol(&app).await;
    app.clock.advance(Duration::from_secs(60));
    for _ in 0..5 {
        assert_eq!(login(&app, Some("000000")).await.status, 401);
    }
    let sixth = login(&app, Some(&shown(&app, &totp))).await;
    assert_eq!(sixth.status, 429);
    assert!(sixth.headers.contains_key("retry-after"));
    app.clock.advance(Duration::from_secs(60));
    login(&app, Some(&shown(&app, &totp))).await.with(200);
}

#[tokio::test]
async fn i15_a_recovery_code_is_good_once_and_new_ones_replace_the_old() {
    let app = TestApp::new().await;
    let (_, codes) = enrol(&app).await;
    let typed = format!(" {} ", codes[0].to_uppercase());
    let signed_in = login(&app, Some(&typed)).await;
    signed_in.with(200);
    assert_eq!(login(&app, Some(&codes[0])).await.code(), "invalid_code");
    let me = app.presenting(signed_in.session());
    let state = me.get("/v1/me/mfa").await.with(200);
    assert_eq!(state["recovery_codes_left"], 9);
    let renewed = me.post("/v1/me/mfa/recovery-codes", json!({})).await;
    let renewed = renewed.with(200);
    assert_eq!(login(&app, Some(&codes[1])).await.code(), "invalid_code");
    let new = renewed["recovery_codes"][0].as_str().unwrap();
    login(&app, Some(new)).await.with(200);
}

#[tokio::test]
async fn it_is_taken_away_with_password_and_code_only() {
    let app = TestApp::new().await;
    let me = app.as_("member_rw");
    let remove = async |password: &str, code: &str| {
        let body = json!({"password": password, "code": code});
        me.request(Method::DELETE, "/v1/me/mfa")
            .json(&body)
            .send()
            .await
    };
    assert_eq!(remove(PASSWORD, "000000").await.status, 409);
    let (totp, _) = enrol(&app).await;
    app.clock.advance(Duration::from_secs(60));
    let code = shown(&app, &totp);
    assert_eq!(remove("wrong", &code).await.fields(), ["password"]);
    assert_eq!(remove(PASSWORD, "000000").await.code(), "invalid_code");
    remove(PASSWORD, &code).await.with(204);
    login(&app, None).await.with(200);
    let state = me.get("/v1/me/mfa").await.with(200);
    assert_eq!(state, json!({"enabled": false, "recovery_codes_left": 0}));
}

#[tokio::test]
async fn what_is_protected_asks_for_the_code_too() {
    let app = TestApp::new().await;
    let (totp, _) = enrol(&app).await;
    let me = app.as_("member_rw");
    app.clock.advance(Duration::from_secs(601));
    let renew = async |me: &postscale_testkit::Client| {
        me.post("/v1/me/mfa/recovery-codes", json!({})).await
    };
    assert_eq!(renew(&me).await.code(), "reauthentication_required");
    let prove = async |code: Option<&str>| {
        let body = json!({"password": PASSWORD, "code": code});
        me.post("/v1/auth/reauthenticate", body).await
    };
    assert_eq!(prove(None).await.code(), "second_factor_required");
    assert_eq!(prove(Some("000000")).await.code(), "invalid_code");
    let proven = prove(Some(&shown(&app, &totp))).await;
    proven.with(200);
    assert_eq!(me.get("/v1/me").await.status, 401, "the old token is over");
    renew(&app.presenting(proven.session())).await.with(200);
}

/// I15: whoever reads the mailbox alone does not get in.
#[tokio::test]
async fn i15_a_new_password_by_link_leaves_the_second_factor() {
    let app = TestApp::new().await;
    let (totp, codes) = enrol(&app).await;
    app.clock.advance(Duration::from_secs(60));
    let anybody = app.as_("anonymous");
    let asked = json!({"email": WHO});
    anybody
        .post("/v1/auth/password-reset", asked)
        .await
        .with(202);
    let mail = app.dump().remove("system_emails").unwrap().concat();
    let mail = mail.replace("=\r\n", "").replace("=3D", "=");
    let start = "https://postscale.example/reset-password/";
    let token = &mail.split_once(start).unwrap().1[..64];
    // The password stays what it was, so that only the factor is looked at.
    let new = json!({"token": token, "password": PASSWORD});
    anybody
        .post("/v1/auth/password-reset/confirm", new)
        .await
        .with(204);
    assert_eq!(login(&app, None).await.code(), "second_factor_required");
    let signed_in = login(&app, Some(&shown(&app, &totp))).await;
    signed_in.with(200);
    let me = app.presenting(signed_in.session());
    let state = me.get("/v1/me/mfa").await.with(200);
    assert_eq!(
        state,
        json!({"enabled": true, "recovery_codes_left": codes.len()})
    );
}
