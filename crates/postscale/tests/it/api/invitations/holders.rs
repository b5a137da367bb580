//! Who holds a link: somebody new, somebody with a login, the wrong person.

use postscale_store::params;

use super::*;

const ELSEWHERE: &str = "other_org_owner@people.example";

#[tokio::test]
async fn somebody_with_a_login_signs_in_and_joins_at_once() {
    let app = TestApp::new().await;
    for spelled in [ELSEWHERE, "Other_Org_Owner@PEOPLE.example"] {
        let app = app.fork();
        let made = invite(&app, json!({"email": spelled, "role": "admin"})).await;
        assert_eq!(
            made.with(201)["status"],
            "pending",
            "a login elsewhere does not show"
        );
        let waits = app.dump().remove("system_emails").unwrap();
        let mail = waits[0].replace("=\r\n", "");
        let token = token_in(&mail);
        let link = look(&app, &token).await.with(200);
        assert_eq!(link["next"], "sign_in");
        let answer = accept(&app, "anonymous", &token).await;
        assert_eq!(status(&answer), (409, "sign_in_required".into()));
        let nobody = app.as_("anonymous");
        let bare = json!({"token": token});
        for path in ["/v1/invitations/accept", "/v1/invitations/verify-email"] {
            let mut body = bare.clone();
            if path.ends_with("email") {
                body["code"] = json!("123456");
            }
            let answer = nobody.post(path, body).await;
            assert_eq!(status(&answer), (409, "sign_in_required".into()), "{path}");
        }
        let them = app.as_("other_org_owner");
        let path = format!("/v1/invitations/{token}");
        assert_eq!(them.get(&path).await.with(200)["next"], "join");
        let body = json!({"token": token});
        let joined = them
            .post("/v1/invitations/accept", body.clone())
            .await
            .with(200);
        assert_eq!(joined["status"], "joined");
        assert_eq!(joined["organization"]["name"], "Acme");
        let me = them.get("/v1/me").await.with(200);
        assert_eq!(
            (&me["role"], &me["organization"]["name"]),
            (&json!("admin"), &json!("Acme"))
        );
        let user = format!("/v1/users/{}", me["user"]["id"].as_str().unwrap());
        let active_at = app.as_("owner").get(&user).await.with(200)["last_active_at"].clone();
        assert!(active_at.is_string(), "{active_at}");
        let again = them.post("/v1/invitations/accept", body).await;
        assert_eq!(again.status, 404, "a link is used once");
        sign_in(&app, ELSEWHERE, postscale_testkit::PASSWORD)
            .await
            .with(200);
        assert_eq!(events(&app), ["invitation.accepted", "invitation.created"]);
    }
}

/// I1: the token alone is not enough.
#[tokio::test]
async fn i01_whoever_is_signed_in_with_another_address_is_told_and_the_link_stays_good() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    let path = format!("/v1/invitations/{token}");
    for who in ["member_rw", "other_org_owner", "owner"] {
        let before = app.dump();
        assert_eq!(app.as_(who).get(&path).await.with(200)["next"], "sign_out");
        let answer = accept(&app, who, &token).await;
        assert_eq!(status(&answer), (409, "wrong_account".into()), "{who}");
        let mut after = app.dump();
        for log in ["audit_entries", "audit_heads"] {
            after.insert(log.to_owned(), before[log].clone());
        }
        assert_eq!(after, before, "{who}");
    }
    let denied = events(&app);
    assert_eq!(
        denied
            .iter()
            .filter(|event| *event == "invitation.wrong_account")
            .count(),
        3
    );
    join_new(&app, &token).await;
}

