//! Row I13: what a session is carried by, and what ends it.

use http::Method;
use postscale_actions::{SessionToken, csrf_token};
use postscale_testkit::{Answer, PASSWORD, Presented, TestApp};
use serde_json::{Value, json};

fn cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all("set-cookie").iter();
    all.map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

/// The token in the cookie of a session, whose attributes are looked at.
#[track_caller]
fn token(answer: &Answer) -> String {
    let cookies = cookies(answer);
    for cookie in &cookies {
        let (name, rest) = cookie.split_once('=').unwrap();
        assert!(name.starts_with("__Host-"), "{cookie}");
        let mut attributes: Vec<_> = rest.split("; ").skip(1).collect();
        attributes.retain(|attribute| !attribute.starts_with("Max-Age="));
        assert_eq!(
            attributes,
            ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"],
            "{cookie}"
        );
    }
    let named = |cookie: &String| {
        cookie
            .strip_prefix("__Host-postscale_session=")
            .map(str::to_owned)
    };
    let value = cookies.iter().find_map(named).expect("a session");
    value.split(';').next().unwrap().to_owned()
}

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.as_("anonymous").post("/v1/auth/login", body).await
}

#[tokio::test]
async fn i13_a_session_is_a_secret_of_its_own_that_only_its_browser_keeps() {
    let app = TestApp::new().await;
    let email = "member_rw@people.example";
    let form = json!({"email": email, "password": PASSWORD});
    let by_page = app.as_("anonymous").submit("/sign-in", form).await;
    assert_eq!(by_page.status, 303);
    // Whoever brings a session along to a sign-in does not keep it.
    let brought = app
        .as_("owner")
        .submit("/sign-in", json!({"email": email, "password": PASSWORD}))
        .await;
    let proof = json!({"password": PASSWORD});
    let renewed = app
        .as_("member_read")
        .post("/v1/auth/reauthenticate", proof)
        .await;
    let mut tokens = vec![
        token(&login(&app, email, PASSWORD).await),
        token(&login(&app, email, PASSWORD).await),
        token(&by_page),
        token(&brought),
        token(&renewed),
    ];
    for who in ["owner", "member_rw", "member_read"] {
        let Presented::Session(old) = &app.world().seat(who).presented else {
            panic!("a session");
        };
        tokens.push(old.clone());
    }
    for token in &tokens {
        // 256 bits: as many digits as that takes, in hexadecimal or in base 64.
        assert!(token.len() >= 43, "{token}");
        for (table, rows) in app.dump() {
            assert!(
                rows.iter().all(|row| !row.contains(token.as_str())),
                "{table}"
            );
        }
    }
    let all = tokens.len();
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), all, "each is another one");
    let old = app.as_("member_read").get("/v1/me").await;
    assert_eq!(old.status, 401, "a renewed session has a new token only");
}

/// A cookie without the prefix can be set by any neighbour of ours, so under `https` it is none.
#[tokio::test]
async fn i13_a_cookie_that_a_neighbour_could_have_set_is_no_session() {
    let app = TestApp::new().await;
    let Presented::Session(token) = app.world().seat("owner").presented.clone() else {
        panic!("a session");
    };
    let nobody = app.as_("anonymous").get("/v1/me").await.comparable();
    for cookie in [
        format!("postscale_session={token}"),
        format!("__Secure-postscale_session={token}"),
        format!("__host-postscale_session={token}"),
        format!("theme=dark; postscale_session={token}"),
    ] {
        let request = app.as_("anonymous").request(Method::GET, "/v1/me");
        let answer = request.header("cookie", &cookie).send().await;
        assert_eq!(answer.comparable(), nobody, "{cookie}");
    }
    // It does not displace the real one either.
    let both = format!(
        "postscale_session={}; __Host-postscale_session={token}",
        "0".repeat(token.len())
    );
    let request = app.as_("anonymous").request(Method::GET, "/v1/me");
    assert_eq!(request.header("cookie", &both).send().await.status, 200);
}

