//! `/v1/domains/{domain}/warming`
//!
//! Goal: owners see what may be sent, members change what is theirs to change, and nobody gets one
//! recipient beyond a limit, however many ask at once.
//! Method: a domain in its first days, on both engines, and a clock that is moved.

use std::{collections::BTreeSet, time::Duration};

use http::Method;
use postscale_testkit::{
    Answer, Client, Presented, TestApp, database::TestDatabase, on_both_engines,
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::refuses;

pub(super) const AT: &str = "/v1/domains/shared.example/warming";

fn message(recipients: usize) -> Value {
    let to: Vec<String> = (0..recipients)
        .map(|n| format!("r{n}@far.example"))
        .collect();
    json!({"from": "ann@shared.example", "to": to, "subject": "x", "text_body": "x"})
}

pub(super) async fn start(app: &TestApp, who: &str, body: Value) -> Answer {
    app.as_(who).post(&format!("{AT}/start"), body).await
}

pub(super) async fn found(app: &TestApp) -> Value {
    app.as_("key_org_readcap").get(AT).await.with(200)
}

async fn send(client: &Client, recipients: usize) -> Answer {
    client.post("/v1/send", message(recipients)).await
}

#[tokio::test]
async fn a_domain_tells_where_it_stands() {
    let app = TestApp::new().await;
    let none = found(&app).await;
    assert_eq!(
        (&none["phase"], &none["remaining_today"]),
        (&json!("not_started"), &json!(0))
    );
    start(&app, "member_rw", json!({})).await.with(200);
    send(&app.as_("key_rw"), 2).await.with(202);
    app.clock.advance(Duration::from_secs(60));
    let mut found = found(&app).await;
    // What the seeded message counts for is not this test's business.
    for name in ["last_seven_days", "domain_id", "tomorrow", "obstacles"] {
        assert!(found.as_object_mut().unwrap().remove(name).is_some());
    }
    assert_eq!(
        found,
        json!({
            "domain": "shared.example",
            "phase": "phase_1",
            "warming_started_at": "2027-01-15T08:00:00Z",
            "phase_started_at": "2027-01-15T08:00:00Z",
            "days_in_current_phase": 0,
            "phase_days": 14,
            "current_limits": {"daily_limit": 50, "hourly_limit": 10, "per_minute_limit": 2},
            "today_sent": 2,
            "this_hour_sent": 2,
            "remaining_today": 48,
            "remaining_this_hour": 8,
            "paused": false,
            "paused_at": null,
            "held": false,
            "enforced": true,
            "provider_shares": {},
            "provider_limits": [],
            "provider_waiting": 0,
        })
    );
    let history = app
        .as_("member_read")
        .get(&format!("{AT}/history?days=7"))
        .await
        .with(200);
    assert_eq!(
        (&history["days"], &history["domain"]),
        (&json!(7), &json!("shared.example"))
    );
    let day = &history["history"][0];
    assert_eq!(
        (&day["date"], &day["phase"], &day["daily_limit"]),
        (&json!("2027-01-15"), &json!("phase_1"), &json!(50))
    );
    assert_eq!(day["event"], "started");
}

#[tokio::test]
async fn a_limit_that_is_reached_is_told_as_the_contract_says() {
    let app = TestApp::new().await;
    start(&app, "owner", json!({})).await.with(200);
    let key = app.as_("key_rw");
    send(&key, 2).await.with(202);
    let before = app.dump();
    app.clock.advance(Duration::from_millis(10_500));
    let answer = send(&key, 1).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.headers["retry-after"], "50");
    assert_eq!(
        answer.json(),
        json!({
            "error": "rate_limit_exceeded",
            "message": "per-minute sending limit of 2 recipients reached",
            "limit_type": "minute",
            "limit": 2,
            "used": 2,
            "retry_after_seconds": 50,
            "warming_phase": "phase_1",
        })
    );
    assert_eq!(
        app.dump(),
        before,
        "a refused message left something behind"
    );
    for _ in 0..24 {
        app.clock.advance(Duration::from_secs(1_800));
        send(&key, 2).await.with(202);
    }
    app.clock.advance(Duration::from_secs(60));
    let answer = send(&key, 1).await;
    assert_eq!(answer.status, 429);
    let told = answer.json();
    assert_eq!(
        (&told["limit_type"], &told["limit"], &told["used"]),
        (&json!("daily"), &json!(50), &json!(50))
    );
    assert_eq!(
        told["message"],
        "daily sending limit of 50 recipients reached"
    );
    let seconds = told["retry_after_seconds"].as_u64().unwrap();
    assert_eq!(answer.headers["retry-after"], seconds.to_string());
    app.clock.advance(Duration::from_secs(seconds - 1));
    assert_eq!(send(&key, 1).await.status, 429);
    app.clock.advance(Duration::from_secs(1));
    send(&key, 1).await.with(202);
}

