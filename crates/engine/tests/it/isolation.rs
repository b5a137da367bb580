//! Goal: what cannot be worked on stops nothing else (security.md M19).
//! Method: one row of each queue is broken behind the program's back, beside rows that are not.

use std::time::Duration;

use postscale_store::{
    job::{self, NewJob},
    params,
};
use postscale_testkit::on_both_engines;
use serde_json::json;

use crate::{endpoint::Endpoint, instance::Instance};

const STATES: &str = "SELECT address || ' ' || status AS c FROM email_recipients WHERE status <> 'canceled' ORDER BY address";

on_both_engines! {
    async fn a_message_that_cannot_be_read_holds_up_no_other(database) {
        let instance = Instance::new(database).await;
        let broken = instance.send(&["ann@far.example"]).await;
        let bodiless = instance.send(&["bob@far.example"]).await;
        instance.send(&["carol@far.example"]).await;
        instance.run("UPDATE emails SET header_from = 'nobody' WHERE id = $1", &params![broken.as_str()]).await;
        instance.run("DELETE FROM email_bodies WHERE email_id = $1", &params![bodiless.as_str()]).await;
        let running = instance.start();
        instance.until_texts(STATES, &["ann@far.example sending", "bob@far.example deferred", "carol@far.example delivered"]).await;
        running.stop().await;
    }

    async fn a_key_that_cannot_be_opened_holds_up_no_other_domain(database) {
        let instance = Instance::new(database).await;
        instance.send(&["ann@far.example"]).await;
        let body = json!({"from": "a@foreign.example", "to": ["bob@far.example"], "subject": "x", "text_body": "x"});
        instance.app.as_("other_org_owner").post("/v1/send", body).await.with(202);
        let sql = "UPDATE dkim_keys SET private_key = $1 WHERE domain_id = (SELECT id FROM domains WHERE name = 'shared.example')";
        instance.run(sql, &params![vec![0_u8; 64]]).await;
        let running = instance.start();
        instance.until_texts(STATES, &["ann@far.example deferred", "bob@far.example delivered"]).await;
        running.stop().await;
        assert!(instance.sink.message_to("ann@far.example").is_none(), "nothing leaves unsigned");
    }

    async fn a_job_nobody_knows_holds_up_no_other_and_is_given_up(database) {
        let instance = Instance::new(database).await;
        let mut tx = instance.app.app.store.write().await.unwrap();
        let unknown = NewJob {
            id: instance.app.app.sources.id(),
            kind: "fly_to_the_moon",
            key: "1".to_owned(),
            payload: json!({}),
            due_at: instance.now(),
        };
        job::enqueue(&mut tx, &unknown, instance.now()).await.unwrap();
        tx.commit().await.unwrap();
        let new = json!({"domain": "new.example", "type": "inbound"});
        instance.owner().post("/v1/domains", new).await.with(201);
        let running = instance.start();
        instance.pass(Duration::from_secs(30)).await;
        let looked = "SELECT CASE WHEN last_dns_check IS NULL THEN 'no' ELSE 'yes' END AS c FROM domains WHERE name = 'new.example'";
        instance.until_texts(looked, &["yes"]).await;
        for attempt in 1..=7 {
            // Later than now, and not a lease of five minutes.
            let now = instance.now().micros();
            let tried = format!(
                "SELECT 'tried' AS c FROM jobs WHERE kind = 'fly_to_the_moon' AND attempts = {attempt} AND due_at > {now} AND due_at <> {}",
                now + 300_000_000,
            );
            instance.until_texts(&tried, &["tried"]).await;
            instance.pass(Duration::from_secs(3 * 3600)).await;
        }
        instance.until_texts("SELECT kind AS c FROM jobs", &["verify_domain"]).await;
        running.stop().await;
    }

    async fn a_received_message_without_its_octets_holds_up_no_other(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        instance.endpoint(&endpoint.url(), &["email.received"]).await;
        instance.alias(json!({"address": "bad", "action": "webhook"})).await;
        instance.alias(json!({"address": "odd", "action": "webhook"})).await;
        instance.alias(json!({"address": "good", "action": "webhook"})).await;
        for to in ["bad@shared.example", "odd@shared.example", "good@shared.example"] {
            instance.receive("bob@far.example", &[to], "From: bob@far.example\r\n\r\nhi\r\n").await;
        }
        instance.run("DELETE FROM inbound_bodies WHERE inbound_email_id IN (SELECT id FROM inbound_emails WHERE envelope_recipient LIKE 'bad@%')", &[]).await;
        instance.run("UPDATE inbound_emails SET spf = 'perhaps' WHERE envelope_recipient LIKE 'odd@%'", &[]).await;
        let running = instance.start();
        let told = "SELECT i.envelope_recipient || ' ' || v.status AS c FROM webhook_deliveries v JOIN inbound_emails i ON i.id = v.email_id \
             ORDER BY i.envelope_recipient";
        instance.until_texts(told, &["bad@shared.example retrying", "good@shared.example delivered"]).await;
        running.stop().await;
        assert_eq!(endpoint.posted().len(), 1);
    }

    async fn an_endpoint_that_answers_nothing_holds_up_no_other(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        // Takes connections, and that is all.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        instance.endpoint(&url, &["email.delivered"]).await;
        instance.endpoint(&endpoint.url(), &["email.delivered"]).await;
        let running = instance.start();
        for _ in 0..20 {
            instance.send(&["ann@far.example"]).await;
        }
        instance.until("every post", async || (endpoint.posted().len() == 20).then_some(())).await;
        drop(silent);
        running.stop().await;
    }
}
