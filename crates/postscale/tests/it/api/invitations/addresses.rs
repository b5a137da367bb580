//! Which addresses may be invited, and how often.

use std::time::Duration;

use super::*;

async fn invite_as_member(app: &TestApp, email: &str) -> Answer {
    invite(app, json!({"email": email, "role": "member"})).await
}

#[tokio::test]
async fn who_is_here_already_is_not_invited_again_however_spelled() {
    let app = TestApp::new().await;
    let before = app.dump();
    for (email, code) in [
        ("owner@people.example", "already_member"),
        ("Owner@People.Example", "already_member"),
        ("MEMBER_RW@people.example", "already_member"),
        ("deactivated@people.example", "user_deactivated"),
        ("DEACTIVATED@PEOPLE.EXAMPLE", "user_deactivated"),
    ] {
        let answer = invite_as_member(&app, email).await;
        assert_eq!(status(&answer), (409, code.into()), "{email}");
    }
    assert_eq!(app.dump(), before);
}

/// I6: one pending invitation per address.
#[tokio::test]
async fn i06_one_invitation_per_address_is_pending_however_spelled() {
    let app = TestApp::new().await;
    for email in ["Nora@new.example", "nora@NEW.example"] {
        invite_as_member(&app, email).await.with(201);
    }
    let list = app.as_("owner").get("/v1/invitations?status=pending").await;
    // Two were there before.
    assert_eq!(list.with(200)["total"], 3);
    let want = [
        "invitation.created",
        "invitation.created",
        "invitation.superseded",
    ];
    assert_eq!(events(&app), want);
}

#[tokio::test]
async fn a_deleted_user_may_be_invited_again() {
    let app = TestApp::new().await;
    let path = format!("/v1/users/{}", app.world().seat("member_rw").user);
    app.as_("owner").delete(&path).await.with(200);
    invite_as_member(&app, "member_rw@people.example")
        .await
        .with(201);
}

#[tokio::test]
async fn an_address_gets_three_mails_a_day() {
    let app = TestApp::new().await;
    let made = invite_as_member(&app, NEW).await.with(201);
    let path = format!("/v1/invitations/{}/resend", made["id"].as_str().unwrap());
    let owner = app.as_("owner");
    owner.post(&path, json!({})).await.with(200);
    invite_as_member(&app, NEW).await.with(201);
    let before = app.dump();
    let answer = invite_as_member(&app, "NORA@new.example").await;
    assert_eq!(status(&answer), (429, "rate_limit_exceeded".into()));
    assert_eq!(answer.headers["retry-after"], "86400");
    // Whoever comes back when told to is not turned away again.
    for (millis, seconds) in [(500, "86400"), (1000, "86399")] {
        let later = app.fork();
        later.clock.advance(Duration::from_millis(millis));
        let answer = invite_as_member(&later, NEW).await;
        assert_eq!(answer.headers["retry-after"], seconds, "after {millis} ms");
    }
    let list = owner.get("/v1/invitations?status=pending").await.with(200);
    let pending = list["invitations"].as_array().unwrap();
    let hers = pending.iter().find(|one| one["email"] == NEW).unwrap();
    let path = format!("/v1/invitations/{}/resend", hers["id"].as_str().unwrap());
    let again = owner.post(&path, json!({})).await;
    assert_eq!(status(&again), (429, "rate_limit_exceeded".into()));
    assert_eq!(app.dump(), before);
    invite_as_member(&app, "another@new.example")
        .await
        .with(201);
    app.clock.advance(Duration::from_secs(24 * 3600));
    let signed_in = sign_in(&app, "owner@people.example", postscale_testkit::PASSWORD).await;
    let owner = app.presenting(signed_in.session());
    let body = json!({"email": NEW, "role": "member"});
    owner.post("/v1/invitations", body).await.with(201);
}

#[tokio::test]
async fn an_organization_sends_twenty_an_hour_and_a_hundred_a_day() {
    let app = TestApp::new().await;
    let mut made = 0;
    // Two were there before, in the first hour.
    for (hour, allowed) in [18, 20, 20, 20, 20].into_iter().enumerate() {
        for number in 0..allowed {
            invite_as_member(&app, &format!("n{hour}-{number}@new.example"))
                .await
                .with(201);
            made += 1;
        }
        let answer = invite_as_member(&app, "one-more@new.example").await;
        assert_eq!(answer.status, 429, "hour {hour}");
        app.clock.advance(Duration::from_secs(3600));
    }
    assert_eq!(made, 98);
    let answer = invite_as_member(&app, "one-more@new.example").await;
    assert_eq!(
        status(&answer),
        (429, "rate_limit_exceeded".into()),
        "the day's hundred"
    );
    let elsewhere = json!({"email": "one-more@new.example", "role": "member"});
    let them = app.as_("other_org_owner");
    them.post("/v1/invitations", elsewhere).await.with(201);
}

/// I4: an address is one ASCII spelling in any case; what only looks like it is another address, or
/// none.
#[tokio::test]
async fn i04_what_looks_like_an_address_is_not_that_address() {
    let app = TestApp::new().await;
    let before = app.dump();
    // Dotless i, long s, fullwidth, Cyrillic, Kelvin sign, combining and invisible letters.
    for local in [
        "m\u{131}ke",
        "o\u{17f}car",
        "\u{ff4f}wner",
        "\u{43e}wner",
        "\u{212a}ate",
        "o\u{301}wner",
        "own\u{200b}er",
        "\u{202e}renwo",
    ] {
        let email = format!("{local}@people.example");
        let answer = invite_as_member(&app, &email).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (400, vec!["email".to_owned()]),
            "{email}"
        );
        let anybody = app.as_("anonymous");
        let begun =
            json!({"email": email, "password": PASSWORD, "name": "Eve", "organization": "Evil"});
        let begun = anybody.post("/v1/auth/signup", begun).await;
        assert_eq!(begun.fields(), ["email"], "{email}");
        let change = json!({"email": email, "password": postscale_testkit::PASSWORD});
        let change = app.as_("member_rw").post("/v1/me/email", change).await;
        assert_eq!(change.fields(), ["email"], "{email}");
    }
    // A domain that only looks like ours is another domain.
    for email in ["owner@p\u{435}ople.example", "owner@people.ex\u{430}mple"] {
        let fork = app.fork();
        let reset = json!({"email": email});
        fork.as_("anonymous")
            .post("/v1/auth/password-reset", reset)
            .await
            .with(202);
        assert_eq!(
            fork.dump()["system_emails"],
            before["system_emails"],
            "{email}"
        );
    }
    assert_eq!(app.dump(), before);
}

/// I4: mail goes to the address that is stored, however somebody spelled it.
#[tokio::test]
async fn i04_mail_goes_to_the_address_that_is_stored() {
    let app = TestApp::new().await;
    for spelled in [
        "OWNER@PEOPLE.EXAMPLE",
        "Owner@people\u{ff0e}example",
        "owner@\u{ff50}eople.example",
    ] {
        let app = app.fork();
        let reset = json!({"email": spelled});
        app.as_("anonymous")
            .post("/v1/auth/password-reset", reset)
            .await
            .with(202);
        assert_eq!(mails(&app, "owner@people.example").len(), 1, "{spelled}");
        assert_eq!(app.dump()["system_emails"].len(), 1, "{spelled}");
    }
}
