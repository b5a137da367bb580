//! `/v1/auth` and `/v1/me`

use http::Method;
use postscale_testkit::{PASSWORD, Presented, TestApp};
use serde_json::{Value, json};

use super::refuses;

#[tokio::test]
async fn a_person_signs_in_reads_themselves_and_signs_out() {
    let app = TestApp::new().await;
    let nobody = app.as_("anonymous");
    let login = json!({"email": " Owner@People.example ", "password": PASSWORD});
    let answer = nobody.post("/v1/auth/login", login).await;
    let body = answer.with(200);
    assert_eq!(body["user"]["email"], "owner@people.example");
    assert_eq!(body["organization"]["name"], "Acme");
    assert_eq!(body["organization"]["role"], "owner");
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    for part in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let signed_in = app.presenting(answer.session());
    let me = signed_in.get("/v1/me").await.with(200);
    assert_eq!(me["principal"], "session");
    assert_eq!(me["role"], "owner");
    let sessions = signed_in.get("/v1/me/sessions").await.with(200);
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 2);
    signed_in.post("/v1/auth/logout", json!({})).await.with(204);
    assert_eq!(signed_in.get("/v1/me").await.status, 401);
    assert_eq!(app.as_("owner").get("/v1/me").await.status, 200);
}

#[tokio::test]
async fn a_login_that_fails_says_nothing_and_is_slowed_down() {
    let app = TestApp::new().await;
    let nobody = app.as_("anonymous");
    let attempt = |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        let nobody = nobody.clone();
        async move { nobody.post("/v1/auth/login", body).await.comparable() }
    };
    let wrong = attempt("owner@people.example", "wrong").await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.code().as_str()),
        (401, "invalid_credentials")
    );
    assert_eq!(attempt("nobody@people.example", PASSWORD).await, wrong);
    assert_eq!(attempt("not an address", PASSWORD).await, wrong);
    assert_eq!(attempt("deactivated@people.example", PASSWORD).await, wrong);
    let mut last = wrong;
    for _ in 0..20 {
        last = attempt("owner@people.example", "wrong").await;
    }
    assert_eq!(
        (last.status.as_u16(), last.code().as_str()),
        (429, "rate_limit_exceeded")
    );
    assert!(last.headers.contains_key("retry-after"));
    let cases = [
        (
            json!({"email": "a@b.example"}),
            "invalid_request",
            "password",
        ),
        (
            json!({"email": 5, "password": "x"}),
            "invalid_request",
            "email",
        ),
        (
            json!({"email": "a@b.example", "password": "x", "otp": 1}),
            "unknown_field",
            "otp",
        ),
    ];
    refuses(&app, &nobody, (Method::POST, "/v1/auth/login"), &cases).await;
}

#[tokio::test]
async fn tries_at_a_login_are_counted_together_however_its_address_is_spelled() {
    let app = TestApp::new().await;
    let nobody = app.as_("anonymous");
    let spellings = [
        "owner@people.example",
        " OWNER@people.example",
        "\"owner\"@people.example",
        "owner@people.example.",
        "owner@ＰＥＯＰＬＥ.example",
        "owner@people。example",
    ];
    let mut last = 401;
    for email in spellings.iter().cycle().take(12) {
        let body = json!({"email": email, "password": "wrong"});
        last = nobody.post("/v1/auth/login", body).await.status.as_u16();
        assert!(matches!(last, 401 | 429), "{email}: {last}");
    }
    assert_eq!(last, 429);
    // Of what is no address the spelling is all there is.
    let body = json!({"email": "not an address", "password": "wrong"});
    assert_eq!(nobody.post("/v1/auth/login", body).await.status, 401);
}

#[tokio::test]
async fn an_unsafe_request_of_a_session_proves_where_it_comes_from() {
    let app = TestApp::new().await;
    let Presented::Session(token) = app.world().seat("owner").presented.clone() else {
        panic!("a session");
    };
    let cookie = format!("__Host-postscale_session={token}");
    let before = app.dump();
    let bare = |headers: &[(&str, &str)]| {
        let mut request = app.as_("anonymous").request(Method::POST, "/v1/domains");
        request = request.header("cookie", &cookie);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.json(&json!({"domain": "new.example"})).send()
    };
    let good = csrf(&token);
    for headers in [
        &[][..],
        &[("x-csrf-token", "")],
        &[("x-csrf-token", "0000")],
        &[("x-csrf-token", &good), ("origin", "https://evil.example")],
        &[("x-csrf-token", &good), ("sec-fetch-site", "cross-site")],
        &[("x-csrf-token", &good), ("sec-fetch-site", "same-site")],
        &[("x-csrf-token", &good), ("origin", "null")],
    ] {
        let refused = bare(headers).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (403, "csrf"),
            "{headers:?}"
        );
    }
    assert_eq!(app.dump(), before);
    let same = [
        ("x-csrf-token", good.as_str()),
        ("origin", "https://postscale.example"),
    ];
    assert_eq!(bare(&same).await.status, 201);
}

