//! Goal: roles, off-boarding and ownership do what the access rules say, whoever asks.
//! Method: requests as named people; credentials are tried again after each change.

use http::Method;
use postscale_testkit::{Presented, TestApp};
use serde_json::{Value, json};

use super::refuses;

fn at(app: &TestApp, who: &str) -> String {
    format!("/v1/users/{}", app.world().seat(who).user)
}

async fn role(app: &TestApp, by: &str, who: &str, role: &str) -> (u16, String) {
    let answer = app
        .as_(by)
        .patch(&at(app, who), json!({ "role": role }))
        .await;
    let code = if answer.status.is_success() {
        answer.json()["role"].as_str().unwrap().to_owned()
    } else {
        answer.code()
    };
    (answer.status.as_u16(), code)
}

/// The events of the organization's log, as `action` or `action target`, oldest first.
fn events(app: &TestApp) -> Vec<String> {
    let rows = app.dump().remove("audit_entries").unwrap_or_default();
    let word = |row: &String| {
        row.split(['\'', '"', ',', ' ', '|', '(', ')'])
            .find(|part| {
                [
                    "user.",
                    "grant.",
                    "key.",
                    "ownership.",
                    "webhook.",
                    "session.",
                ]
                .iter()
                .any(|prefix| part.starts_with(prefix))
            })
            .map(str::to_owned)
    };
    rows.iter().filter_map(word).collect()
}

fn count(events: &[String], action: &str) -> usize {
    events.iter().filter(|event| *event == action).count()
}

/// When a user was active last, as the list of users says.
async fn active_at(app: &TestApp, email: &str) -> Value {
    let users = app.as_("owner").get("/v1/users").await.with(200);
    let users = users["users"].as_array().unwrap();
    let found = users.iter().find(|user| user["email"] == email);
    found.unwrap()["last_active_at"].clone()
}

#[tokio::test]
async fn who_signs_in_is_active_and_who_tries_is_not() {
    let app = TestApp::new().await;
    let email = "member_read@people.example";
    let before = active_at(&app, email).await;
    app.clock.advance(std::time::Duration::from_secs(5));
    let login = |password: &str| json!({ "email": email, "password": password });
    let nobody = app.as_("anonymous");
    let wrong = nobody.post("/v1/auth/login", login("wrong")).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(active_at(&app, email).await, before);
    nobody
        .post("/v1/auth/login", login(postscale_testkit::PASSWORD))
        .await
        .with(200);
    let after = active_at(&app, email).await;
    assert!(after.as_str() > before.as_str(), "{before} {after}");
    let review = app.as_("owner").get("/v1/access/review").await.with(200);
    let grants = review["items"].as_array().unwrap().iter();
    let mut mine = grants.filter(|item| item["kind"] == "grant" && item["holder"] == "member_read");
    assert_eq!(mine.next().unwrap()["last_used_at"], after);
}

#[tokio::test]
async fn users_are_found_by_name_role_and_status() {
    let app = TestApp::new().await;
    let admin = app.as_("admin");
    let all = admin.get("/v1/users").await.with(200);
    assert_eq!(all["total"], 8);
    let owners = admin.get("/v1/users?role=owner").await.with(200);
    assert_eq!(owners["users"][0]["name"], "owner");
    assert_eq!(owners["users"][0]["domain_count"], 2);
    let found = admin.get("/v1/users?q=MEMBER_RW").await.with(200);
    assert_eq!(found["total"], 1);
    assert_eq!(found["users"][0]["domain_count"], 1);
    assert_eq!(found["users"][0]["mfa_enabled"], false);
    let gone = admin.get("/v1/users?status=deactivated").await.with(200);
    assert_eq!(gone["users"][0]["status"], "deactivated");
    assert_eq!(gone["users"][0]["domain_count"], 0);
    assert_eq!(admin.get("/v1/users?status=deleted").await.status, 400);
    let page = admin.get("/v1/users?limit=3&offset=6").await.with(200);
    assert_eq!(page["users"].as_array().unwrap().len(), 2);
    let percent = admin.get("/v1/users?q=%25").await.with(200);
    assert_eq!(percent["total"], 0, "a wildcard is only a letter");
}

