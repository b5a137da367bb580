//! Goal: a provider gets no more than its share of a new sender's mail, nothing is lost or tried for
//! it meanwhile, and what waits leaves as soon as it may.
//! Method: recipients whose MX is Google's by name and a server of the test by address, and a clock
//! that is moved to the next day.

use std::time::Duration;

use postscale_model::WarmingLimits;
use postscale_testkit::on_both_engines;
use serde_json::{Value as Json, json};

use crate::instance::Instance;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const AT: &str = "/v1/domains/shared.example/warming";
const STATES: &str = "SELECT r.address || ' ' || r.status || ' ' || r.attempts || ' ' || COALESCE(r.provider_place, '-') AS c \
     FROM email_recipients r WHERE r.status <> 'canceled' ORDER BY r.address";

/// A domain on its first day, of which Google gets so many percent.
async fn warming(instance: &Instance, percent: u8) {
    instance
        .app
        .dns
        .set_mx("gmail.example", 5, "gmail-smtp-in.l.google.com");
    let here = [127, 0, 0, 1].into();
    instance.app.dns.set_a("gmail-smtp-in.l.google.com", here);
    for domain in ["shared.example", "closed.example"] {
        let at = format!("/v1/domains/{domain}/warming/start");
        let key = instance.app.as_("key_org_by_owner");
        key.post(&at, json!({})).await.with(200);
    }
    share(instance, AT, json!({"google": percent})).await;
}

async fn share(instance: &Instance, at: &str, shares: Json) -> Json {
    let key = instance.app.as_("key_org_by_owner");
    let body = json!({"provider_shares": shares});
    key.patch(at, body).await.with(200)
}

/// A message, and a minute for the next one.
async fn send(instance: &Instance, to: &[&str]) {
    instance.send(to).await;
    instance.app.clock.advance(MINUTE);
}

async fn told(instance: &Instance, what: &str) -> Json {
    let key = instance.app.as_("key_org_by_owner");
    key.get(AT).await.with(200)[what].take()
}

async fn used(instance: &Instance) -> Json {
    told(instance, "provider_limits").await
}