#[tokio::test]
async fn i13_every_way_out_ends_the_sessions_it_should() {
    let seeded = TestApp::new().await;
    let email = "member_rw@people.example";
    let user = format!("/v1/users/{}", seeded.world().seat("member_rw").user);
    let post = |path: &str, body: Value| (Method::POST, path.to_owned(), body);
    let change = json!({"current_password": PASSWORD, "new_password": "a better one than before"});
    for (who, (method, path, body), want) in [
        ("member_rw", post("/v1/auth/logout", json!({})), [401, 200]),
        ("member_rw", post("/v1/me/password", change), [200, 401]),
        ("member_rw", post("/v1/me/leave", json!({})), [401, 401]),
        (
            "owner",
            post(&format!("{user}/deactivate"), json!({})),
            [401, 401],
        ),
        (
            "owner",
            (Method::DELETE, user.clone(), json!({})),
            [401, 401],
        ),
        (
            "owner",
            (Method::DELETE, format!("{user}/sessions"), json!({})),
            [401, 401],
        ),
        // A role that changes signs nobody out: it counts from the next request on.
        (
            "owner",
            (Method::PATCH, user.clone(), json!({"role": "admin"})),
            [200, 200],
        ),
    ] {
        let app = seeded.fork();
        let elsewhere = token(&login(&app, email, PASSWORD).await);
        let elsewhere = app.presenting(Presented::Session(elsewhere));
        let answer = app.as_(who).request(method, &path).json(&body).send().await;
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        let mut got = Vec::new();
        for client in [app.as_("member_rw"), elsewhere] {
            got.push(client.get("/v1/me").await.status.as_u16());
        }
        assert_eq!(got, want, "{path} {body}");
    }
}

/// Whoever knew the token of a person who is given more must not have more by it.
#[tokio::test]
async fn i13_a_promotion_gives_every_session_another_token() {
    let app = TestApp::new().await;
    let user = format!("/v1/users/{}", app.world().seat("member_rw").user);
    let elsewhere = token(&login(&app, "member_rw@people.example", PASSWORD).await);
    let sessions = [
        app.as_("member_rw"),
        app.presenting(Presented::Session(elsewhere)),
    ];
    let owner = app.as_("owner");
    let give = async |role: &str| {
        let given = owner.patch(&user, json!({"role": role})).await;
        assert_eq!(given.status, 200);
    };
    let member = sessions[0].get("/v1/me").await;
    assert_eq!(cookies(&member), [""; 0], "nothing happened yet");
    give("admin").await;
    // The rights count at once; a refused look and a form that is on its way renew nothing.
    let absent = sessions[0].get("/v1/nothing").await;
    assert_eq!((absent.status.as_u16(), cookies(&absent).len()), (404, 0));
    let sent = json!({"name": "The same"});
    let done = sessions[0].patch("/v1/organization", sent).await;
    assert_eq!((done.status.as_u16(), cookies(&done).len()), (200, 0));

    // The API answers with the token and the CSRF token that goes with it.
    let looked = sessions[0].get("/v1/users").await;
    assert_eq!(looked.status, 200);
    let by_api = token(&looked);
    let csrf = csrf_token(&SessionToken::parse(&by_api).unwrap());
    assert_eq!(looked.headers["x-csrf-token"], csrf.as_str());
    // A page is come back to with it, so that its forms carry the right one.
    let page = sessions[1].get("/domains?search=rw").await;
    assert_eq!(page.status, 303);
    assert_eq!(page.headers["location"], "/domains?search=rw");
    let by_page = token(&page);

    for old in &sessions {
        assert_eq!(old.get("/v1/me").await.status, 401, "the former token");
    }
    let renewed = [by_api, by_page].map(|new| app.presenting(Presented::Session(new)));
    for client in &renewed {
        for path in ["/v1/users", "/domains?search=rw"] {
            let again = client.get(path).await;
            assert_eq!((again.status.as_u16(), cookies(&again).len()), (200, 0));
        }
    }
    // Having less is no reason.
    give("member").await;
    let as_member = renewed[0].get("/v1/me").await;
    assert_eq!(
        (as_member.status.as_u16(), cookies(&as_member).len()),
        (200, 0)
    );
}

/// What the API shows to everybody is answered in its manner too.
#[tokio::test]
async fn i13_a_promotion_is_told_by_what_everybody_may_see() {
    let app = TestApp::new().await;
    let user = format!("/v1/users/{}", app.world().seat("member_rw").user);
    let given = app
        .as_("owner")
        .patch(&user, json!({"role": "admin"}))
        .await;
    assert_eq!(given.status, 200);
    let path = format!("/v1/invitations/{}", app.shared().invitation_token);
    let seen = app.as_("member_rw").get(&path).await;
    assert_eq!(seen.status, 200);
    let _ = token(&seen);
}

#[tokio::test]
async fn i13_two_looks_at_once_share_one_new_token() {
    let app = TestApp::new().await;
    let user = format!("/v1/users/{}", app.world().seat("member_rw").user);
    let owner = app.as_("owner");
    let promoted = owner.patch(&user, json!({"role": "admin"})).await;
    assert_eq!(promoted.status, 200);
    let client = app.as_("member_rw");
    let look = || client.get("/v1/users");
    let looks: [Answer; 4] = tokio::join!(look(), look(), look(), look()).into();
    let renewed = looks.iter().filter(|look| !cookies(look).is_empty());
    assert_eq!(renewed.count(), 1);
    for look in &looks {
        assert!(matches!(look.status.as_u16(), 200 | 401), "{}", look.status);
    }
}
