//! Goal: the review lists what is given in the organization and nothing else, and remembers who
//! looked.
//! Method: the seeded world, with what each call leaves in the list and in the log.

use std::time::Duration;

use postscale_testkit::{TestApp, on_both_engines};
use serde_json::{Value, json};

async fn items(app: &TestApp, query: &str) -> Vec<Value> {
    let path = format!("/v1/access/review{query}");
    let list = app.as_("owner").get(&path).await.with(200);
    list["items"].as_array().unwrap().clone()
}

fn of<'a>(items: &'a [Value], kind: &str, holder: &str) -> Vec<&'a Value> {
    let fits = |it: &&Value| it["kind"] == kind && it["holder"] == holder;
    items.iter().filter(fits).collect()
}

on_both_engines! {
    async fn every_grant_and_key_of_the_organization_is_listed_and_no_other(database) {
        let app = TestApp::builder().database(database).build().await;
        let all = items(&app, "?limit=100").await;
        let grants = of(&all, "grant", "member_read");
        assert_eq!(grants.len(), 1);
        assert_eq!(grants[0]["name"], "shared.example");
        assert_eq!(grants[0]["access"], "read");
        assert_eq!(grants[0]["given_by"], "owner");
        assert_eq!(grants[0]["reviewed_at"], Value::Null);
        assert!(!of(&all, "api_key", "owner").is_empty());
        assert!(all.iter().all(|it| it["name"] != "foreign.example"));
        assert!(of(&all, "api_key", "other_org_owner").is_empty());
        for kind in ["grant", "api_key", "webhook"] {
            let some = items(&app, &format!("?kind={kind}")).await;
            assert!(some.iter().all(|it| it["kind"] == kind));
        }
        let page = app
            .as_("owner")
            .get("/v1/access/review?limit=2&offset=1")
            .await
            .with(200);
        assert_eq!(page["items"].as_array().unwrap(), &all[1..3]);
        assert_eq!(page["total"], all.len());
        let wrong = app.as_("owner").get("/v1/access/review?kind=door").await;
        assert_eq!(wrong.fields(), ["kind"]);
    }
}

on_both_engines! {
    async fn what_is_kept_says_who_looked_until_it_is_given_anew(database) {
        let app = TestApp::builder().database(database).build().await;
        let (owner, user) = (app.as_("owner"), app.world().seat("member_read").user);
        let domain = app.shared().domain.clone();
        let body = json!({"kind": "grant", "id": user.to_string(), "domain_id": domain});
        app.clock.advance(Duration::from_secs(60));
        let kept = owner
            .post("/v1/access/review/keep", body.clone())
            .await
            .with(200);
        let all = items(&app, "?kind=grant").await;
        let grant = of(&all, "grant", "member_read")[0];
        assert_eq!(grant["reviewed_at"], kept["reviewed_at"]);
        assert_eq!(grant["reviewed_by"], "owner");
        let log = owner
            .get("/v1/audit?action=access.reviewed")
            .await
            .with(200);
        assert_eq!(log["entries"][0]["target"]["id"], user.to_string());
        assert_eq!(log["entries"][0]["after"]["domain_id"], domain);
        let list = json!({"domains": [{"domain_id": domain, "access": "read_write"}]});
        let path = format!("/v1/users/{user}/domain-access");
        owner.put(&path, list).await.with(200);
        let all = items(&app, "?kind=grant").await;
        assert_eq!(
            of(&all, "grant", "member_read")[0]["reviewed_at"],
            Value::Null
        );
        let key = json!({"kind": "api_key", "id": app.shared().api_key});
        owner.post("/v1/access/review/keep", key).await.with(200);
    }
}

#[tokio::test]
async fn what_is_not_under_review_cannot_be_kept() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let user = app.world().seat("member_hidden").user.to_string();
    let before = app.dump();
    for body in [
        json!({"kind": "grant", "id": user, "domain_id": app.shared().domain}),
        json!({"kind": "grant", "id": user, "domain_id": "x"}),
        json!({"kind": "webhook", "id": app.shared().webhook}),
        json!({"kind": "api_key", "id": app.world().foreign.api_key}),
    ] {
        let answer = owner.post("/v1/access/review/keep", body.clone()).await;
        assert_eq!(answer.status, 404, "{body}");
    }
    for (body, field) in [
        (json!({"kind": "door", "id": user}), "kind"),
        (json!({"kind": "grant", "id": user}), "domain_id"),
    ] {
        let answer = owner.post("/v1/access/review/keep", body).await;
        assert_eq!(answer.fields(), [field]);
    }
    assert_eq!(app.dump(), before);
}

#[tokio::test]
async fn the_file_has_every_row_and_no_formula() {
    let app = TestApp::new().await;
    let (owner, user) = (app.as_("owner"), app.world().seat("member_read").user);
    let note = "=HYPERLINK(\"https://evil.example\")";
    let list =
        json!({"domains": [{"domain_id": "shared.example", "access": "read", "note": note}]});
    owner
        .put(&format!("/v1/users/{user}/domain-access"), list)
        .await
        .with(200);
    let total = items(&app, "?limit=100").await.len();
    let file = owner.post("/v1/access/review/exports", json!({})).await;
    assert_eq!(file.status, 200);
    let text = String::from_utf8(file.body).unwrap();
    assert_eq!(text.lines().count(), total + 1);
    assert!(text.starts_with("kind,id,domain_id,name,holder,"));
    assert!(text.contains("\"'=HYPERLINK"), "{text}");
    let log = owner.get("/v1/audit?action=export.created").await.with(200);
    assert_eq!(log["entries"][0]["target"]["kind"], "access_review");
}