#[tokio::test]
async fn only_owners_and_admins_leap_ahead() {
    let app = TestApp::new().await;
    for who in ["member_rw", "key_rw"] {
        for ahead in [json!({"skip": true}), json!({"phase": "phase_2"})] {
            let before = app.dump();
            let answer = start(&app, who, ahead).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code()),
                (403, "forbidden".to_owned()),
                "{who}"
            );
            assert_eq!(app.dump(), before);
        }
    }
    let there = start(&app, "admin", json!({"phase": "phase_3"}))
        .await
        .with(200);
    assert_eq!(
        (&there["phase"], &there["remaining_today"]),
        (&json!("phase_3"), &json!(15_000))
    );
    let back = start(&app, "member_rw", json!({"phase": "phase_2"}))
        .await
        .with(200);
    assert_eq!(back["current_limits"]["daily_limit"], 2_000);
    // What goes on already goes on.
    let same = start(&app, "member_rw", json!({})).await.with(200);
    assert_eq!(same, back);
    let warmed = start(&app, "key_org_by_owner", json!({"skip": true}))
        .await
        .with(200);
    assert_eq!(
        warmed["current_limits"],
        json!({"daily_limit": 1_000_000_000, "hourly_limit": 1_000_000_000, "per_minute_limit": 1_000_000_000})
    );
    assert_eq!(warmed["tomorrow"]["phase"], "warmed");
    send(&app.as_("key_rw"), 40).await.with(202);
    let again = start(&app, "member_rw", json!({"phase": "phase_1"}))
        .await
        .with(200);
    assert_eq!(again["phase"], "phase_1");
    assert_eq!(send(&app.as_("key_rw"), 3).await.status, 429);
}

#[tokio::test]
async fn people_pause_and_resume_and_the_log_says_who() {
    let app = TestApp::new().await;
    let writer = app.as_("member_rw");
    let post = async |what: &str| writer.post(&format!("{AT}/{what}"), json!({})).await;
    for what in ["pause", "resume"] {
        let answer = post(what).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (409, "conflict".to_owned())
        );
    }
    post("start").await.with(200);
    let paused = post("pause").await.with(200);
    assert_eq!(
        (&paused["paused"], &paused["paused_at"]),
        (&json!(true), &json!("2027-01-15T08:00:00Z"))
    );
    let once = app.dump();
    post("pause").await.with(200);
    assert_eq!(app.dump(), once, "pausing what is paused changes nothing");
    let resumed = post("resume").await.with(200);
    assert_eq!(
        (&resumed["paused"], &resumed["paused_at"]),
        (&json!(false), &json!(null))
    );
    let log = app
        .as_("owner")
        .get("/v1/audit?action=warming.*")
        .await
        .with(200);
    let entries = log["entries"].as_array().unwrap().iter();
    let told: Vec<_> = entries
        .map(|entry| {
            (
                entry["action"].as_str().unwrap(),
                entry["target"]["label"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("warming.resumed", "shared.example"),
            ("warming.paused", "shared.example"),
            ("warming.started", "shared.example"),
        ]
    );
    assert_eq!(
        log["entries"][2]["after"],
        json!({"phase": "phase_1", "paused": false})
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_names_its_field() {
    let app = TestApp::new().await;
    let owner = app.as_("key_org_by_owner");
    let path = format!("{AT}/start");
    let cases = [
        (json!({"phase": "phase_5"}), "invalid_request", "phase"),
        (json!({"phase": "warmed"}), "invalid_request", "phase"),
        (json!({"phase": "not_started"}), "invalid_request", "phase"),
        (
            json!({"phase": "phase_1", "skip": true}),
            "invalid_request",
            "phase",
        ),
        (json!({"fast": true}), "unknown_field", "fast"),
    ];
    refuses(&app, &owner, (Method::POST, &path), &cases).await;
    for days in ["0", "401", "x", "99999"] {
        let answer = owner.get(&format!("{AT}/history?days={days}")).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fields()),
            (400, vec!["days".to_owned()]),
            "{days}"
        );
    }
    let inbound = json!({"type": "inbound"});
    app.as_("owner")
        .put("/v1/domains/shared.example", inbound)
        .await
        .with(200);
    let answer = owner.post(&path, json!({})).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code()),
        (403, "domain_not_ready".to_owned())
    );
}