#[tokio::test]
async fn a16_an_admin_rules_members_and_admins_and_no_owner() {
    let app = TestApp::new().await;
    assert_eq!(
        role(&app, "admin", "member_read", "admin").await,
        (200, "admin".into())
    );
    assert_eq!(
        role(&app, "member_read", "member_read", "owner").await,
        (403, "forbidden".into())
    );
    assert_eq!(
        role(&app, "admin", "admin", "owner").await,
        (403, "forbidden".into())
    );
    for new in ["member", "admin"] {
        assert_eq!(
            role(&app, "admin", "owner", new).await,
            (403, "forbidden".into())
        );
    }
    let admin = app.as_("admin");
    for path in ["", "/sessions"] {
        let answer = admin.delete(&format!("{}{path}", at(&app, "owner"))).await;
        assert_eq!(answer.status, 403);
    }
    let path = format!("{}/deactivate", at(&app, "owner"));
    assert_eq!(admin.post(&path, json!({})).await.status, 403);
    assert_eq!(
        role(&app, "member_read", "admin", "member").await,
        (200, "member".into())
    );
    assert_eq!(app.as_("admin").get("/v1/users").await.status, 403);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let before = app.dump();
    for new in ["admin", "member"] {
        assert_eq!(
            role(&app, "owner", "owner", new).await,
            (409, "last_owner".into())
        );
    }
    let me = at(&app, "owner");
    let deactivate = format!("{me}/deactivate");
    for answer in [
        owner.post(&deactivate, json!({})).await,
        owner.delete(&me).await,
        owner.post("/v1/me/leave", json!({})).await,
    ] {
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (409, "last_owner".into())
        );
    }
    assert_eq!(app.dump(), before);
    assert_eq!(
        role(&app, "owner", "admin", "owner").await,
        (200, "owner".into())
    );
    owner.post("/v1/me/leave", json!({})).await.with(200);
    assert_eq!(owner.get("/v1/me").await.status, 401);
    // An owner who cannot sign in is none.
    assert_eq!(
        role(&app, "admin", "admin", "admin").await,
        (409, "last_owner".into())
    );
}

#[tokio::test]
async fn making_an_owner_wants_a_recent_sign_in() {
    let app = TestApp::new().await;
    app.clock.advance(std::time::Duration::from_secs(601));
    assert_eq!(
        role(&app, "owner", "admin", "owner").await,
        (403, "reauthentication_required".into())
    );
    let body = json!({"user_id": app.world().seat("admin").user});
    let path = "/v1/organization/transfer-ownership";
    let answer = app.as_("owner").post(path, body.clone()).await;
    assert_eq!(answer.code(), "reauthentication_required");
    assert_eq!(app.as_("admin").post(path, body).await.code(), "forbidden");
    assert_eq!(
        role(&app, "owner", "member_read", "admin").await,
        (200, "admin".into())
    );
}

#[tokio::test]
async fn who_never_proved_an_address_may_be_anything_but_an_owner() {
    let app = TestApp::new().await;
    let sql =
        "UPDATE persons SET email_verified_at = NULL WHERE email = 'member_read@people.example'";
    let mut tx = app.app.store.write().await.unwrap();
    tx.execute(sql, &[]).await.unwrap();
    tx.commit().await.unwrap();
    let refused = (409, "email_not_verified".into());
    assert_eq!(role(&app, "owner", "member_read", "owner").await, refused);
    let heir = json!({"user_id": app.world().seat("member_read").user});
    let path = "/v1/organization/transfer-ownership";
    let answer = app.as_("owner").post(path, heir).await;
    assert_eq!((answer.status.as_u16(), answer.code()), refused);
    let admin = (200, "admin".into());
    assert_eq!(role(&app, "owner", "member_read", "admin").await, admin);
}

#[tokio::test]
async fn ownership_is_handed_on_in_one_step() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let path = "/v1/organization/transfer-ownership";
    let user = |who: &str| json!({"user_id": app.world().seat(who).user});
    assert_eq!(owner.post(path, user("owner")).await.status, 400);
    assert_eq!(owner.post(path, user("other_org_owner")).await.status, 404);
    assert_eq!(owner.post(path, json!({"user_id": "x"})).await.status, 404);
    assert_eq!(owner.post(path, json!({})).await.status, 400);
    let dead = owner.post(path, user("deactivated")).await;
    assert_eq!(
        (dead.status.as_u16(), dead.code()),
        (409, "user_deactivated".into())
    );
    let heir = owner.post(path, user("member_rw")).await.with(200);
    assert_eq!(heir["role"], "owner");
    assert_eq!(owner.get("/v1/me").await.with(200)["role"], "admin");
    let events = events(&app);
    assert_eq!(count(&events, "ownership.transferred"), 1);
    assert_eq!(count(&events, "user.role_changed"), 2);
    assert_eq!(count(&events, "grant.changed"), 1, "promotion takes grants");
    assert_eq!(owner.post(path, user("admin")).await.status, 403);
}

