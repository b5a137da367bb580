//! Goal: an endpoint hears of every event, signed, until it says that it has heard.
//! Method: an HTTP server of the test; what it got is compared with what the API says of it.

use std::time::Duration;

use aws_lc_rs::hmac;
use postscale_store::params;
use postscale_testkit::on_both_engines;
use serde_json::json;

use crate::{
    endpoint::{Endpoint, Posted},
    instance::Instance,
};

const STATES: &str = "SELECT status || ' ' || (SELECT COUNT(*) FROM webhook_attempts a WHERE a.delivery_id = v.id) AS c \
     FROM webhook_deliveries v ORDER BY event, created_at, id";
/// `"1 500 "`: try, status, error.
const TRIES: &str = "SELECT attempt || ' ' || COALESCE(CAST(status_code AS TEXT), '-') || ' ' || COALESCE(error, '') AS c \
     FROM webhook_attempts ORDER BY attempt";

impl Instance {
    /// An endpoint at a URL, whether or not it could be made there; returns its secret.
    pub async fn endpoint(&self, url: &str, events: &[&str]) -> String {
        let body = json!({"url": "https://hooks.example/", "events": events});
        let made = self.owner().post("/v1/webhooks", body).await.with(201);
        let id = made["webhook"]["id"].as_str().unwrap();
        let sql = "UPDATE webhooks SET url = $1 WHERE id = $2";
        self.run(sql, &params![url, id]).await;
        made["secret"].as_str().unwrap().to_owned()
    }

    /// How long until the only open delivery is due.
    pub async fn until_due(&self) -> Duration {
        let sql = "SELECT MIN(next_attempt_at) AS c FROM webhook_deliveries";
        let due = self.number(sql).await - self.now().micros();
        Duration::from_micros(due.try_into().unwrap())
    }
}

fn is_signed(posted: &Posted, secret: &str) -> bool {
    let signature = posted.header("x-postscale-signature");
    let (time, signatures) = signature.split_once(',').unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let text = format!("{time}.{}", posted.body);
    signatures.split(',').any(|one| {
        let tag = hex::decode(one.strip_prefix("v1=").unwrap()).unwrap();
        hmac::verify(&key, text.as_bytes(), &tag).is_ok()
    })
}

on_both_engines! {
    async fn an_endpoint_is_told_of_what_it_wants_to_hear_and_can_check_who_speaks(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        let secret = instance.endpoint(&endpoint.url(), &["email.delivered", "email.bounced"]).await;
        let running = instance.start();
        let id = instance.send(&["ann@far.example", "nobody@far.example"]).await;
        instance.until_texts(STATES, &["delivered 1", "delivered 1"]).await;
        running.stop().await;
        let mut posted = endpoint.posted();
        posted.sort_by_key(|posted| posted.json()["event"].to_string());
        assert_eq!(posted.len(), 2);
        for posted in &posted {
            assert!(is_signed(posted, &secret), "{posted:?}");
            assert!(!is_signed(posted, "whsec_other"));
            assert_eq!(posted.header("content-type"), "application/json");
            assert_eq!(posted.header("x-postscale-attempt"), "1");
            assert_eq!(posted.header("x-postscale-event"), posted.json()["event"].as_str().unwrap());
            assert_eq!(posted.json()["email_id"], id.as_str());
        }
        let (bounced, delivered) = (posted[0].json(), posted[1].json());
        assert_eq!((&bounced["to"], &bounced["bounce_type"]), (&json!("nobody@far.example"), &json!("hard")));
        assert_eq!(bounced["reason"], "550 5.1.1 no such user");
        assert_eq!((&delivered["to"], &delivered["mx_host"]), (&json!("ann@far.example"), &json!("mx.far.example")));
        let ids: Vec<_> = posted.iter().map(|posted| posted.header("x-postscale-delivery-id").to_owned()).collect();
        assert_ne!(ids[0], ids[1]);
    }

    async fn an_endpoint_that_is_away_is_told_again_by_schedule_and_then_no_more(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        endpoint.answer(&[500, 404, 503, 500, 500, 500, 500]);
        instance.endpoint(&endpoint.url(), &["email.delivered"]).await;
        let running = instance.start();
        instance.send(&["ann@far.example"]).await;
        for (attempt, minutes) in (1_u32..).zip([1, 10, 60, 180, 540, 1440]) {
            instance.until_texts(STATES, &[&format!("retrying {attempt}")]).await;
            let (wait, delay) = (instance.until_due().await, Duration::from_secs(minutes * 60));
            assert!(wait >= delay && wait <= delay * 11 / 10, "{attempt}: {wait:?}");
            instance.pass(wait).await;
        }
        instance.until_texts(STATES, &["failed 7"]).await;
        instance.pass(Duration::from_secs(7 * 24 * 3600)).await;
        running.stop().await;
        let posted = endpoint.posted();
        let attempts: Vec<_> = posted.iter().map(|posted| posted.header("x-postscale-attempt")).collect();
        assert_eq!(attempts, ["1", "2", "3", "4", "5", "6", "7"]);
        assert!(posted.iter().all(|one| one.body == posted[0].body), "the same event each time");
        let tries = instance.texts(TRIES).await;
        assert_eq!(tries, ["1 500 ", "2 404 ", "3 503 ", "4 500 ", "5 500 ", "6 500 ", "7 500 "]);
    }

    async fn an_endpoint_that_comes_back_is_told(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        endpoint.answer(&[500]);
        instance.endpoint(&endpoint.url(), &["email.delivered"]).await;
        let running = instance.start();
        instance.send(&["ann@far.example"]).await;
        instance.until_texts(STATES, &["retrying 1"]).await;
        instance.pass(instance.until_due().await).await;
        instance.until_texts(STATES, &["delivered 2"]).await;
        running.stop().await;
    }

    async fn redirects_are_not_followed(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        endpoint.answer(&[302, 307]);
        instance.endpoint(&endpoint.url(), &["email.delivered"]).await;
        let running = instance.start();
        instance.send(&["ann@far.example"]).await;
        instance.until_texts(STATES, &["retrying 1"]).await;
        instance.pass(instance.until_due().await).await;
        instance.until_texts(STATES, &["retrying 2"]).await;
        running.stop().await;
        let paths: Vec<_> = endpoint.posted().into_iter().map(|posted| posted.path).collect();
        assert_eq!(paths, ["/hook", "/hook"]);
        assert_eq!(instance.texts(TRIES).await, ["1 302 ", "2 307 "]);
    }

    async fn during_a_rotation_both_secrets_sign(database) {
        let instance = Instance::new(database).await;
        let endpoint = Endpoint::start().await;
        let old = instance.endpoint(&endpoint.url(), &["email.delivered"]).await;
        let ids = instance.texts("SELECT id AS c FROM webhooks").await;
        let rotated = instance.owner().post(&format!("/v1/webhooks/{}/rotate", ids[0]), json!({})).await.with(200);
        let new = rotated["secret"].as_str().unwrap();
        let running = instance.start();
        instance.send(&["ann@far.example"]).await;
        instance.until_texts(STATES, &["delivered 1"]).await;
        instance.pass(Duration::from_secs(48 * 3600)).await;
        instance.send(&["ann@far.example"]).await;
        instance.until_texts(STATES, &["delivered 1", "delivered 1"]).await;
        running.stop().await;
        let posted = endpoint.posted();
        assert!(is_signed(&posted[0], new) && is_signed(&posted[0], &old));
        assert!(is_signed(&posted[1], new) && !is_signed(&posted[1], &old));
    }
}
