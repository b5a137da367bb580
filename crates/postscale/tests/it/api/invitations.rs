//! `/v1/invitations`
//!
//! Goal: exactly the invited person joins, exactly as invited, exactly once.
//! Method: requests as owner, stranger and invited; tokens and codes are read from the queued mail.

mod addresses;
mod codes;
mod hijacking;
mod holders;
mod mail;
mod states;

use http::Method;
use postscale_testkit::{Answer, Presented, TestApp};
use serde_json::{Value, json};

use super::refuses;

const NEW: &str = "nora@new.example";
const PASSWORD: &str = "a good long password";

/// Invites as the owner.
async fn invite(app: &TestApp, body: Value) -> Answer {
    app.as_("owner").post("/v1/invitations", body).await
}

/// Invites somebody new as a member; the id and the token that was mailed.
async fn invited(app: &TestApp) -> (String, String) {
    let made = invite(app, json!({"email": NEW, "role": "member"})).await;
    let id = made.with(201)["id"].as_str().unwrap().to_owned();
    (id, token(app, NEW))
}

/// The messages that wait for an address, newest last.
fn mails(app: &TestApp, to: &str) -> Vec<String> {
    let rows = app.dump().remove("system_emails").unwrap();
    let mut mails: Vec<_> = rows
        .into_iter()
        .filter(|row| row.contains(&format!("To: <{to}>\r\n")))
        .map(|row| row.replace("=\r\n", "").replace("=3D", "="))
        .collect();
    mails.sort_by_key(|mail| order(mail));
    mails
}

/// Mail of one instant is told apart by what is in it: the invitation comes before its code.
fn order(mail: &str) -> (String, bool) {
    let created = mail.rsplit('|').find(|cell| cell.len() == 16);
    let created = created.unwrap_or_default().to_owned();
    (created, mail.contains("Your code is"))
}

fn token_in(mail: &str) -> String {
    let (_, rest) = mail
        .split_once("https://postscale.example/invitations/")
        .expect("a link");
    rest[..64].to_owned()
}

/// The token of the newest link mailed to an address.
fn token(app: &TestApp, to: &str) -> String {
    let all = mails(app, to);
    let with_link = |mail: &&String| mail.contains("/invitations/");
    token_in(all.iter().rev().find(with_link).expect("an invitation"))
}

/// The newest code mailed to an address.
fn code(app: &TestApp, to: &str) -> String {
    let all = mails(app, to);
    let mail = all.iter().rev().find(|mail| mail.contains("Your code is"));
    let (_, rest) = mail.expect("a code").split_once("Your code is").unwrap();
    rest.trim_start()[..6].to_owned()
}

async fn accept(app: &TestApp, who: &str, token: &str) -> Answer {
    let body = json!({"token": token, "name": "Nora New", "password": PASSWORD});
    app.as_(who).post("/v1/invitations/accept", body).await
}

async fn verify(app: &TestApp, token: &str, code: &str) -> Answer {
    let body = json!({"token": token, "code": code});
    app.as_("anonymous")
        .post("/v1/invitations/verify-email", body)
        .await
}

async fn look(app: &TestApp, token: &str) -> Answer {
    let path = format!("/v1/invitations/{token}");
    app.as_("anonymous").get(&path).await
}

/// Accepts and proves the address; what a session is presented by.
async fn join_new(app: &TestApp, token: &str) -> Presented {
    accept(app, "anonymous", token).await.with(202);
    let joined = verify(app, token, &code(app, NEW)).await;
    joined.with(200);
    joined.session()
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    let login = json!({"email": email, "password": password});
    app.as_("anonymous").post("/v1/auth/login", login).await
}

/// The events of the log about invitations and grants, sorted.
fn events(app: &TestApp) -> Vec<String> {
    let rows = app.dump().remove("audit_entries").unwrap_or_default();
    let event = |row: &String| {
        let mut cells = row.split('|');
        cells
            .find(|cell| cell.starts_with("invitation.") || cell.starts_with("grant."))
            .map(str::to_owned)
    };
    let mut events: Vec<_> = rows.iter().filter_map(event).collect();
    events.sort();
    events
}

