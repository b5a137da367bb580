//! `PATCH /v1/domains/{domain}/warming`
//!
//! Goal: who may write a domain gives providers shares of its mail, all at once, and nothing that is
//! no share changes any.

use http::Method;
use postscale_testkit::{Answer, TestApp};
use serde_json::{Value, json};

use super::{
    refuses,
    warming::{AT, found, start},
};

async fn share(app: &TestApp, who: &str, body: Value) -> Answer {
    let client = app.as_(who);
    client.request(Method::PATCH, AT).json(&body).send().await
}

#[tokio::test]
async fn providers_get_shares_all_at_once_and_the_log_says_who_gave_them() {
    let app = TestApp::new().await;
    let google = |share: u8, daily_limit: u64| json!({"provider": "google", "share": share, "daily_limit": daily_limit, "used_today": 0});
    // Before there is a plan there is nothing to have a share of.
    let ahead = share(
        &app,
        "member_rw",
        json!({"provider_shares": {"google": 40}}),
    )
    .await;
    let ahead = ahead.with(200);
    assert_eq!(ahead["provider_shares"], json!({"google": 40}));
    assert_eq!(ahead["provider_limits"], json!([google(40, 0)]));
    start(&app, "owner", json!({})).await.with(200);
    assert_eq!(
        found(&app).await["provider_limits"],
        json!([google(40, 20)])
    );
    let body = json!({"provider_shares": {"yahoo": 1, "google": 30}});
    let both = share(&app, "key_rw", body.clone()).await.with(200);
    assert_eq!(both, found(&app).await);
    assert_eq!(both["provider_shares"], json!({"google": 30, "yahoo": 1}));
    let yahoo = json!({"provider": "yahoo", "share": 1, "daily_limit": 1, "used_today": 0});
    assert_eq!(both["provider_limits"], json!([google(30, 15), yahoo]));
    let before = app.dump();
    for same in [body, json!({})] {
        assert_eq!(share(&app, "owner", same).await.with(200), both);
    }
    assert_eq!(app.dump(), before, "what stays as it is is no change");
    for nothing in [json!({}), json!(null)] {
        share(&app, "owner", json!({"provider_shares": {"apple": 100}}))
            .await
            .with(200);
        let lifted = share(&app, "admin", json!({"provider_shares": nothing})).await;
        let lifted = lifted.with(200);
        assert_eq!(
            (&lifted["provider_shares"], &lifted["provider_limits"]),
            (&json!({}), &json!([]))
        );
    }
    start(&app, "owner", json!({"skip": true})).await.with(200);
    let warmed = share(&app, "owner", json!({"provider_shares": {"google": 30}})).await;
    assert_eq!(
        warmed.with(200)["provider_limits"],
        json!([google(30, 1_000_000_000)])
    );
    let log = app
        .as_("owner")
        .get("/v1/audit?action=warming.updated")
        .await
        .with(200);
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 7);
    let second = &entries[5];
    assert_eq!(second["before"], json!({"provider_shares": {"google": 40}}));
    assert_eq!(
        second["after"],
        json!({"provider_shares": {"google": 30, "yahoo": 1}})
    );
    assert_eq!(second["target"]["label"], "shared.example");
}

#[tokio::test]
async fn what_is_no_share_is_refused_and_names_its_provider() {
    let app = TestApp::new().await;
    start(&app, "owner", json!({})).await.with(200);
    share(&app, "owner", json!({"provider_shares": {"google": 40}}))
        .await
        .with(200);
    let owner = app.as_("key_org_by_owner");
    let of =
        |provider: &str, share: Value| json!({"provider_shares": {"apple": 10, provider: share}});
    let invalid = "invalid_request";
    let google = "provider_shares.google";
    let cases = [
        (of("google", json!(0)), invalid, google),
        (of("google", json!(101)), invalid, google),
        (of("google", json!(-1)), invalid, google),
        (of("google", json!(40.5)), invalid, google),
        (of("google", json!(40.0)), invalid, google),
        (of("google", json!(1e30)), invalid, google),
        (of("google", json!(u64::MAX)), invalid, google),
        (of("google", json!("40")), invalid, google),
        (of("google", json!(true)), invalid, google),
        (of("google", json!(null)), invalid, google),
        (of("google", json!({"share": 40})), invalid, google),
        (of("gmail", json!(40)), invalid, "provider_shares.gmail"),
        (of("Google", json!(40)), invalid, "provider_shares.Google"),
        (of("", json!(40)), invalid, "provider_shares."),
        // Everybody else is not one provider.
        (of("other", json!(40)), invalid, "provider_shares.other"),
        (json!({"provider_shares": 40}), invalid, "provider_shares"),
        (
            json!({"provider_shares": ["google"]}),
            invalid,
            "provider_shares",
        ),
        (json!({"shares": {}}), "unknown_field", "shares"),
        (
            json!({"provider_shares": {}, "phase": "phase_2"}),
            "unknown_field",
            "phase",
        ),
    ];
    refuses(&app, &owner, (Method::PATCH, AT), &cases).await;
    let twice = r#"{"provider_shares": {"google": 1, "google": 100}}"#;
    let answer = owner
        .request(Method::PATCH, AT)
        .body("application/json", twice)
        .send()
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (400, invalid.to_owned())
    );
    assert_eq!(found(&app).await["provider_shares"], json!({"google": 40}));
}