fn csrf(token: &str) -> String {
    let token = postscale_actions::SessionToken::parse(token).unwrap();
    postscale_actions::csrf_token(&token)
}

#[tokio::test]
async fn everybody_reads_what_they_reach() {
    let app = TestApp::new().await;
    let reached = |me: Value| -> Vec<(String, String)> {
        let all = me["domains"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        all.iter()
            .map(|d| (text(&d["domain"]), text(&d["access"])))
            .collect()
    };
    for (actor, want) in [
        ("member_rw", vec![("shared.example", "read_write")]),
        ("member_read", vec![("shared.example", "read")]),
        ("member_hidden", vec![]),
        ("key_rw", vec![("shared.example", "read_write")]),
        ("key_rw_readcap", vec![("shared.example", "read")]),
        ("key_creator_downgraded", vec![("shared.example", "read")]),
        ("key_creator_lost_domain", vec![]),
        ("other_org_owner", vec![("foreign.example", "read_write")]),
    ] {
        let got = reached(app.as_(actor).get("/v1/me").await.with(200));
        let want: Vec<_> = want
            .iter()
            .map(|(d, a)| ((*d).to_owned(), (*a).to_owned()))
            .collect();
        assert_eq!(got, want, "{actor}");
    }
    let access = app
        .as_("member_read")
        .get("/v1/me/domain-access")
        .await
        .with(200);
    assert_eq!(access["domains"][0]["access"], "read");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let app = TestApp::new().await;
    let login = |password: &str| {
        let body = json!({"email": "member_rw@people.example", "password": password});
        let nobody = app.as_("anonymous");
        async move { nobody.post("/v1/auth/login", body).await }
    };
    let elsewhere = app.presenting(login(PASSWORD).await.session());
    let here = app.as_("member_rw");
    let wrong = json!({"current_password": "wrong", "new_password": "long enough"});
    let answer = here.post("/v1/me/password", wrong).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.fields(), ["current_password"]);
    let cases = [
        (
            json!({"current_password": PASSWORD, "new_password": "short"}),
            "invalid_request",
            "new_password",
        ),
        (
            json!({"current_password": PASSWORD, "new_password": "a".repeat(257)}),
            "invalid_request",
            "new_password",
        ),
        (
            json!({"current_password": PASSWORD}),
            "invalid_request",
            "new_password",
        ),
    ];
    refuses(&app, &here, (Method::POST, "/v1/me/password"), &cases).await;
    let change = json!({"current_password": PASSWORD, "new_password": "a better one than before"});
    here.post("/v1/me/password", change).await.with(204);
    assert_eq!(here.get("/v1/me").await.status, 200);
    assert_eq!(elsewhere.get("/v1/me").await.status, 401);
    assert_eq!(login(PASSWORD).await.status, 401);
    assert_eq!(login("a better one than before").await.status, 200);
}

#[tokio::test]
async fn a_session_ends_after_twelve_idle_hours() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    app.clock
        .advance(std::time::Duration::from_secs(12 * 3600 - 1));
    assert_eq!(owner.get("/v1/me").await.status, 200);
    let left = app.as_("admin");
    app.clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(left.get("/v1/me").await.status, 401);
}

#[tokio::test]
async fn a_name_is_changed_and_checked() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    assert_eq!(
        owner
            .patch("/v1/me", json!({"name": " Änn "}))
            .await
            .with(200)["user"]["name"],
        "Änn"
    );
    let cases = [
        (json!({}), "invalid_request", "name"),
        (json!({"name": ""}), "invalid_request", "name"),
        (json!({"name": "a\u{0}"}), "invalid_request", "name"),
        (json!({"name": "a".repeat(81)}), "invalid_request", "name"),
        (
            json!({"name": "a", "role": "owner"}),
            "unknown_field",
            "role",
        ),
    ];
    refuses(&app, &owner, (Method::PATCH, "/v1/me"), &cases).await;
    let foreign = app.world().seat("other_org_owner").organization.to_string();
    let switch = owner
        .post("/v1/auth/switch", json!({"organization_id": foreign}))
        .await;
    assert_eq!(switch.status, 404);
}