fn status(answer: &Answer) -> (u16, String) {
    let code = if answer.status.is_success() {
        String::new()
    } else {
        answer.code()
    };
    (answer.status.as_u16(), code)
}

#[tokio::test]
async fn somebody_new_joins_with_the_role_and_domains_of_the_invitation() {
    let app = TestApp::new().await;
    let shared = app.shared().domain.clone();
    let body = json!({"email": NEW, "role": "member", "domains": [{"domain_id": shared, "access": "read_write"}]});
    let made = invite(&app, body).await.with(201);
    let want = json!([{"domain_id": shared, "domain": "shared.example", "access": "read_write"}]);
    assert_eq!(made["domains"], want);
    let shown = ["email", "role", "status", "invited_by_name"].map(|name| made[name].clone());
    assert_eq!(shown, [NEW, "member", "pending", "owner"].map(Value::from));
    let token = token(&app, NEW);
    assert!(
        !made.to_string().contains(&token),
        "the token is in the mail only"
    );
    let before = app.dump();
    let link = look(&app, &token).await.with(200);
    assert_eq!(link["organization"], "Acme");
    assert_eq!(
        (&link["email"], &link["next"]),
        (&json!(NEW), &json!("register"))
    );
    assert_eq!(app.dump(), before, "looking consumes nothing");
    let accepted = accept(&app, "anonymous", &token).await.with(202);
    assert_eq!(accepted["status"], "verification_required");
    for table in ["persons", "users"] {
        assert_eq!(app.dump()[table], before[table], "nobody before the proof");
    }
    assert_eq!(sign_in(&app, NEW, PASSWORD).await.status, 401);
    let joined = verify(&app, &token, &code(&app, NEW)).await;
    assert_eq!(joined.with(200)["organization"]["role"], "member");
    let nora = app.presenting(joined.session());
    assert_eq!(nora.get("/v1/me").await.with(200)["user"]["email"], NEW);
    let domains = nora.get("/v1/domains").await.with(200);
    assert_eq!(domains["domains"].as_array().unwrap().len(), 1);
    sign_in(&app, NEW, PASSWORD).await.with(200);
    let list = app
        .as_("admin")
        .get("/v1/invitations?status=accepted")
        .await;
    assert_eq!(list.with(200)["invitations"][0]["id"], made["id"]);
    let want = [
        "grant.changed",
        "invitation.accepted",
        "invitation.created",
        "invitation.verified",
    ];
    assert_eq!(events(&app), want);
}

