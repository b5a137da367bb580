//! `GET /v1/usage/summary`, and the quota
//!
//! Goal: every accepted recipient counts once, nothing else does, and under a hard cap not one
//! message too many is accepted, however many come at once.
//! Method: a plan of a few messages on both engines.

use std::{collections::BTreeMap, time::Duration};

use postscale_model::{Overage, Plan, Plans};
use postscale_testkit::{Answer, TestApp, database::TestDatabase, on_both_engines};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const AT: &str = "/v1/usage/summary";
const CAP: u64 = 5;

async fn app(database: &TestDatabase, overage: Overage) -> TestApp {
    let plan = Plan {
        monthly_messages: Some(CAP),
        overage,
        templates: Some(3),
        domains: Some(9),
        ..Plan::UNLIMITED
    };
    let plans = Plans::new(BTreeMap::from([("small".to_owned(), plan)]), "small").unwrap();
    TestApp::builder()
        .database(database)
        .plans(plans)
        .build()
        .await
}

fn message(recipients: usize) -> Value {
    let to: Vec<String> = (0..recipients)
        .map(|n| format!("r{n}@far.example"))
        .collect();
    json!({"from": "ann@shared.example", "to": to, "subject": "x", "text_body": "x"})
}

async fn send(app: &TestApp, who: &str, recipients: usize) -> Answer {
    app.as_(who).post("/v1/send", message(recipients)).await
}

async fn summary(app: &TestApp) -> Value {
    app.as_("key_org_readcap").get(AT).await.with(200)
}

/// A key for tests of an owner.
async fn test_key(app: &TestApp) -> postscale_testkit::Presented {
    let body = json!({"name": "CI", "environment": "test"});
    let made = app.as_("owner").post("/v1/api-keys", body).await.with(201);
    postscale_testkit::Presented::Key(made["secret"].as_str().unwrap().to_owned())
}

on_both_engines! {
    async fn every_accepted_recipient_counts_once(database) {
        let app = app(database, Overage::Counted).await;
        let began = summary(&app).await;
        assert_eq!((&began["used"], &began["remaining"], &began["overage"]), (&json!(0), &json!(5), &json!(0)));
        assert_eq!(began["domains"], json!({"used": 2, "limit": 9}));
        assert_eq!(began["templates"], json!({"used": 0, "limit": 3}));
        send(&app, "key_rw", 3).await.with(202);
        send(&app, "owner", 1).await.with(202);
        // One address in two fields is one recipient.
        let twice = json!({"from": "ann@shared.example", "to": ["a@far.example"], "cc": ["A@far.example"], "subject": "x", "text_body": "x"});
        app.as_("key_rw").post("/v1/send", twice).await.with(202);
        // What is refused, for whatever reason, counts nothing; nor do tests.
        assert_eq!(send(&app, "member_read", 1).await.status, 403);
        assert_eq!(send(&app, "key_rw", 0).await.status, 400);
        let test = app.presenting(test_key(&app).await);
        assert_eq!(test.post("/v1/send", message(1)).await.with(202)["environment"], "test");
        let now = summary(&app).await;
        assert_eq!((&now["sent"], &now["received"], &now["used"]), (&json!(5), &json!(0), &json!(5)));
        send(&app, "key_rw", 2).await.with(202);
        let over = summary(&app).await;
        assert_eq!((&over["used"], &over["remaining"], &over["overage"]), (&json!(7), &json!(0), &json!(2)));
        assert_eq!((&over["plan"], &over["quota"]), (&json!("small"), &json!(5)));
        let theirs = app.as_("other_org_owner").get(AT).await.with(200);
        assert_eq!(theirs["used"], 0);
    }

    async fn a_hard_cap_is_never_passed_however_many_come_at_once(database) {
        let app = app(database, Overage::Refused).await;
        let mut sends = JoinSet::new();
        for n in 0..12 {
            let client = app.as_(if n % 2 == 0 { "key_rw" } else { "owner" });
            sends.spawn(async move { client.post("/v1/send", message(1)).await });
        }
        let answers = sends.join_all().await;
        let accepted = answers.iter().filter(|answer| answer.status == 202).count();
        assert_eq!(accepted, 5);
        for refused in answers.iter().filter(|answer| answer.status != 202) {
            assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "plan_limit"));
        }
        assert_eq!(summary(&app).await["used"], 5);
        let mails = app.as_("owner").get("/v1/emails?subject=x").await.with(200);
        assert_eq!(mails["total"], 5, "what was refused is not there");
        // Tests go on, and so does the next month.
        let test = app.presenting(test_key(&app).await);
        test.post("/v1/send", message(1)).await.with(202);
        app.clock.advance(Duration::from_secs(31 * 24 * 3600));
        assert_eq!(send(&app, "key_rw", 6).await.code(), "plan_limit");
        send(&app, "key_rw", 5).await.with(202);
        assert_eq!(send(&app, "key_rw", 1).await.code(), "plan_limit");
    }

    async fn a_refused_message_leaves_nothing_behind(database) {
        let app = app(database, Overage::Refused).await;
        send(&app, "key_rw", 5).await.with(202);
        let before = app.digest().await;
        assert_eq!(send(&app, "key_rw", 1).await.code(), "plan_limit");
        assert_eq!(app.digest().await, before);
    }
}
