//! `/v1/auth/password-reset`
//!
//! Goal: whoever reads the mailbox gets in, nobody else, and asking tells nobody anything.
//! Method: tokens are read from the queued mail.

use std::time::Duration;

use postscale_testkit::{Answer, PASSWORD, TestApp};
use serde_json::json;

const WHO: &str = "member_rw@people.example";
const BETTER: &str = "a better one than before";

async fn ask(app: &TestApp, email: &str) -> Answer {
    let body = json!({"email": email});
    app.as_("anonymous")
        .post("/v1/auth/password-reset", body)
        .await
}

async fn confirm(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    app.as_("anonymous")
        .post("/v1/auth/password-reset/confirm", body)
        .await
}

async fn login(app: &TestApp, password: &str) -> u16 {
    let body = json!({"email": WHO, "password": password});
    let answer = app.as_("anonymous").post("/v1/auth/login", body).await;
    answer.status.as_u16()
}

fn mails(app: &TestApp) -> Vec<String> {
    let rows = app.dump().remove("system_emails").unwrap();
    let plain = |row: String| row.replace("=\r\n", "").replace("=3D", "=");
    rows.into_iter().map(plain).collect()
}

fn tokens(app: &TestApp) -> Vec<String> {
    let start = "https://postscale.example/reset-password/";
    let token = |mail: String| Some(mail.split_once(start)?.1[..64].to_owned());
    mails(app).into_iter().filter_map(token).collect()
}

#[tokio::test]
async fn the_holder_of_the_link_chooses_a_password_once() {
    let app = TestApp::new().await;
    let asked = ask(&app, "Member_RW@people.example").await.with(202);
    assert_eq!(asked, json!({"status": "requested"}));
    let token = tokens(&app).remove(0);
    assert!(mails(&app)[0].contains(&format!("To: <{WHO}>")));
    let page = format!("/reset-password/{token}");
    for _ in 0..2 {
        let opened = app.as_("anonymous").get(&page).await;
        assert_eq!(opened.status, 200, "opening uses nothing up");
    }
    let short = confirm(&app, &token, "short").await;
    assert_eq!(short.fields(), ["password"]);
    confirm(&app, &token, BETTER).await.with(204);
    assert_eq!(
        (login(&app, PASSWORD).await, login(&app, BETTER).await),
        (401, 200)
    );
    assert_eq!(
        app.as_("member_rw").get("/v1/me").await.status,
        401,
        "every session ended"
    );
    let again = confirm(&app, &token, PASSWORD).await;
    assert_eq!(again.fields(), ["token"]);
    assert_eq!(app.as_("anonymous").get(&page).await.status, 404);
}

#[tokio::test]
async fn i11_asking_tells_nobody_who_has_a_login() {
    let app = TestApp::new().await;
    let known = ask(&app, WHO).await.comparable();
    let unknown = ask(&app, "nobody@people.example").await.comparable();
    assert_eq!(known, unknown);
    assert_eq!(tokens(&app).len(), 1);
    ask(&app, WHO).await.with(202);
    assert_eq!(
        tokens(&app).len(),
        1,
        "a link of a moment ago is not replaced"
    );
    assert_eq!(ask(&app, "no address").await.fields(), ["email"]);
    let array = json!({"email": [WHO, "thief@people.example"]});
    let anybody = app.as_("anonymous");
    let two = anybody.post("/v1/auth/password-reset", array).await;
    assert_eq!(two.status, 400);
}

#[tokio::test]
async fn a_link_is_good_for_an_hour() {
    let app = TestApp::new().await;
    ask(&app, WHO).await.with(202);
    let token = tokens(&app).remove(0);
    app.clock.advance(Duration::from_secs(3600));
    assert_eq!(confirm(&app, &token, BETTER).await.fields(), ["token"]);
    assert_eq!(login(&app, PASSWORD).await, 200);
}

#[tokio::test]
async fn a_mailbox_cannot_be_flooded() {
    let app = TestApp::new().await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(ask(&app, WHO).await.status.as_u16());
    }
    assert_eq!(statuses, [202, 202, 202, 429]);
}

#[tokio::test]
async fn a_changed_password_makes_links_worthless() {
    let app = TestApp::new().await;
    ask(&app, WHO).await.with(202);
    let token = tokens(&app).remove(0);
    let change = json!({"current_password": PASSWORD, "new_password": BETTER});
    let me = app.as_("member_rw");
    me.post("/v1/me/password", change).await.with(204);
    assert_eq!(confirm(&app, &token, PASSWORD).await.fields(), ["token"]);
}

#[tokio::test]
async fn i12_a_hundred_wrong_passwords_lock_strangers_out_until_it_is_reset() {
    let app = TestApp::new().await;
    for _ in 0..100 {
        assert_eq!(login(&app, "wrong").await, 401);
        app.clock.advance(Duration::from_secs(6));
    }
    assert_eq!(login(&app, PASSWORD).await, 401);
    let told = |mail: &String| mail.contains("Somebody tries to sign in as you");
    assert_eq!(mails(&app).iter().filter(|mail| told(mail)).count(), 1);
    ask(&app, WHO).await.with(202);
    confirm(&app, &tokens(&app)[0], BETTER).await.with(204);
    assert_eq!(login(&app, BETTER).await, 200);
}
