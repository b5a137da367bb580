//! The state machine: what each state lets happen.

use std::time::Duration;

use http::Method;
use postscale_testkit::TestApp;
use serde_json::json;

use super::*;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// How an invitation came to be where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    Made,
    Claimed,
    Resent,
    Replaced,
    Revoked,
    Accepted,
    Expired,
    InviterDemoted,
    InviterGone,
}

use Past::*;

/// After each past: looking, accepting, giving a code; resending, revoking.
const TABLE: [(Past, [u16; 3], [u16; 2]); 9] = [
    (Made, [200, 202, 400], [200, 204]),
    (Claimed, [200, 202, 400], [200, 204]),
    // The link that was mailed first, and the invitation, which goes on.
    (Resent, [404, 404, 404], [200, 204]),
    (Replaced, [404, 404, 404], [404, 404]),
    (Revoked, [404, 404, 404], [409, 409]),
    (Accepted, [404, 404, 404], [409, 409]),
    (Expired, [404, 404, 404], [409, 409]),
    (InviterDemoted, [404, 404, 404], [409, 409]),
    (InviterGone, [404, 404, 404], [409, 409]),
];

async fn bring_to(app: &TestApp, past: Past) -> (String, String) {
    let by = app.as_("admin");
    let made = by
        .post("/v1/invitations", json!({"email": NEW, "role": "member"}))
        .await
        .with(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let token = token(app, NEW);
    let path = format!("/v1/invitations/{id}");
    let admin = format!("/v1/users/{}", app.world().seat("admin").user);
    let owner = app.as_("owner");
    app.clock.advance(Duration::from_secs(1));
    match past {
        Made => {}
        Claimed => drop(accept(app, "anonymous", &token).await.with(202)),
        Resent => drop(
            by.post(&format!("{path}/resend"), json!({}))
                .await
                .with(200),
        ),
        Replaced => drop(invited(app).await),
        Revoked => drop(owner.delete(&path).await.with(204)),
        Accepted => drop(join_new(app, &token).await),
        Expired => app.clock.advance(WEEK - Duration::from_secs(1)),
        InviterDemoted => drop(
            owner
                .patch(&admin, json!({"role": "member"}))
                .await
                .with(200),
        ),
        InviterGone => drop(owner.delete(&admin).await.with(200)),
    }
    (id, token)
}

/// The owner; after a week, who has signed in again.
async fn owner(app: &TestApp) -> postscale_testkit::Client {
    let signed_in = sign_in(app, "owner@people.example", postscale_testkit::PASSWORD).await;
    signed_in.with(200);
    app.presenting(signed_in.session())
}

/// INV-10: no link outlives its sender's right to invite.
#[tokio::test]
async fn each_state_lets_happen_what_the_table_says_and_nothing_else() {
    let fresh = TestApp::new().await;
    for (past, held, managed) in TABLE {
        let app = fresh.fork();
        let (id, token) = bring_to(&app, past).await;
        let wrong = if past == Claimed && code(&app, NEW) == "000000" {
            "000001"
        } else {
            "000000"
        };
        for (act, want) in ["look", "accept", "verify"].into_iter().zip(held) {
            let app = app.fork();
            let before = app.dump();
            let answer = match act {
                "look" => look(&app, &token).await,
                "accept" => accept(&app, "anonymous", &token).await,
                _ => verify(&app, &token, wrong).await,
            };
            assert_eq!(answer.status.as_u16(), want, "{past:?} {act}");
            if want == 404 || act == "look" {
                assert_eq!(app.dump(), before, "{past:?} {act}");
            }
        }
        for (act, want) in ["resend", "revoke"].into_iter().zip(managed) {
            let app = app.fork();
            let by = owner(&app).await;
            let path = format!("/v1/invitations/{id}");
            let answer = match act {
                "resend" => by.post(&format!("{path}/resend"), json!({})).await,
                _ => by.delete(&path).await,
            };
            assert_eq!(answer.status.as_u16(), want, "{past:?} {act}");
            if want == 409 {
                assert_eq!(answer.code(), "invitation_not_pending", "{past:?} {act}");
            }
        }
    }
}

#[tokio::test]
async fn every_dead_link_is_answered_like_one_that_never_was() {
    let fresh = TestApp::new().await;
    let guessed = "0".repeat(64);
    let never = look(&fresh, &guessed).await.comparable();
    let posted = accept(&fresh, "anonymous", &guessed).await.comparable();
    let proven = verify(&fresh, &guessed, "123456").await.comparable();
    assert_eq!(never.status, 404);
    for past in [
        Resent,
        Replaced,
        Revoked,
        Accepted,
        Expired,
        InviterDemoted,
        InviterGone,
    ] {
        let app = fresh.fork();
        let (_, token) = bring_to(&app, past).await;
        assert_eq!(look(&app, &token).await.comparable(), never, "{past:?}");
        assert_eq!(
            accept(&app, "anonymous", &token).await.comparable(),
            posted,
            "{past:?}"
        );
        assert_eq!(
            verify(&app, &token, "123456").await.comparable(),
            proven,
            "{past:?}"
        );
    }
    let others = ["", "x", "%00", "%2e%2e", "..", &"a".repeat(5000)];
    for token in others {
        assert_eq!(look(&fresh, token).await.status, 404, "{token}");
        assert_eq!(
            accept(&fresh, "anonymous", token).await.comparable(),
            posted
        );
    }
    let token = fresh.shared().invitation_token.clone();
    for similar in [
        token.to_uppercase(),
        format!("{token} "),
        token[1..].to_owned(),
    ] {
        assert_eq!(
            accept(&fresh, "anonymous", &similar).await.comparable(),
            posted
        );
    }
}

/// I8: who looks consumes nothing.
#[tokio::test]
async fn i08_looking_changes_nothing_by_any_safe_method() {
    let app = TestApp::new().await;
    let path = format!("/v1/invitations/{}", app.shared().invitation_token);
    let before = app.dump();
    for who in ["anonymous", "owner", "key_rw", "deactivated"] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let answer = app.as_(who).request(method, &path).send().await;
            assert!(answer.status.is_success(), "{who}");
        }
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn a_link_is_good_for_one_second_less_than_seven_days_and_no_longer() {
    let app = TestApp::new().await;
    let (_, token) = invited(&app).await;
    app.clock.advance(WEEK - Duration::from_secs(1));
    look(&app, &token).await.with(200);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(look(&app, &token).await.status, 404);
    let list = owner(&app)
        .await
        .get("/v1/invitations?status=expired")
        .await;
    assert_eq!(list.with(200)["total"], 3, "all of them are a week old");
}

/// I6: a resend leaves one live link.
#[tokio::test]
async fn i06_resending_starts_the_week_anew_and_forgets_what_was_given() {
    let app = TestApp::new().await;
    let (id, first) = invited(&app).await;
    accept(&app, "anonymous", &first).await.with(202);
    let given = code(&app, NEW);
    app.clock.advance(Duration::from_secs(60));
    let path = format!("/v1/invitations/{id}/resend");
    let made = app.as_("admin").post(&path, json!({})).await.with(200);
    assert_eq!(made["id"], json!(id));
    let second = token(&app, NEW);
    assert_ne!(first, second);
    assert_eq!(verify(&app, &first, &given).await.status, 404);
    assert_eq!(verify(&app, &second, &given).await.status, 400);
    app.clock.advance(WEEK - Duration::from_secs(1));
    look(&app, &second).await.with(200);
}

/// Each link has a promise of its own, which finds nothing to do once another took its place.
#[tokio::test]
async fn of_each_link_it_is_promised_to_be_written_down_that_it_expired() {
    let app = TestApp::new().await;
    let promises = || {
        let jobs = app.dump().remove("jobs").unwrap_or_default();
        jobs.iter()
            .filter(|job| job.contains("expire_invitation"))
            .count()
    };
    let before = promises();
    let (id, _) = invited(&app).await;
    assert_eq!(promises(), before + 1);
    app.clock.advance(Duration::from_secs(60));
    let path = format!("/v1/invitations/{id}/resend");
    app.as_("owner").post(&path, json!({})).await.with(200);
    assert_eq!(promises(), before + 2);
}

#[tokio::test]
async fn what_expired_before_the_next_invitation_was_not_replaced_by_it() {
    let app = TestApp::new().await;
    invited(&app).await;
    app.clock.advance(WEEK);
    let again = json!({"email": NEW, "role": "member"});
    owner(&app)
        .await
        .post("/v1/invitations", again)
        .await
        .with(201);
    let want = [
        "invitation.created",
        "invitation.created",
        "invitation.expired",
    ];
    assert_eq!(events(&app), want);
}
