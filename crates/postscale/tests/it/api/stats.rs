//! `GET /v1/stats`, `GET /v1/domains/{domain}/stats` and what is below it
//!
//! Goal: the shapes clients know, every day and hour there, rates as documented, and sums only of what
//! the caller sees.
//! Method: the seeded world, in which every domain sent one message when it began, and some more.

use std::time::Duration;

use http::Method;
use postscale_testkit::{Presented, TestApp, on_both_engines};
use serde_json::{Value, json};

use super::refuses;

const SEEDED: &str = "2027-01-15";

fn at(app: &TestApp, rest: &str) -> String {
    format!("/v1/domains/{}/stats{rest}", app.shared().domain)
}

async fn send(app: &TestApp, who: &str, from: &str, tags: &[&str], recipients: usize) {
    let to: Vec<String> = (0..recipients)
        .map(|n| format!("r{n}@far.example"))
        .collect();
    let message = json!({"from": format!("ann@{from}"), "to": to, "subject": "x", "text_body": "x", "tags": tags});
    app.as_(who).post("/v1/send", message).await.with(202);
}

/// What a list tells of one thing.
fn row<'a>(stats: &'a Value, name: &str, value: &str) -> &'a Value {
    let rows = stats["stats"].as_array().unwrap();
    rows.iter().find(|row| row[name] == value).unwrap()
}

async fn lines(app: &TestApp, body: Value) -> Vec<String> {
    let answer = app.as_("key_rw").post(&at(app, "/exports"), body).await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    let text = String::from_utf8(answer.body).unwrap();
    text.lines().map(str::to_owned).collect()
}

