//! `/onboarding`
//!
//! Goal: whoever founds an organization is asked for a plan, once; whoever was invited never is,
//! whatever they become.
//! Method: sign-up on an instance with two plans, an invitation accepted before and after the choice.

use std::collections::BTreeMap;

use postscale_model::{Overage, Plan, Plans};
use postscale_testkit::{Client, PASSWORD, TestApp};
use serde_json::json;

use super::text;

async fn app() -> TestApp {
    let small = Plan {
        monthly_messages: Some(3000),
        overage: Overage::Refused,
        templates: Some(5),
        domains: Some(3),
        ..Plan::UNLIMITED
    };
    let plans = Plans::new(BTreeMap::from([("free".to_owned(), small)]), "unlimited").unwrap();
    TestApp::builder().plans(plans).build().await
}

/// What was mailed to an address, behind these words.
fn mailed(app: &TestApp, to: &str, behind: &str, length: usize) -> String {
    let mails = app.dump().remove("system_emails").unwrap();
    let mail = mails
        .iter()
        .filter(|mail| mail.contains(to))
        .find_map(|mail| {
            let mail = mail.replace("=\r\n", "").replace("=3D", "=");
            Some(mail.split_once(behind)?.1.trim_start()[..length].to_owned())
        });
    mail.unwrap()
}

/// Signs a founder up, as far as their first page.
async fn found(app: &TestApp) -> Client {
    let anybody = app.as_("anonymous");
    let wanted = json!({
        "email": "fay@new.example",
        "password": PASSWORD,
        "name": "Fay Founder",
        "organization": "New & Sons",
    });
    assert_eq!(anybody.submit("/signup", wanted).await.status, 200);
    let code = json!({"email": "fay@new.example", "code": mailed(app, "fay@new.example", "Your code is", 6)});
    let let_in = anybody.submit("/signup/verify", code).await;
    assert_eq!(
        (let_in.status.as_u16(), let_in.location()),
        (303, "/onboarding")
    );
    app.presenting(let_in.session())
}

/// Somebody invited as admin joins.
async fn join(app: &TestApp, founder: &Client) -> Client {
    let invited = json!({"email": "ivy@new.example", "role": "admin"});
    founder.submit("/team/invitations", invited).await;
    let token = mailed(app, "ivy@new.example", "/invitations/", 64);
    let link = format!("/invitations/{token}");
    let anybody = app.as_("anonymous");
    anybody
        .submit(&link, json!({"name": "Ivy Invited", "password": PASSWORD}))
        .await;
    let code = json!({"code": mailed(app, "ivy@new.example", "Your code is", 6)});
    let joined = anybody.submit(&format!("{link}/code"), code).await;
    assert_eq!(
        (joined.status.as_u16(), joined.location()),
        (303, "/domains")
    );
    app.presenting(joined.session())
}

#[tokio::test]
async fn a_founder_chooses_a_plan_once_and_adds_a_domain() {
    let app = app().await;
    let founder = found(&app).await;
    let page = text(&founder.get("/onboarding").await);
    for told in [
        "Choose a plan for <bdi>New &amp; Sons",
        "Start with Free",
        "3,000 messages a month",
        "Start with Unlimited",
    ] {
        let told = told.replace("&amp;", "&#38;");
        assert!(page.contains(&told), "{told}: {page}");
    }
    // Until then home leads there, whichever way the founder comes back.
    assert_eq!(founder.get("/domains").await.location(), "/onboarding");
    let before = app.dump();
    let wrong = founder.submit("/onboarding", json!({"plan": "gold"})).await;
    assert_eq!(wrong.status, 400);
    assert!(text(&wrong).contains("Must be one of free, unlimited"));
    assert_eq!(app.dump(), before);
    let chosen = founder.submit("/onboarding", json!({"plan": "free"})).await;
    assert_eq!(
        (chosen.status.as_u16(), chosen.location()),
        (303, "/domains/new")
    );
    let plan = founder.get("/v1/organization").await.with(200)["plan"].take();
    assert_eq!(plan, "free");
    // Once: afterwards there is nothing here, and nothing changes.
    assert_eq!(founder.get("/onboarding").await.location(), "/domains/new");
    let before = app.dump();
    founder
        .submit("/onboarding", json!({"plan": "unlimited"}))
        .await;
    assert_eq!(app.dump(), before);
    assert_eq!(founder.get("/domains").await.status, 200);
    founder
        .post("/v1/domains", json!({"domain": "new.example"}))
        .await
        .with(201);
    assert_eq!(founder.get("/onboarding").await.location(), "/domains");
}

#[tokio::test]
async fn whoever_was_invited_never_meets_the_choice_of_a_plan() {
    let app = app().await;
    let founder = found(&app).await;
    let invited = join(&app, &founder).await;
    // The founder has not chosen yet.
    for path in ["/domains", "/team", "/account", "/settings"] {
        let page = invited.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!text(&page).contains("/onboarding"), "{path}");
    }
    assert_eq!(invited.get("/onboarding").await.status, 403);
    let plan = json!({"plan": "free"});
    assert_eq!(
        invited.submit("/onboarding", plan.clone()).await.status,
        403
    );
    // Not even as the owner.
    let me = invited.get("/v1/me").await.with(200);
    let heir = json!({"user_id": me["user"]["id"]});
    founder
        .post("/v1/organization/transfer-ownership", heir)
        .await
        .with(200);
    // The first page gives the session of who was promoted another token.
    let invited = app.presenting(invited.get("/domains").await.session());
    assert_eq!(invited.get("/domains").await.status, 200);
    assert_eq!(invited.get("/onboarding").await.location(), "/domains/new");
    let before = app.dump();
    invited.submit("/onboarding", plan).await;
    assert_eq!(app.dump(), before);
    let kept = invited.get("/v1/organization").await.with(200)["plan"].take();
    assert_eq!(kept, "unlimited");
}

#[tokio::test]
async fn where_there_is_one_plan_nobody_is_asked() {
    let app = TestApp::new().await;
    let founder = found(&app).await;
    assert_eq!(founder.get("/onboarding").await.location(), "/domains/new");
    assert_eq!(founder.get("/domains").await.status, 200);
}
