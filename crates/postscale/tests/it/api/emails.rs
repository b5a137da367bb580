//! `/v1/emails`

use postscale_testkit::TestApp;
use serde_json::{Value, json};

fn ids(listed: &Value) -> Vec<&str> {
    let all = listed["emails"].as_array().unwrap().iter();
    all.map(|email| email["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_listing_and_its_total_count_only_what_its_caller_sees() {
    let app = TestApp::new().await;
    let world = app.world();
    let (shared, closed) = (&*world.shared.email, &*world.closed.email);
    for (actor, mut want) in [
        ("owner", vec![shared, closed]),
        ("key_org_readcap", vec![shared, closed]),
        ("member_rw", vec![shared]),
        ("member_read", vec![shared]),
        ("key_creator_downgraded", vec![shared]),
        ("key_other_scope", vec![closed]),
        ("key_creator_lost_domain", vec![]),
        ("member_hidden", vec![]),
        ("other_org_owner", vec![&*world.foreign.email]),
    ] {
        let listed = app.as_(actor).get("/v1/emails").await.with(200);
        let mut got = ids(&listed);
        got.sort_unstable();
        want.sort_unstable();
        assert_eq!(got, want, "{actor}");
        assert_eq!(listed["total"], want.len(), "{actor}");
    }
}

#[tokio::test]
async fn a_hidden_domain_as_filter_finds_what_an_unknown_one_finds() {
    let app = TestApp::new().await;
    let world = app.world();
    let none = json!({"emails": [], "total": 0, "limit": 50, "offset": 0, "next_cursor": null});
    for id in [
        &world.closed.domain,
        &world.foreign.domain,
        "5f0c4f5e-7d0a-4c3e-9b43-000000000000",
        "x",
    ] {
        let listed = app
            .as_("member_rw")
            .get(&format!("/v1/emails?domain_id={id}"))
            .await;
        assert_eq!(listed.with(200), none, "{id}");
    }
    let own = format!("/v1/emails?domain_id={}", world.shared.domain);
    assert_eq!(app.as_("member_rw").get(&own).await.with(200)["total"], 1);
}

#[tokio::test]
async fn every_filter_narrows_and_every_bad_one_is_named() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    for (query, total) in [
        ("status=queued", 2),
        ("status=bounced", 0),
        ("from=ANN", 2),
        ("from=%25", 0),
        ("to=carol", 2),
        ("subject=hell", 2),
        ("subject=_ello", 0),
        ("tag=welcome", 2),
        ("tag=wel", 0),
        ("environment=live", 2),
        ("environment=test", 0),
        ("from_date=2027-01-15", 2),
        ("from_date=2027-01-16", 0),
        ("from_date=2027-01-15&to_date=2027-01-15", 2),
        ("to_date=2027-01-14", 0),
        ("to_date=2027-01-15T08:00:00Z", 2),
        ("to_date=2027-01-15T07:59:59Z", 0),
        ("from=closed", 1),
        ("limit=1", 2),
        ("offset=2", 2),
    ] {
        let listed = owner.get(&format!("/v1/emails?{query}")).await.with(200);
        assert_eq!(listed["total"], total, "{query}");
    }
    for field in [
        "status=x",
        "environment=x",
        "from_date=x",
        "to_date=2027-13-01",
        "limit=0",
        "offset=x",
    ] {
        let refused = owner.get(&format!("/v1/emails?{field}")).await;
        assert_eq!(refused.status, 400, "{field}");
        assert_eq!(refused.fields(), [field.split('=').next().unwrap()]);
    }
}
