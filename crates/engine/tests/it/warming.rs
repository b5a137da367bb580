//! Goal: a new domain's limits follow what comes of its mail, day by day, to the end.
//! Method: real mail to a server that refuses some of it, two engines where it matters, and a clock
//! that is moved by weeks.

use std::time::Duration;

use postscale_engine::Workers;
use postscale_model::{Counts, WarmingPhase, WarmingPlan};
use postscale_testkit::on_both_engines;
use serde_json::{Value as Json, json};

use crate::instance::Instance;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
const AT: &str = "/v1/domains/shared.example/warming";
const JUDGED: &str = "SELECT CAST(w.day / 86400000000 AS BIGINT) AS c FROM warming_plans w \
     JOIN domains d ON d.id = w.domain_id WHERE d.name = 'shared.example'";

async fn post(instance: &Instance, what: &str, body: Json) -> Json {
    let key = instance.app.as_("key_org_by_owner");
    key.post(&format!("{AT}/{what}"), body).await.with(200)
}

async fn get(instance: &Instance, what: &str) -> Json {
    let key = instance.app.as_("key_org_by_owner");
    key.get(&format!("{AT}{what}")).await.with(200)
}

/// Three recipients on a day, of whom one may not exist, and waits for what came of it.
async fn send(instance: &Instance, last: &str) {
    instance.send(&["one@far.example", "two@far.example"]).await;
    instance.app.clock.advance(MINUTE);
    instance.send(&[last]).await;
    let waiting = "SELECT COUNT(*) AS c FROM email_recipients WHERE next_attempt_at IS NOT NULL";
    let settled = async || (instance.number(waiting).await == 0).then_some(());
    instance.until("everything is settled", settled).await;
}

/// Lets so many days pass, and waits until the plan speaks of the new one.
async fn days_pass(instance: &Instance, days: u32) {
    instance.pass(DAY * days).await;
    let today = instance.now().micros().div_euclid(86_400_000_000);
    let judged = async || (instance.number(JUDGED).await == today).then_some(());
    instance.until("the days are judged", judged).await;
}

/// The days of the history that led to something.
fn events(history: &Json) -> Vec<(usize, &str)> {
    let days = history["history"].as_array().unwrap().iter().enumerate();
    days.filter_map(|(number, day)| Some((number, day["event"].as_str()?)))
        .collect()
}

fn limits(history: &Json) -> Vec<u64> {
    let days = history["history"].as_array().unwrap().iter();
    days.map(|day| day["daily_limit"].as_u64().unwrap())
        .collect()
}

on_both_engines! {
    async fn a_new_domain_is_warmed_through_all_its_phases(database) {
        let instance = Instance::new(database).await;
        post(&instance, "start", json!({})).await;
        let running = instance.start();
        for day in 0..66 {
            match day {
                5 | 6 => send(&instance, "nobody@far.example").await,
                38..=44 => instance.app.clock.advance(MINUTE),
                _ => send(&instance, "three@far.example").await,
            }
            if day == 65 {
                let last = get(&instance, "").await;
                assert_eq!((&last["phase"], &last["days_in_current_phase"]), (&json!("phase_4"), &json!(13)));
                let warmed = json!({"phase": "warmed", "daily_limit": 1_000_000_000, "held": false, "event": "warmed"});
                assert_eq!(last["tomorrow"], warmed);
            }
            instance.app.clock.advance(DAY - MINUTE);
            days_pass(&instance, 0).await;
        }
        let now = get(&instance, "").await;
        assert_eq!(now["phase"], "warmed");
        assert_eq!(now["remaining_today"], 1_000_000_000 - now["today_sent"].as_u64().unwrap());
        let history = get(&instance, "/history").await;
        let mut want = vec![(0, "started"), (5, "held"), (6, "held"), (7, "released"), (16, "advanced"), (30, "advanced")];
        want.extend((44..=50).map(|day| (day, "waited")));
        want.extend([(51, "advanced"), (65, "warmed")]);
        assert_eq!(events(&history), want);
        let limits = limits(&history);
        assert_eq!(limits[..9], [50, 65, 84, 110, 142, 185, 92, 46, 185]);
        assert_eq!((limits[16], limits[17], limits[30], limits[31]), (1_500, 2_000, 10_000, 15_000));
        assert_eq!((limits[44], limits[51], limits[52], limits[65], limits.len()), (60_000, 60_000, 100_000, 200_000, 66));
        let fifth = &history["history"][5];
        assert_eq!((&fifth["sent"], &fifth["delivered"], &fifth["bounced"]), (&json!(3), &json!(2), &json!(1)));
        assert_eq!(fifth["bounce_rate"], 0.3333);
        let many: Vec<String> = (0..40).map(|n| format!("r{n}@far.example")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        instance.send(&many).await;
        running.stop().await;
    }

    async fn a_paused_domain_keeps_its_limit_and_goes_on_when_it_is_resumed(database) {
        let mut instance = Instance::new(database).await;
        post(&instance, "start", json!({})).await;
        let maintenance = Workers { maintenance: true, ..Workers::NONE };
        let running = instance.start_only(maintenance);
        days_pass(&instance, 3).await;
        let paused = post(&instance, "pause", json!({})).await;
        assert_eq!((&paused["paused"], &paused["current_limits"]["daily_limit"]), (&json!(true), &json!(110)));
        days_pass(&instance, 5).await;
        let still = get(&instance, "").await;
        assert_eq!((&still["days_in_current_phase"], &still["remaining_today"]), (&json!(3), &json!(110)));
        post(&instance, "resume", json!({})).await;
        days_pass(&instance, 1).await;
        let on = get(&instance, "").await;
        assert_eq!((&on["days_in_current_phase"], &on["paused"], &on["remaining_today"]), (&json!(4), &json!(false), &json!(142)));
        running.stop().await;
        let history = get(&instance, "/history").await;
        assert_eq!(events(&history), [(0, "started"), (3, "paused"), (8, "resumed")]);
        assert_eq!(limits(&history), [50, 65, 84, 110, 110, 110, 110, 110, 110, 142]);
    }

    async fn days_without_a_node_are_made_up_for_once_by_however_many(database) {
        let mut instance = Instance::new(database).await;
        post(&instance, "start", json!({"phase": "phase_2"})).await;
        instance.app.clock.advance(40 * DAY);
        let maintenance = Workers { maintenance: true, ..Workers::NONE };
        let running = [instance.start_only(maintenance), instance.start_only(maintenance), instance.start()];
        days_pass(&instance, 0).await;
        for one in running {
            one.stop().await;
        }
        let mut plan = WarmingPlan::begun(WarmingPhase::Phase2, instance.now());
        let mut want = Vec::new();
        for _ in 0..41 {
            want.push(plan.allowance().daily);
            plan = plan.next(&Counts::default(), &Counts::default()).0;
        }
        let history = get(&instance, "/history").await;
        assert_eq!(limits(&history), want);
        let found = get(&instance, "").await;
        assert_eq!((&found["phase"], &found["days_in_current_phase"]), (&json!("phase_2"), &json!(40)));
        assert_eq!(found["obstacles"], json!(["volume"]));
    }
}