#[tokio::test]
async fn a_cookie_without_its_proof_joins_nothing() {
    let app = TestApp::new().await;
    invite(&app, json!({"email": ELSEWHERE, "role": "member"}))
        .await
        .with(201);
    let token = token(&app, ELSEWHERE);
    let before = app.dump();
    let Presented::Session(session) = &app.world().seat("other_org_owner").presented else {
        panic!("a session");
    };
    let forged = app
        .as_("anonymous")
        .request(Method::POST, "/v1/invitations/accept")
        .header("cookie", &format!("__Host-postscale_session={session}"))
        .json(&json!({"token": token}));
    let answer = forged.send().await;
    assert_eq!(status(&answer), (403, "csrf".into()));
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_key_is_nobody_to_a_link() {
    let app = TestApp::new().await;
    invite(&app, json!({"email": ELSEWHERE, "role": "member"}))
        .await
        .with(201);
    let token = token(&app, ELSEWHERE);
    for key in ["key_org_by_owner", "key_rw", "key_revoked"] {
        let answer = accept(&app, key, &token).await;
        assert_eq!(status(&answer), (409, "sign_in_required".into()), "{key}");
    }
}

/// I6: an invitation does not undo a deactivation.
#[tokio::test]
async fn i06_a_deactivated_user_cannot_come_back_by_an_older_link() {
    let app = TestApp::new().await;
    // Deactivated between the invitation and its acceptance, as another organization's user.
    invite(&app, json!({"email": ELSEWHERE, "role": "member"}))
        .await
        .with(201);
    let token = token(&app, ELSEWHERE);
    let them = app.as_("other_org_owner");
    let body = json!({"token": token});
    let mut tx = app.app.store.write().await.unwrap();
    let seat = app.world().seat("deactivated").user;
    let sql =
        "UPDATE users SET person_id = (SELECT person_id FROM users WHERE id = $1) WHERE id = $2";
    let foreign = app.world().seat("other_org_owner").user;
    tx.execute(sql, &params![foreign, seat]).await.unwrap();
    tx.commit().await.unwrap();
    let answer = them.post("/v1/invitations/accept", body).await;
    assert_eq!(status(&answer), (409, "user_deactivated".into()));
}

/// I6: who is invited again is somebody new.
#[tokio::test]
async fn somebody_whose_only_membership_ended_proves_the_address_anew() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    let first = join_new(&app, &token).await;
    let me = app.presenting(first.clone()).get("/v1/me").await.with(200);
    let id = me["user"]["id"].as_str().unwrap().to_owned();
    app.as_("owner")
        .delete(&format!("/v1/users/{id}"))
        .await
        .with(200);
    app.clock.advance(std::time::Duration::from_secs(60));
    let (_, token) = invited(&app).await;
    assert_eq!(look(&app, &token).await.with(200)["next"], "register");
    let again = join_new(&app, &token).await;
    let me = app.presenting(again).get("/v1/me").await.with(200);
    assert_ne!(me["user"]["id"], json!(id), "an id never comes back");
    assert_eq!(app.presenting(first).get("/v1/me").await.status, 401);
}

#[tokio::test]
async fn a_domain_deleted_by_then_is_not_granted() {
    let app = TestApp::new().await;
    let closed = app.world().closed.domain.clone();
    let domains = json!([
        {"domain_id": closed, "access": "read_write"},
        {"domain_id": app.shared().domain, "access": "read"},
    ]);
    let body = json!({"email": NEW, "role": "member", "domains": domains});
    invite(&app, body).await.with(201);
    let path = format!("/v1/domains/{closed}");
    let owner = app.as_("owner");
    let gone = owner
        .request(Method::DELETE, &path)
        .json(&json!({"confirm": true}))
        .send()
        .await;
    assert!(gone.status.is_success(), "{}", gone.status);
    let nora = join_new(&app, &token(&app, NEW)).await;
    let domains = app
        .presenting(nora)
        .get("/v1/me/domain-access")
        .await
        .with(200);
    assert_eq!(domains["domains"].as_array().unwrap().len(), 1);
    assert_eq!(domains["domains"][0]["domain"], "shared.example");
}

/// I3: who accepts chooses a name and a password; role and address are those of the invitation.
#[tokio::test]
async fn i03_role_and_address_are_those_that_were_invited() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    let nobody = app.as_("anonymous");
    for more in [
        json!({"role": "owner"}),
        json!({"role": "admin"}),
        json!({"email": "eve@evil.example"}),
        json!({"organization_id": app.world().seat("other_org_owner").organization}),
        json!({"domains": [{"domain_id": app.shared().domain, "access": "read_write"}]}),
    ] {
        let mut body = json!({"token": token, "name": "Eve", "password": PASSWORD});
        let (name, value) = more.as_object().unwrap().iter().next().unwrap();
        body[name] = value.clone();
        let answer = nobody.post("/v1/invitations/accept", body).await;
        assert_eq!(status(&answer), (400, "unknown_field".into()), "{more}");
    }
    // A form is read by its own fields.
    let fields = json!({"name": "Nora", "password": PASSWORD, "role": "owner", "email": "eve@evil.example", "status": "active"});
    let page = format!("/invitations/{token}");
    nobody.submit(&page, fields).await;
    assert!(mails(&app, "eve@evil.example").is_empty());
    let joined = verify(&app, &token, &code(&app, NEW)).await;
    joined.with(200);
    let me = app
        .presenting(joined.session())
        .get("/v1/me")
        .await
        .with(200);
    assert_eq!(
        (&me["user"]["email"], &me["role"]),
        (&json!(NEW), &json!("member"))
    );
    let domains = app
        .presenting(joined.session())
        .get("/v1/domains")
        .await
        .with(200);
    assert_eq!(domains["domains"], json!([]));
}