/// What the log says of an invitation and its acceptance: who, what, on whose behalf.
#[tokio::test]
async fn the_log_says_who_invited_whom_as_what_and_who_joined() {
    let app = TestApp::new().await;
    let domains = json!([{"domain_id": app.shared().domain, "access": "read"}]);
    let body = json!({"email": NEW, "role": "member", "domains": domains});
    invite(&app, body).await.with(201);
    join_new(&app, &token(&app, NEW)).await;
    let rows = app.dump().remove("audit_entries").unwrap();
    let row = |action: &str, parts: &[&str]| {
        let row = rows.iter().find(|row| row.contains(action));
        let row = row.unwrap_or_else(|| panic!("no {action}"));
        for part in parts {
            assert!(row.contains(part), "{part} in {row}");
        }
    };
    let shared = r#"{"access":"read","domain":"shared.example"}"#;
    let created = ["owner@people.example", NEW, r#""role":"member""#, shared];
    row("invitation.created", &created);
    row(
        "invitation.accepted",
        &["anonymous", NEW, r#""proven":false"#],
    );
    row(
        "invitation.verified",
        &["|user|", NEW, r#""role":"member""#, "user_id"],
    );
    row("grant.changed", &["|user|", NEW, shared]);
    for secret in [PASSWORD, "$argon2"] {
        assert!(!rows.concat().contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn the_list_is_by_state_and_never_shows_what_was_replaced() {
    let app = TestApp::new().await;
    invited(&app).await;
    let (id, _) = invited(&app).await;
    let admin = app.as_("admin");
    let all = admin.get("/v1/invitations").await.with(200);
    // Two were there before.
    assert_eq!(all["total"], 3);
    let path = format!("/v1/invitations/{id}");
    admin.delete(&path).await.with(204);
    for (filter, total) in [
        ("pending", 2),
        ("revoked", 1),
        ("accepted", 0),
        ("expired", 0),
    ] {
        let path = format!("/v1/invitations?status={filter}");
        assert_eq!(admin.get(&path).await.with(200)["total"], total, "{filter}");
    }
    for filter in ["superseded", "x", "pending&status=revoked"] {
        let path = format!("/v1/invitations?status={filter}");
        let refused = admin.get(&path).await;
        assert_eq!(refused.status, 400, "{filter}");
        let problem = refused.json()["error"]["fields"]["status"].clone();
        assert!(
            !problem.as_str().unwrap().contains("superseded"),
            "{problem}"
        );
    }
    let page = admin
        .get("/v1/invitations?limit=1&offset=1")
        .await
        .with(200);
    assert_eq!(page["invitations"].as_array().unwrap().len(), 1);
    let theirs = app.as_("other_org_owner").get("/v1/invitations").await;
    assert_eq!(
        theirs.with(200)["total"],
        1,
        "only their own organization's"
    );
}

/// I3: role and address are those of the invitation.
#[tokio::test]
async fn what_is_wrong_with_an_invitation_is_named_and_nothing_is_assigned() {
    let app = TestApp::new().await;
    let shared = app.shared().domain.clone();
    let with = |field: &str, value: Value| {
        let mut body = json!({"email": NEW, "role": "member"});
        body[field] = value;
        body
    };
    let (bad, unknown) = ("invalid_request", "unknown_field");
    let read = |domain: &str| json!({"domain_id": domain, "access": "read"});
    let mut admin = with("domains", json!([read(&shared)]));
    admin["role"] = json!("admin");
    let twice = json!([read(&shared), read("shared.example")]);
    let cases = [
        (with("email", json!("nora")), bad, "email"),
        (with("email", json!([NEW])), bad, "email"),
        (
            with("email", json!("nora@new.example\r\nBcc: x@y.example")),
            bad,
            "email",
        ),
        (
            with("email", json!("n\u{00f6}ra@new.example")),
            bad,
            "email",
        ),
        (with("role", json!("superadmin")), bad, "role"),
        (with("role", json!(["admin"])), bad, "role"),
        (with("domains", json!("x")), bad, "domains"),
        (with("domains", twice), bad, "domains"),
        (
            with("domains", json!([{"domain_id": shared, "access": "owner"}])),
            bad,
            "domains[0].access",
        ),
        (admin, bad, "domains"),
        (with("status", json!("accepted")), unknown, "status"),
        (
            with("organization_id", json!("x")),
            unknown,
            "organization_id",
        ),
        (with("invited_by", json!("x")), unknown, "invited_by"),
        (
            with("expires_at", json!("2099-01-01T00:00:00Z")),
            unknown,
            "expires_at",
        ),
        (with("token", json!("x")), unknown, "token"),
    ];
    let route = (Method::POST, "/v1/invitations");
    refuses(&app, &app.as_("owner"), route, &cases).await;
    let before = app.dump();
    let foreign = app.world().foreign.domain.clone();
    for domain in [
        &foreign,
        "5f0c4f5e-7d0a-4c3e-9b43-aaaaaaaaaaaa",
        "nothing",
        "foreign.example",
    ] {
        let answer = invite(&app, with("domains", json!([read(domain)]))).await;
        assert_eq!(status(&answer), (404, "not_found".into()), "{domain}");
    }
    for who in ["owner", "admin"] {
        let body = json!({"email": "broken", "role": "owner"});
        let answer = app.as_(who).post("/v1/invitations", body).await;
        assert_eq!(status(&answer), (403, "forbidden".into()), "{who}");
    }
    assert_eq!(app.dump(), before);
    let token = app.shared().invitation_token.clone();
    let give = |field: &str| {
        let mut body = json!({"token": token, "name": "Nora", "password": PASSWORD});
        body[field] = json!("owner");
        (body, unknown, field.to_owned())
    };
    for (body, code, field) in ["role", "email", "organization_id"].map(give) {
        let route = (Method::POST, "/v1/invitations/accept");
        let case = [(body, code, field.as_str())];
        refuses(&app, &app.as_("anonymous"), route, &case).await;
    }
}
