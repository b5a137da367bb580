//! Lists of messages and of deliveries go on by cursor, all alike.

use std::time::Duration;

use postscale_testkit::{TestApp, on_both_engines};
use serde_json::{Value, json};

/// A message more, and a delivery more to the webhook of the shared domain.
async fn more(app: &TestApp) {
    let owner = app.as_("owner");
    let mail = json!({"from": "ann@shared.example", "to": ["carol@far.example"], "subject": "More", "text_body": "x"});
    owner.post("/v1/send", mail).await.with(202);
    let test = format!("/v1/webhooks/{}/test", app.shared().webhook);
    owner.post(&test, json!({})).await.with(202);
}

/// The lists, each with a filter that all those rows pass.
fn lists(app: &TestApp) -> [(String, &'static str, &'static str); 3] {
    let of_one = format!("/v1/webhooks/{}/deliveries", app.shared().webhook);
    [
        (
            "/v1/emails".to_owned(),
            "emails",
            "status=queued&subject=more",
        ),
        (
            "/v1/webhook-deliveries".to_owned(),
            "deliveries",
            "status=pending&days=9",
        ),
        (of_one, "deliveries", "status=pending"),
    ]
}

fn ids(page: &Value, rows: &str) -> Vec<String> {
    let rows = page[rows].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

on_both_engines! {
    async fn every_row_comes_once_whatever_arrives_meanwhile(database) {
        let app = TestApp::builder().database(database).without_warming().build().await;
        for seconds in [1, 0, 0, 1, 1] {
            app.clock.advance(Duration::from_secs(seconds));
            more(&app).await;
        }
        for actor in ["owner", "member_read", "key_rw"] {
            for (path, rows, filter) in lists(&app) {
                for filter in ["", filter] {
                    let base = format!("{path}?{filter}&limit");
                    let whole = app.as_(actor).get(&format!("{base}=100")).await.with(200);
                    assert_eq!(whole["next_cursor"], Value::Null, "{actor} {base}");
                    let want = ids(&whole, rows);
                    assert_eq!(whole["total"], want.len());
                    assert!(want.len() >= 5, "{actor} {base}");
                    let limit = want.len() / 2;
                    let (mut seen, mut at) = (Vec::new(), format!("{base}={limit}"));
                    loop {
                        let page = app.as_(actor).get(&at).await.with(200);
                        assert_eq!((&page["limit"], &page["offset"]), (&limit.into(), &0.into()));
                        seen.extend(ids(&page, rows));
                        let Some(cursor) = page["next_cursor"].as_str() else {
                            break;
                        };
                        at = format!("{base}={limit}&cursor={cursor}");
                        app.clock.advance(Duration::from_secs(1));
                        more(&app).await;
                    }
                    assert_eq!(seen, want, "{actor} {base}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_goes_on_for_its_caller_its_listing_and_its_filter_alone() {
    let app = TestApp::builder().without_warming().build().await;
    app.clock.advance(Duration::from_secs(1));
    more(&app).await;
    let owner = app.as_("owner");
    let body = json!({"url": "https://hooks.example/x", "domain_ids": ["shared.example"]});
    let other = owner.post("/v1/webhooks", body).await.with(201);
    let other = other["webhook"]["id"].as_str().unwrap();
    let other = format!("/v1/webhooks/{other}/deliveries");
    for (path, rows, filter) in lists(&app) {
        let base = format!("{path}?limit=1");
        let first = owner.get(&base).await.with(200);
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = owner
            .get(&format!("{base}&cursor={cursor}"))
            .await
            .with(200);
        let all = owner.get(&path).await.with(200);
        assert_eq!(
            [ids(&first, rows), ids(&second, rows)].concat(),
            ids(&all, rows)[..2]
        );
        assert_eq!(second["total"], all["total"]);
        // Rows are skipped from where the cursor goes on.
        let skipped = owner
            .get(&format!("{base}&offset=1&cursor={cursor}"))
            .await
            .with(200);
        assert_eq!(
            ids(&skipped, rows),
            ids(&all, rows).get(2..3).unwrap_or_default()
        );
        let filtered = ("owner", format!("{base}&{filter}"));
        let by_others =
            ["admin", "key_org_by_owner", "member_rw"].map(|actor| (actor, base.clone()));
        let paths = lists(&app).map(|(path, ..)| path);
        let elsewhere = paths.iter().chain([&other]).filter(|other| **other != path);
        let elsewhere = elsewhere.map(|other| ("owner", format!("{other}?limit=1")));
        for (actor, at) in elsewhere.chain(by_others).chain([filtered]) {
            let refused = app
                .as_(actor)
                .get(&format!("{at}&cursor={cursor}"))
                .await
                .with(400);
            let why = "is not one of this listing and these filters";
            assert_eq!(
                refused["error"]["fields"],
                json!({"cursor": why}),
                "{actor} {at}"
            );
        }
        for bad in ["AAAA", "%C3%A9", &cursor[1..], &format!("{cursor}AAAA")] {
            let refused = owner.get(&format!("{base}&cursor={bad}")).await;
            let said = (refused.status.as_u16(), refused.fields());
            assert_eq!(said, (400, vec!["cursor".to_owned()]), "{base} {bad}");
        }
    }
}

#[tokio::test]
async fn a_cursor_tells_nothing_of_a_webhook_that_is_hidden() {
    let app = TestApp::new().await;
    let member = app.as_("member_rw");
    for query in ["", "?cursor=AAAA"] {
        let at = |id: &str| format!("/v1/webhooks/{id}/deliveries{query}");
        let hidden = member.get(&at(&app.world().closed.webhook)).await;
        let unknown = member
            .get(&at("5f0c4f5e-7d0a-4c3e-9b43-000000000000"))
            .await;
        assert_eq!(hidden.status, 404, "{query}");
        assert_eq!(hidden.comparable(), unknown.comparable(), "{query}");
    }
}