on_both_engines! {
    async fn what_is_beyond_a_share_waits_untried_for_the_next_day(database) {
        let instance = Instance::new(database).await;
        warming(&instance, 4).await;
        send(&instance, &["a@gmail.example", "b@gmail.example"]).await;
        send(&instance, &["c@gmail.example", "d@far.example"]).await;
        let running = instance.start();
        let (a, b) = ("a@gmail.example delivered 1 taken", "b@gmail.example delivered 1 taken");
        let waiting = [a, b, "c@gmail.example queued 0 awaited", "d@far.example delivered 1 -"];
        instance.until_texts(STATES, &waiting).await;
        assert_eq!(used(&instance).await, json!([{"provider": "google", "share": 4, "daily_limit": 2, "used_today": 2}]));
        assert_eq!(told(&instance, "provider_waiting").await, 1);
        instance.pass(12 * HOUR).await;
        send(&instance, &["e@far.example"]).await;
        let (d, e) = ("d@far.example delivered 1 -", "e@far.example delivered 1 -");
        instance.until_texts(STATES, &[a, b, waiting[2], d, e]).await;
        instance.pass(4 * HOUR).await;
        instance.until_texts(STATES, &[a, b, "c@gmail.example delivered 1 taken", d, e]).await;
        running.stop().await;
        assert_eq!(used(&instance).await[0]["used_today"], 1);
        assert_eq!(told(&instance, "provider_waiting").await, 0);
        let deferred = "SELECT COUNT(*) AS c FROM email_events WHERE event_type = 'deferred'";
        assert_eq!(instance.number(deferred).await, 0);
    }

    async fn what_waits_leaves_when_its_share_is_raised_or_lifted_or_warming_ends(database) {
        let instance = Instance::new(database).await;
        warming(&instance, 2).await;
        let running = instance.start();
        send(&instance, &["a@gmail.example", "b@gmail.example"]).await;
        let one_waits = "SELECT provider_place AS c FROM email_recipients WHERE provider_place = 'awaited' AND status = 'queued'";
        instance.until_texts(one_waits, &["awaited"]).await;
        let (a, b) = ("a@gmail.example delivered 1 taken", "b@gmail.example delivered 1 taken");
        share(&instance, AT, json!({"google": 4})).await;
        instance.until_texts(STATES, &[a, b]).await;
        send(&instance, &["c@gmail.example"]).await;
        instance.until_texts(one_waits, &["awaited"]).await;
        share(&instance, AT, json!({})).await;
        let c = "c@gmail.example delivered 1 -";
        instance.until_texts(STATES, &[a, b, c]).await;
        share(&instance, AT, json!({"google": 4})).await;
        send(&instance, &["d@gmail.example"]).await;
        instance.until_texts(one_waits, &["awaited"]).await;
        let key = instance.app.as_("key_org_by_owner");
        key.post(&format!("{AT}/start"), json!({"skip": true})).await.with(200);
        instance.until_texts(STATES, &[a, b, c, "d@gmail.example delivered 1 -"]).await;
        running.stop().await;
    }

    async fn a_place_is_kept_while_a_server_puts_off_and_waiting_ends_no_life(database) {
        let instance = Instance::new(database).await;
        warming(&instance, 2).await;
        let running = instance.start();
        send(&instance, &["later@gmail.example"]).await;
        instance.until_texts(STATES, &["later@gmail.example deferred 1 taken"]).await;
        send(&instance, &["later+2@gmail.example"]).await;
        let second = "later+2@gmail.example queued 0 awaited";
        instance.until_texts(STATES, &[second, "later@gmail.example deferred 1 taken"]).await;
        instance.pass(HOUR).await;
        instance.until_texts(STATES, &[second, "later@gmail.example deferred 2 taken"]).await;
        assert_eq!(used(&instance).await[0]["used_today"], 1);
        running.stop().await;
        instance.run("UPDATE email_recipients SET next_attempt_at = NULL, status = 'canceled' WHERE provider_place = 'taken'", &[]).await;
        instance.run("UPDATE email_recipients SET address = 'later@gmail.example' WHERE provider_place = 'awaited'", &[]).await;
        instance.app.clock.advance(7 * 24 * HOUR);
        let running = instance.start();
        instance.until_texts(STATES, &["later@gmail.example deferred 1 taken"]).await;
        running.stop().await;
    }

    async fn domains_do_not_share_their_shares_and_forwarded_mail_needs_none(database) {
        let instance = Instance::new(database).await;
        warming(&instance, 2).await;
        let key = instance.app.as_("key_org_by_owner");
        let alias = json!({"address": "info", "forward_to": ["y@gmail.example", "z@gmail.example"]});
        instance.alias(alias).await;
        instance.run("UPDATE forward_targets SET confirmed_at = created_at", &[]).await;
        instance.run("DELETE FROM system_emails", &[]).await;
        let running = instance.start();
        send(&instance, &["a@gmail.example", "b@gmail.example"]).await;
        let message = "From: bob@far.example\r\nTo: info@shared.example\r\nSubject: x\r\n\r\nx\r\n";
        instance.receive("bob@far.example", &["info@shared.example"], message).await;
        share(&instance, "/v1/domains/closed.example/warming", json!({"google": 2})).await;
        let body = json!({"from": "ann@closed.example", "to": ["c@gmail.example"], "subject": "x", "text_body": "x"});
        key.post("/v1/send", body).await.with(202);
        let delivered = "SELECT address || ' ' || COALESCE(provider_place, '-') AS c FROM email_recipients \
                         WHERE status = 'delivered' AND address LIKE '%@gmail.example' ORDER BY address";
        let first = "SELECT COUNT(*) AS c FROM email_recipients WHERE provider_place = 'taken'";
        instance.until("two took places", async || (instance.number(first).await == 2).then_some(())).await;
        let a_or_b = instance.texts("SELECT address AS c FROM email_recipients WHERE provider_place = 'awaited'").await;
        let sent = if a_or_b == ["b@gmail.example"] { "a@gmail.example taken" } else { "b@gmail.example taken" };
        instance.until_texts(delivered, &[sent, "c@gmail.example taken", "y@gmail.example -", "z@gmail.example -"]).await;
        running.stop().await;
        assert_eq!(a_or_b.len(), 1);
    }

    async fn an_instance_that_holds_nobody_to_limits_holds_nobody_to_shares_nor_who_waited(database) {
        let mut instance = Instance::new(database).await;
        warming(&instance, 2).await;
        let running = instance.start();
        send(&instance, &["a@gmail.example", "b@gmail.example"]).await;
        let states = "SELECT provider_place || ' ' || status AS c FROM email_recipients WHERE provider_place IS NOT NULL ORDER BY 1";
        instance.until_texts(states, &["awaited queued", "taken delivered"]).await;
        running.stop().await;
        instance.settings.warming = WarmingLimits::Ignored;
        let running = instance.start();
        let delivered = "SELECT address || ' ' || status AS c FROM email_recipients WHERE address LIKE '%@gmail.example' ORDER BY 1";
        let a_and_b = ["a@gmail.example delivered", "b@gmail.example delivered"];
        instance.until_texts(delivered, &a_and_b).await;
        send(&instance, &["c@gmail.example"]).await;
        instance.until_texts(delivered, &[a_and_b[0], a_and_b[1], "c@gmail.example delivered"]).await;
        assert_eq!(told(&instance, "provider_waiting").await, 0);
        running.stop().await;
    }
}
