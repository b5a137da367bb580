//! Who was there first, who reads along, who sends what no form sends.

use postscale_store::params;

use super::*;

/// I2: what somebody set up for an address that they never proved is gone once its owner joins.
#[tokio::test]
async fn i02_nothing_set_up_for_an_unproven_address_survives_its_owner() {
    let app = TestApp::new().await;
    let squatter = app.world().seat("other_org_owner").clone();
    let mut tx = app.app.store.write().await.unwrap();
    let person = "(SELECT person_id FROM users WHERE id = $1)";
    let them = params![squatter.user];
    for sql in [
        format!(
            "UPDATE persons SET email_verified_at = NULL, totp_secret = X'00', totp_enabled_at = 1 WHERE id = {person}"
        ),
        format!("INSERT INTO recovery_codes (person_id, code_hash) VALUES ({person}, X'00')"),
        format!(
            "INSERT INTO email_challenges (id, kind, person_id, email, email_key, secret_hash, tries, expires_at, created_at) \
             VALUES ('c', 'email_change', {person}, 'evil@far.example', 'evil@far.example', X'00', 0, 1, 1)"
        ),
    ] {
        tx.execute(&sql, &them).await.unwrap();
    }
    tx.commit().await.unwrap();
    let email = squatter.email.as_str();
    invite(&app, json!({"email": email, "role": "member"}))
        .await
        .with(201);
    let token = token(&app, email);
    // Being signed in with the address is no proof of it.
    let answer = accept(&app, "other_org_owner", &token).await;
    assert_eq!(status(&answer), (409, "wrong_account".into()));
    accept(&app, "anonymous", &token).await.with(202);
    let joined = verify(&app, &token, &code(&app, email)).await;
    joined.with(200);
    let old = app.as_("other_org_owner").get("/v1/me").await;
    assert_eq!(old.status, 401, "the session that was there before");
    assert_eq!(
        sign_in(&app, email, postscale_testkit::PASSWORD)
            .await
            .status,
        401
    );
    let rows = app.dump();
    for table in ["recovery_codes", "email_challenges"] {
        assert!(rows[table].is_empty(), "{table}");
    }
    let me = app
        .presenting(joined.session())
        .get("/v1/me")
        .await
        .with(200);
    assert_eq!(me["user"]["name"], "Nora New");
    sign_in(&app, email, PASSWORD).await.with(200);
}

/// I2: a sign-up that somebody began for the address ends when its owner joins.
#[tokio::test]
async fn i02_a_sign_up_begun_for_the_address_is_forgotten() {
    let app = TestApp::new().await;
    let begun = json!({
        "email": "NORA@new.example",
        "password": "the password of a squatter",
        "name": "Eve",
        "organization": "Evil",
    });
    let anybody = app.as_("anonymous");
    anybody.post("/v1/auth/signup", begun).await.with(202);
    assert_eq!(app.dump()["email_challenges"].len(), 1);
    let (_, token) = invited(&app).await;
    join_new(&app, &token).await;
    assert!(app.dump()["email_challenges"].is_empty());
    assert_eq!(
        sign_in(&app, NEW, "the password of a squatter")
            .await
            .status,
        401
    );
}

/// I5: a scalar is one scalar, also when it is sent twice.
#[tokio::test]
async fn i05_a_member_given_twice_is_refused() {
    let app = TestApp::new().await;
    let before = app.dump();
    for body in [
        r#"{"email":"nora@new.example","email":"eve@evil.example","role":"member"}"#,
        r#"{"email":"nora@new.example","role":"member","role":"admin"}"#,
        r#"{"email":"nora@new.example, eve@evil.example","role":"member"}"#,
    ] {
        let request = app.as_("owner").request(Method::POST, "/v1/invitations");
        let answer = request.body("application/json", body).send().await;
        assert_eq!(answer.status, 400, "{body}");
    }
    assert_eq!(app.dump(), before);
}

/// I8: the link is in its mail and nowhere else, and no page it leads to says where it came from.
#[tokio::test]
async fn i08_the_token_is_nowhere_but_in_its_mail() {
    let app = TestApp::new().await;
    let (id, token) = invited(&app).await;
    accept(&app, "anonymous", &token).await.with(202);
    for (table, rows) in app.dump() {
        let has_it = rows
            .iter()
            .any(|row| row.replace("=\r\n", "").contains(&token));
        assert_eq!(has_it, table == "system_emails", "{table}");
    }
    let owner = app.as_("owner");
    for path in ["/v1/invitations", "/v1/me"] {
        let answer = owner.get(path).await;
        assert!(
            !String::from_utf8_lossy(&answer.body).contains(&token),
            "{path}"
        );
    }
    let resent = owner
        .post(&format!("/v1/invitations/{id}/resend"), json!({}))
        .await;
    resent.with(200);
    let newer = super::token(&app, NEW);
    assert!(!String::from_utf8_lossy(&resent.body).contains(&newer));
    assert_eq!(
        look(&app, &newer).await.headers["referrer-policy"],
        "no-referrer"
    );
}

/// I9: nobody in any organization reads the instance's own mail.
#[tokio::test]
async fn i09_the_mail_of_an_invitation_is_in_no_list_of_messages() {
    let app = TestApp::new().await;
    let paths = ["/v1/emails", "/v1/inbound-emails", "/v1/webhook-deliveries"];
    let owner = app.as_("owner");
    let mut before = Vec::new();
    for path in paths {
        before.push(owner.get(path).await.comparable());
    }
    let (_, token) = invited(&app).await;
    accept(&app, "anonymous", &token).await.with(202);
    for (path, before) in paths.into_iter().zip(before) {
        assert_eq!(owner.get(path).await.comparable(), before, "{path}");
    }
}

/// I11: the inviter learns nothing about logins elsewhere.
#[tokio::test]
async fn i11_an_address_with_a_login_elsewhere_is_answered_like_any_other() {
    let app = TestApp::new().await;
    let shape = async |email: &str| {
        let app = app.fork();
        let body = json!({"email": email, "role": "member"});
        let mut made = invite(&app, body).await.with(201);
        for own in ["id", "email"] {
            made[own] = Value::Null;
        }
        made
    };
    let known = shape("other_org_owner@people.example").await;
    assert_eq!(known, shape("nobody@people.example").await);
}
