//! `/v1/billing`
//!
//! Goal: owners change the plan and the contact; a plan that is too small is refused with what there
//! is too much of.
//! Method: an instance with three plans.

use std::{collections::BTreeMap, time::Duration};

use http::Method;
use postscale_model::{Overage, Plan, Plans};
use postscale_testkit::TestApp;
use serde_json::{Value, json};

use super::refuses;

const AT: &str = "/v1/billing";

fn plan(messages: u64, overage: Overage, domains: u64) -> Plan {
    Plan {
        monthly_messages: Some(messages),
        overage,
        templates: Some(1),
        domains: Some(domains),
        ..Plan::UNLIMITED
    }
}

/// Acme has two domains.
async fn app() -> TestApp {
    let plans = BTreeMap::from([
        ("tiny".to_owned(), plan(2, Overage::Refused, 1)),
        ("free".to_owned(), plan(2, Overage::Refused, 5)),
        ("pro".to_owned(), plan(100, Overage::Counted, 50)),
    ]);
    let plans = Plans::new(plans, "pro").unwrap();
    TestApp::builder().plans(plans).build().await
}

async fn send(app: &TestApp, to: &[&str]) -> u16 {
    let message = json!({"from": "ann@shared.example", "to": to, "subject": "x", "text_body": "x"});
    app.as_("key_rw")
        .post("/v1/send", message)
        .await
        .status
        .as_u16()
}

#[tokio::test]
async fn an_owner_sees_plans_contact_and_statements() {
    let app = app().await;
    assert_eq!(send(&app, &["a@far.example", "b@far.example"]).await, 202);
    app.clock.advance(Duration::from_secs(31 * 24 * 3600));
    let owner = sign_in(&app).await;
    let seen = owner.get(AT).await.with(200);
    assert_eq!(
        (&seen["plan"], &seen["contact_email"]),
        (&json!("pro"), &Value::Null)
    );
    let names: Vec<_> = seen["plans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| plan["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["tiny", "free", "pro"],
        "the smallest first, without the one that is nobody's to choose"
    );
    let free = json!({"name": "free", "current": false, "limits": {"monthly_messages": 2, "overage": "refused", "templates": 1, "domains": 5}});
    assert_eq!(seen["plans"][1], free);
    let statements = seen["statements"].as_array().unwrap();
    assert_eq!(statements.len(), 2);
    assert_eq!(
        (&statements[0]["used"], &statements[1]["sent"]),
        (&json!(0), &json!(2))
    );
    assert_eq!(statements[0]["period_start"], statements[1]["period_end"]);
}

/// The owner again, after a long time.
async fn sign_in(app: &TestApp) -> postscale_testkit::Client {
    let body = json!({"email": "owner@people.example", "password": postscale_testkit::PASSWORD});
    let answer = app.as_("anonymous").post("/v1/auth/login", body).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    let value = cookie.split_once('=').unwrap().1.split(';').next().unwrap();
    app.presenting(postscale_testkit::Presented::Session(value.to_owned()))
}

#[tokio::test]
async fn a_contact_is_kept_and_taken_away() {
    let app = app().await;
    let owner = app.as_("owner");
    let change = json!({"contact_email": "Bills@Acme.example"});
    let kept = owner.patch(AT, change).await.with(200);
    assert_eq!(
        (&kept["contact_email"], &kept["plan"]),
        (&json!("Bills@acme.example"), &json!("pro"))
    );
    assert_eq!(
        owner.patch(AT, json!({})).await.with(200)["contact_email"],
        "Bills@acme.example"
    );
    let gone = owner
        .patch(AT, json!({"contact_email": null}))
        .await
        .with(200);
    assert_eq!(gone["contact_email"], Value::Null);
    let log = owner
        .get("/v1/audit?action=billing.changed")
        .await
        .with(200);
    assert_eq!(log["total"], 2, "what changes nothing is no event");
    let cases = [
        (
            json!({"contact_email": "nobody"}),
            "invalid_request",
            "contact_email",
        ),
        (json!({"plan": "gold"}), "invalid_request", "plan"),
        (json!({"plan": "unlimited"}), "invalid_request", "plan"),
        (json!({"quota": 7}), "unknown_field", "quota"),
    ];
    refuses(&app, &owner, (Method::PATCH, AT), &cases).await;
}

#[tokio::test]
async fn a_plan_that_is_too_small_is_refused_and_a_large_one_counts_at_once() {
    let app = app().await;
    let owner = app.as_("owner");
    for to in ["a@far.example", "b@far.example", "c@far.example"] {
        assert_eq!(send(&app, &[to]).await, 202);
    }
    let before = app.dump();
    let refused = owner.patch(AT, json!({"plan": "tiny"})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (409, "plan_too_small")
    );
    let message = refused.json()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.ends_with("2 domains of 1, 3 messages this month of 2"),
        "{message}"
    );
    let refused = owner.patch(AT, json!({"plan": "free"})).await;
    assert_eq!(refused.code(), "plan_too_small");
    assert_eq!(app.dump(), before, "nothing changed");
    // Next month it fits, and caps at once.
    app.clock.advance(Duration::from_secs(31 * 24 * 3600));
    let owner = sign_in(&app).await;
    owner.patch(AT, json!({"plan": "free"})).await.with(200);
    assert_eq!(send(&app, &["a@far.example", "b@far.example"]).await, 202);
    assert_eq!(send(&app, &["c@far.example"]).await, 403);
    owner.patch(AT, json!({"plan": "pro"})).await.with(200);
    assert_eq!(send(&app, &["c@far.example"]).await, 202);
    let log = owner
        .get("/v1/audit?action=billing.changed")
        .await
        .with(200);
    assert_eq!(
        log["entries"][0]["before"],
        json!({"plan": "free", "contact_email": null})
    );
    assert_eq!(
        log["entries"][0]["after"],
        json!({"plan": "pro", "contact_email": null})
    );
}

#[tokio::test]
async fn whoever_hears_about_billing_is_told_of_another_plan() {
    let app = app().await;
    let owner = app.as_("owner");
    let told = |to: &str| {
        let mails = app.dump().remove("system_emails").unwrap();
        let to = format!("To: <{to}>");
        mails.into_iter().filter(|mail| mail.contains(&to)).count()
    };
    owner.patch(AT, json!({"plan": "free"})).await.with(200);
    assert_eq!(
        told("owner@people.example"),
        1,
        "without a contact the owners"
    );
    let change = json!({"plan": "pro", "contact_email": "bills@acme.example"});
    owner.patch(AT, change).await.with(200);
    assert_eq!(
        (told("owner@people.example"), told("bills@acme.example")),
        (1, 1)
    );
    let same = json!({"plan": "pro", "contact_email": null});
    owner.patch(AT, same).await.with(200);
    assert_eq!(told("owner@people.example"), 1, "no other plan, no letter");
}

#[tokio::test]
async fn the_contact_is_not_flooded_with_letters() {
    let app = app().await;
    let owner = app.as_("owner");
    let contact = json!({"contact_email": "bills@acme.example"});
    owner.patch(AT, contact).await.with(200);
    for plan in ["free", "pro", "free"] {
        owner.patch(AT, json!({"plan": plan})).await.with(200);
    }
    let before = app.dump();
    let refused = owner.patch(AT, json!({"plan": "pro"})).await;
    assert_eq!(refused.status, 429);
    assert_eq!(app.dump(), before, "nothing changed");
}
