//! Goal: received mail goes when its plan does not keep it any longer, and never before it is done with.
//! Method: two plans, messages of three kinds of unfinished work, and a clock that is moved.

use std::{collections::BTreeMap, time::Duration};

use postscale_engine::Workers;
use postscale_model::{Plan, Plans};
use postscale_testkit::on_both_engines;
use serde_json::json;

use crate::{endpoint::Endpoint, instance::Instance};

const DAY: Duration = Duration::from_secs(24 * 3600);
const KEPT: &str = "SELECT subject AS c FROM inbound_emails WHERE envelope_sender = 'bob@far.example' ORDER BY subject";
const RETENTION: Workers = Workers {
    deliver: false,
    webhooks: false,
    verify: false,
    reports: false,
    maintenance: true,
};

async fn receive(instance: &Instance, to: &str, subject: &str, lines: usize) {
    let text = "0123456789abcdef\r\n".repeat(lines);
    let message = format!("From: bob@far.example\r\nSubject: {subject}\r\n\r\n{text}");
    instance.receive("bob@far.example", &[to], &message).await;
}

async fn blobs(instance: &Instance) -> Vec<String> {
    instance
        .texts("SELECT blob AS c FROM inbound_bodies WHERE blob IS NOT NULL")
        .await
}

on_both_engines! {
    async fn every_plan_keeps_mail_for_its_own_time(database) {
        let mut instance = Instance::new(database).await;
        let short = Plan { retention_days: 3, ..Plan::UNLIMITED };
        let plans = BTreeMap::from([("short".to_owned(), short)]);
        instance.plans = Plans::new(plans, "unlimited").unwrap();
        instance.run("UPDATE domains SET catch_all_enabled = TRUE", &[]).await;
        instance.run("UPDATE organizations SET plan = 'short' WHERE name = 'Acme'", &[]).await;
        receive(&instance, "x@shared.example", "short", 10_000).await;
        receive(&instance, "x@foreign.example", "long", 1).await;
        instance.run("UPDATE inbound_emails SET next_attempt_at = NULL", &[]).await;
        let blob = blobs(&instance).await.remove(0);
        let running = instance.start_only(RETENTION);
        instance.pass(3 * DAY - Duration::from_secs(60)).await;
        receive(&instance, "x@shared.example", "young", 1).await;
        instance.pass(Duration::from_secs(120)).await;
        instance.until_texts(KEPT, &["long", "young"]).await;
        instance.until("the blob is gone", async || {
            instance.app.app.blobs.get(&blob).await.unwrap().is_none().then_some(())
        }).await;
        instance.pass(27 * DAY).await;
        // Not processed yet, so it stays however old it is.
        instance.until_texts(KEPT, &["young"]).await;
        instance.run("UPDATE inbound_emails SET next_attempt_at = NULL", &[]).await;
        instance.pass(Duration::from_secs(1)).await;
        instance.until_texts(KEPT, &[]).await;
        running.stop().await;
    }

    async fn work_that_is_not_finished_keeps_its_message(database) {
        let mut instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.endpoint(&endpoint.url(), &["email.received"]).await;
        instance.alias(json!({"address": "hook", "action": "webhook"})).await;
        instance.alias(json!({"address": "away", "action": "forward", "forward_to": ["ann@shared.example"]})).await;
        receive(&instance, "hook@shared.example", "told", 1).await;
        receive(&instance, "away@shared.example", "forwarded", 1).await;
        let all = instance.settings.workers;
        let running = instance.start_only(Workers { maintenance: false, webhooks: false, ..all });
        let waiting = "SELECT i.subject AS c FROM inbound_emails i WHERE i.next_attempt_at IS NULL AND i.subject <> 'An offer' ORDER BY i.subject";
        instance.until_texts(waiting, &["forwarded", "told"]).await;
        running.stop().await;
        instance.run("UPDATE email_recipients SET next_attempt_at = 1", &[]).await;
        let running = instance.start_only(RETENTION);
        instance.pass(40 * DAY).await;
        receive(&instance, "hook@shared.example", "witness", 1).await;
        instance.run("UPDATE inbound_emails SET next_attempt_at = NULL, received_at = 1 WHERE subject = 'witness'", &[]).await;
        instance.pass(Duration::from_secs(1)).await;
        instance.until_texts(KEPT, &["forwarded", "told"]).await;
        instance.run("UPDATE email_recipients SET next_attempt_at = NULL", &[]).await;
        instance.run("UPDATE webhook_deliveries SET next_attempt_at = NULL", &[]).await;
        instance.pass(Duration::from_secs(1)).await;
        instance.until_texts(KEPT, &[]).await;
        running.stop().await;
    }
}