#[tokio::test]
async fn warming_begins_by_itself_when_the_first_record_is_seen() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let new = json!({"domain": "new.example", "type": "outbound"});
    owner.post("/v1/domains", new).await.with(201);
    let at = "/v1/domains/new.example";
    let look = async || {
        owner
            .post(&format!("{at}/verify"), json!({}))
            .await
            .with(200)
    };
    let phase = async || owner.get(&format!("{at}/warming")).await.with(200)["phase"].take();
    look().await;
    assert_eq!(phase().await, "not_started");
    let dns = owner.get(&format!("{at}/dns")).await.with(200);
    let spf = dns["records"]
        .as_array()
        .unwrap()
        .iter()
        .find(|record| record["purpose"] == "spf")
        .unwrap();
    app.dns.set_txt(
        spf["name"].as_str().unwrap(),
        spf["value"].as_str().unwrap(),
    );
    assert_eq!(look().await["spf_verified"], true);
    assert_eq!(phase().await, "phase_1");
}

#[tokio::test]
async fn an_instance_may_hold_nobody_to_limits() {
    let app = TestApp::builder().without_warming().build().await;
    start(&app, "owner", json!({})).await.with(200);
    send(&app.as_("key_rw"), 40).await.with(202);
    let found = found(&app).await;
    assert_eq!(
        (&found["phase"], &found["enforced"]),
        (&json!("phase_1"), &json!(false))
    );
    assert_eq!(found["current_limits"]["daily_limit"], 1_000_000_000);
}

#[tokio::test]
async fn a_member_sees_nothing_of_the_warming_of_other_domains() {
    let app = TestApp::new().await;
    start(&app, "owner", json!({})).await.with(200);
    let hidden: BTreeSet<_> = {
        let member = app.as_("member_hidden");
        let mut answers = BTreeSet::new();
        for domain in ["shared.example", "absent.example", "foreign.example"] {
            for what in ["", "/history"] {
                let answer = member
                    .get(&format!("/v1/domains/{domain}/warming{what}"))
                    .await;
                answers.insert((answer.status.as_u16(), answer.body.clone()));
            }
        }
        answers
    };
    assert_eq!(hidden.len(), 1, "{hidden:?}");
}

/// A key for tests of an owner.
async fn test_key(app: &TestApp) -> Presented {
    let body = json!({"name": "CI", "environment": "test"});
    let made = app.as_("owner").post("/v1/api-keys", body).await.with(201);
    Presented::Key(made["secret"].as_str().unwrap().to_owned())
}

on_both_engines! {
    async fn those_who_send_at_once_get_every_place_once_and_tests_take_none(database) {
        let app = app(database).await;
        let test = app.presenting(test_key(&app).await);
        send(&test, 40).await.with(202);
        let mut tasks = JoinSet::new();
        for _ in 0..64 {
            let client = app.as_("key_rw");
            tasks.spawn(async move { send(&client, 1).await.status.as_u16() });
        }
        let mut statuses = tasks.join_all().await;
        statuses.sort_unstable();
        let mut want = vec![202; 2];
        want.resize(64, 429);
        assert_eq!(statuses, want);
        let found = found(&app).await;
        assert_eq!((&found["today_sent"], &found["remaining_today"]), (&json!(2), &json!(48)));
    }
}

async fn app(database: &TestDatabase) -> TestApp {
    let app = TestApp::builder().database(database).build().await;
    start(&app, "owner", json!({})).await.with(200);
    app
}