#[tokio::test]
async fn who_may_not_hand_on_is_told_so_whatever_they_sent() {
    let app = TestApp::new().await;
    let path = "/v1/organization/transfer-ownership";
    for (who, want) in [
        ("anonymous", 401),
        ("admin", 403),
        ("member_rw", 403),
        ("key_org_by_owner", 403),
        ("owner", 400),
    ] {
        for body in [json!({}), json!({"user_id": 5}), json!({"user": "x"})] {
            let answer = app.as_(who).post(path, body).await;
            assert_eq!(answer.status, want, "{who}");
        }
    }
}

#[tokio::test]
async fn a_demoted_admin_starts_with_no_domain_and_no_key_for_everything() {
    let app = TestApp::new().await;
    let admin = app.as_("admin");
    let mut keys = Vec::new();
    for body in [
        json!({"name": "all"}),
        json!({"name": "one", "domain_ids": ["shared.example"]}),
    ] {
        let made = admin.post("/v1/api-keys", body).await.with(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        keys.push(app.presenting(Presented::Key(secret)));
    }
    role(&app, "owner", "admin", "member").await;
    assert_eq!(
        admin.get("/v1/domains").await.with(200)["domains"],
        json!([])
    );
    assert_eq!(keys[0].get("/v1/me").await.status, 401);
    assert_eq!(keys[1].get("/v1/domains/shared.example").await.status, 404);
    role(&app, "owner", "admin", "admin").await;
    assert_eq!(keys[0].get("/v1/me").await.status, 401);
    assert_eq!(keys[1].get("/v1/domains/shared.example").await.status, 200);
}

#[tokio::test]
async fn i16_off_boarding_ends_everything_and_says_what_is_left() {
    let app = TestApp::new().await;
    let (owner, writer) = (app.as_("owner"), app.as_("member_rw"));
    let made = writer
        .post("/v1/api-keys", json!({"name": "CI"}))
        .await
        .with(201);
    let key = app.presenting(Presented::Key(made["secret"].as_str().unwrap().to_owned()));
    let hook = json!({"url": "https://hooks.example/in", "events": ["email.sent"], "domain_ids": ["shared.example"]});
    writer.post("/v1/webhooks", hook).await.with(201);
    let path = format!("{}/deactivate", at(&app, "member_rw"));
    let receipt = owner.post(&path, json!({})).await.with(200);
    assert_eq!(receipt["user"]["status"], "deactivated");
    assert_eq!(receipt["user"]["api_key_count"], 0);
    assert!(receipt["ended_sessions"].as_u64().unwrap() >= 1);
    let names: Vec<&Value> = receipt["revoked_api_keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["name"])
        .collect();
    assert!(names.contains(&&json!("CI")), "{names:?}");
    let hooks = receipt["suspended_webhooks"].as_array().unwrap();
    assert!(
        hooks
            .iter()
            .any(|hook| hook["url"] == "https://hooks.example/in")
    );
    let left = receipt["review"]["organization_api_keys"]
        .as_array()
        .unwrap();
    assert!(left.iter().all(|key| key["scope"] == "organization"));
    assert!(!left.is_empty());
    for client in [&writer, &key] {
        assert_eq!(client.get("/v1/me").await.status, 401);
    }
    let events = events(&app);
    assert_eq!(count(&events, "user.deactivated"), 1);
    assert_eq!(count(&events, "grant.changed"), 1);
    assert_eq!(count(&events, "key.revoked"), names.len());
    let again = owner.post(&path, json!({})).await.with(200);
    assert_eq!(again["revoked_api_keys"], json!([]));

    let path = format!("{}/reactivate", at(&app, "member_rw"));
    let back = owner.post(&path, json!({})).await.with(200);
    assert_eq!(
        (&back["role"], &back["domain_count"]),
        (&json!("member"), &json!(0))
    );
    for client in [&writer, &key] {
        assert_eq!(
            client.get("/v1/me").await.status,
            401,
            "nothing stale comes back"
        );
    }
}

#[tokio::test]
async fn off_boarding_tells_of_mail_that_leaves_because_of_who_left() {
    let app = TestApp::new().await;
    let (owner, writer) = (app.as_("owner"), app.as_("member_rw"));
    let alias = |address: &str, to: Value| json!({"domain": "shared.example", "address": address, "forward_to": to});
    // Out of the organization, inside it, and somebody else's.
    let out = alias("out", json!(["me@home.example", "ann@shared.example"]));
    let out = writer.post("/v1/aliases", out).await.with(201);
    let inside = alias("inside", json!(["ann@shared.example"]));
    writer.post("/v1/aliases", inside).await.with(201);
    let others = alias("others", json!(["you@home.example"]));
    let others = owner.post("/v1/aliases", others).await.with(201);
    let rule = json!({
        "name": "Offers", "action": "forward", "action_config": {"forward_to": ["me@home.example"]},
        "conditions": [{"field": "subject", "comparator": "contains", "value": "offer"}],
    });
    let rule = writer
        .post("/v1/domains/shared.example/rules", rule)
        .await
        .with(201);
    // Touching another's alias makes its targets nobody else's.
    let at_others = format!("/v1/aliases/{}", others["alias"]["id"].as_str().unwrap());
    let paused = writer.patch(&at_others, json!({"active": false})).await;
    paused.with(200);
    let path = format!("{}/deactivate", at(&app, "member_rw"));
    let receipt = owner.post(&path, json!({})).await.with(200);
    let told = receipt["review"]["external_forwards"].as_array().unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|one| (&one["type"], &one["id"], &one["name"], &one["forward_to"]))
        .collect();
    let (to, alias, of_rule) = (json!(["me@home.example"]), json!("alias"), json!("rule"));
    let (address, name) = (json!("out@shared.example"), json!("Offers"));
    assert_eq!(
        told,
        [
            (&alias, &out["alias"]["id"], &address, &to),
            (&of_rule, &rule["rule"]["id"], &name, &to),
        ]
    );
}

#[tokio::test]
async fn owners_and_admins_come_back_as_members() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    role(&app, "owner", "member_read", "owner").await;
    for who in ["admin", "member_read"] {
        let path = at(&app, who);
        owner
            .post(&format!("{path}/deactivate"), json!({}))
            .await
            .with(200);
        assert_eq!(
            role(&app, "owner", who, "admin").await.1,
            "user_deactivated"
        );
        let back = owner
            .post(&format!("{path}/reactivate"), json!({}))
            .await
            .with(200);
        assert_eq!(back["role"], "member");
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let path = at(&app, "member_read");
    let receipt = owner.delete(&path).await.with(200);
    assert_eq!(receipt["user"]["status"], "deleted");
    assert_eq!(owner.get(&path).await.status, 404);
    assert_eq!(app.as_("member_read").get("/v1/me").await.status, 401);
    let found = owner.get("/v1/users?q=member_read").await.with(200);
    assert_eq!(found["total"], 0);
    assert_eq!(
        owner
            .post(&format!("{path}/reactivate"), json!({}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_member_who_leaves_learns_nothing_of_the_organization() {
    let app = TestApp::new().await;
    let left = app
        .as_("member_read")
        .post("/v1/me/leave", json!({}))
        .await
        .with(200);
    let nothing =
        json!({"organization_api_keys": [], "organization_webhooks": [], "external_forwards": []});
    assert_eq!(left["review"], nothing);
    assert_eq!(left["user"]["status"], "deactivated");
    assert_eq!(app.as_("member_read").get("/v1/me").await.status, 401);
    assert_eq!(count(&events(&app), "user.left"), 1);
}

#[tokio::test]
async fn an_admin_ends_a_users_sessions_and_nothing_else() {
    let app = TestApp::new().await;
    let reader = app.as_("member_read");
    let path = format!("{}/sessions", at(&app, "member_read"));
    assert_eq!(
        app.as_("admin").delete(&path).await.with(200)["ended_sessions"],
        1
    );
    assert_eq!(reader.get("/v1/me").await.status, 401);
    let user = app
        .as_("admin")
        .get(&at(&app, "member_read"))
        .await
        .with(200);
    assert_eq!(
        (&user["status"], &user["domain_count"]),
        (&json!("active"), &json!(1))
    );
    assert_eq!(count(&events(&app), "session.revoked"), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_role_is_named() {
    let app = TestApp::new().await;
    let path = at(&app, "member_read");
    let cases = [
        (json!({}), "invalid_request", "role"),
        (json!({"role": "king"}), "invalid_request", "role"),
        (
            json!({"role": "admin", "name": "x"}),
            "unknown_field",
            "name",
        ),
    ];
    refuses(&app, &app.as_("owner"), (Method::PATCH, &path), &cases).await;
}