on_both_engines! {
    async fn a_domain_is_summed_up_in_the_shape_clients_know(database) {
        let app = TestApp::builder().database(database).build().await;
        app.clock.advance(Duration::from_secs(2 * 3600));
        send(&app, "key_rw", "shared.example", &[], 3).await;
        let told = app.as_("key_rw_readcap").get(&at(&app, "")).await.with(200);
        assert_eq!(told, json!({
            "domain_id": app.shared().domain,
            "domain": "shared.example",
            "period_days": 7,
            "metrics": {
                "period_days": 7,
                "total_sent": 4, "total_delivered": 0, "total_bounced": 0, "total_hard_bounce": 0,
                "total_deferred": 0, "total_complaints": 0, "total_opened": 0, "total_clicked": 0,
                "total_received": 0,
                "delivery_rate": 0.0, "bounce_rate": 0.0, "hard_bounce_rate": 0.0, "complaint_rate": 0.0,
                "open_rate": 0.0, "click_rate": 0.0,
            },
            "today_sent": 4,
            "this_hour_sent": 3,
        }));
        app.clock.advance(Duration::from_secs(7 * 24 * 3600));
        let later = app.as_("key_rw_readcap").get(&at(&app, "")).await.with(200);
        assert_eq!((&later["metrics"]["total_sent"], &later["today_sent"]), (&json!(0), &json!(0)));
        let more = app.as_("key_rw_readcap").get(&at(&app, "?days=1000")).await.with(200);
        assert_eq!((&more["metrics"]["total_sent"], &more["period_days"]), (&json!(4), &json!(90)));
    }

    async fn every_day_and_hour_is_there_the_earliest_first(database) {
        let app = TestApp::builder().database(database).build().await;
        app.clock.advance(Duration::from_secs(24 * 3600));
        send(&app, "key_rw", "shared.example", &[], 2).await;
        let daily = app.as_("key_org_readcap").get(&at(&app, "/daily")).await.with(200);
        assert_eq!((&daily["days"], &daily["domain"]), (&json!(30), &json!("shared.example")));
        let days = daily["stats"].as_array().unwrap();
        assert_eq!(days.len(), 30);
        assert_eq!((&days[0]["date"], &days[0]["sent"]), (&json!("2026-12-18"), &json!(0)));
        assert_eq!((&days[29]["date"], &days[29]["sent"]), (&json!("2027-01-16"), &json!(2)));
        assert_eq!(row(&daily, "date", SEEDED)["sent"], 1);
        let mut ids: Vec<&str> = days.iter().map(|day| day["id"].as_str().unwrap()).collect();
        assert!(ids.iter().all(|id| id.len() == 36));
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 30);
        let again = app.as_("key_org_by_owner").get(&at(&app, "/daily?days=2")).await.with(200);
        assert_eq!(again["stats"].as_array().unwrap(), &days[28..], "a day is the same, with its id");
        let hourly = app.as_("key_rw").get(&at(&app, "/hourly")).await.with(200);
        let hours = hourly["stats"].as_array().unwrap();
        assert_eq!((&hourly["hours"], hours.len()), (&json!(24), 24));
        assert_eq!((&hours[23]["hour"], &hours[23]["sent"]), (&json!("2027-01-16T08:00:00Z"), &json!(2)));
        let week = app.as_("key_rw").get(&at(&app, "/hourly?hours=999")).await.with(200);
        assert_eq!(week["stats"].as_array().unwrap().len(), 168);
        assert_eq!(row(&week, "hour", "2027-01-15T08:00:00Z")["sent"], 1);
    }

    async fn tags_are_counted_apart_and_nothing_reached_a_provider_yet(database) {
        let app = TestApp::builder().database(database).build().await;
        send(&app, "key_rw", "shared.example", &["news", "=may"], 2).await;
        send(&app, "key_rw", "shared.example", &["news"], 3).await;
        let tags = app.as_("member_read").get(&at(&app, "/tags?limit=1")).await.with(200);
        assert_eq!((&tags["days"], tags["stats"].as_array().unwrap().len()), (&json!(30), 1));
        assert_eq!((&tags["stats"][0]["tag"], &tags["stats"][0]["sent"]), (&json!("news"), &json!(5)));
        let isps = app.as_("member_read").get(&at(&app, "/isp")).await.with(200);
        assert_eq!(isps["stats"], json!([]));
        let written = lines(&app, json!({"by": "tag"})).await;
        // The world's own message has a tag as well.
        assert_eq!(written.len(), 1 + 3);
        assert!(written[0].starts_with("tag,sent,delivered,bounced,"), "{}", written[0]);
        assert!(written[1].starts_with("news,5,0,"), "{}", written[1]);
        assert!(written[2].starts_with("'=may,2,0,"), "{}", written[2]);
    }

    async fn figures_are_written_into_a_file_and_the_log_knows(database) {
        let app = TestApp::builder().database(database).build().await;
        send(&app, "key_rw", "shared.example", &[], 2).await;
        let days = lines(&app, json!({})).await;
        assert_eq!(days.len(), 1 + 30);
        assert_eq!(days[30], "2027-01-15,3,0,0,0,0,0,0,0,0,0.0000,0.0000,0.0000,0.0000,0.0000,0.0000");
        assert_eq!(lines(&app, json!({"by": "hour", "hours": 3})).await.len(), 1 + 3);
        assert_eq!(lines(&app, json!({"by": "isp", "days": 900})).await.len(), 1);
        let log = app.as_("owner").get("/v1/audit?action=export.created").await.with(200);
        assert_eq!(log["total"], 3);
        let entry = &log["entries"][0];
        assert_eq!((&entry["target"]["kind"], &entry["target"]["id"]), (&json!("domain"), &json!(app.shared().domain)));
        assert_eq!(entry["after"], json!({"stats": {"by": "isp", "count": 90}}));
    }

    async fn everybody_is_told_the_sum_of_what_they_see(database) {
        let app = TestApp::builder().database(database).build().await;
        send(&app, "key_rw", "shared.example", &[], 2).await;
        send(&app, "owner", "closed.example", &[], 4).await;
        for (who, sent, domains) in [
            ("owner", 3 + 5, vec!["closed.example", "shared.example"]),
            ("key_org_readcap", 3 + 5, vec!["closed.example", "shared.example"]),
            ("member_read", 3, vec!["shared.example"]),
            ("key_rw", 3, vec!["shared.example"]),
            ("member_hidden", 0, vec![]),
            ("other_org_owner", 1, vec!["foreign.example"]),
        ] {
            let told = app.as_(who).get("/v1/stats?days=2").await.with(200);
            assert_eq!(told["metrics"]["total_sent"], sent, "{who}");
            assert_eq!((&told["today_sent"], &told["this_hour_sent"]), (&json!(sent), &json!(sent)), "{who}");
            assert_eq!(told["stats"].as_array().unwrap().len(), 2);
            assert_eq!(told["stats"][1]["sent"], sent);
            let seen: Vec<&str> = told["domains"].as_array().unwrap().iter().map(|it| it["domain"].as_str().unwrap()).collect();
            assert_eq!(seen, domains, "{who}");
        }
    }

    async fn what_test_keys_send_counts_nothing(database) {
        let app = TestApp::builder().database(database).build().await;
        let before = app.as_("owner").get("/v1/stats").await.with(200);
        let body = json!({"name": "CI", "environment": "test"});
        let made = app.as_("owner").post("/v1/api-keys", body).await.with(201);
        let test = app.presenting(Presented::Key(made["secret"].as_str().unwrap().to_owned()));
        let message = json!({"from": "ann@shared.example", "to": ["a@far.example"], "subject": "x", "text_body": "x", "tags": ["t"]});
        assert_eq!(test.post("/v1/send", message).await.with(202)["environment"], "test");
        assert_eq!(app.as_("owner").get("/v1/stats").await.with(200), before);
        let tags = app.as_("owner").get(&at(&app, "/tags")).await.with(200);
        assert!(tags["stats"].as_array().unwrap().iter().all(|row| row["tag"] != "t"));
    }

    async fn a_period_that_makes_no_sense_is_refused(database) {
        let app = TestApp::builder().database(database).build().await;
        for path in ["?days=0", "?days=x", "/daily?days=-1", "/hourly?hours=0", "/isp?days=0", "/tags?limit=0"] {
            let answer = app.as_("member_read").get(&at(&app, path)).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_request"), "{path}");
        }
        assert_eq!(app.as_("owner").get("/v1/stats?days=0").await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_nothing_there_is_is_refused() {
    let app = TestApp::new().await;
    let path = at(&app, "/exports");
    let cases = [
        (json!({"by": "month"}), "invalid_request", "by"),
        (json!({"days": 0}), "invalid_request", "days"),
        (json!({"hours": 0}), "invalid_request", "hours"),
        (json!({"weeks": 1}), "unknown_field", "weeks"),
    ];
    refuses(&app, &app.as_("key_rw"), (Method::POST, &path), &cases).await;
}
