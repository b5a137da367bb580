//! Goal: keys change and mail goes on being signed, without anybody looking after it.
//! Method: keys are rotated through the API; the zone and the clock change while the engine runs, and
//! the signatures of what arrives are read.

use std::time::Duration;

use postscale_engine::Workers;
use postscale_testkit::on_both_engines;
use serde_json::{Value, json};

use crate::instance::Instance;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
const AT: &str = "/v1/domains/shared.example/dkim";
const QUEUE: &str = "SELECT r.address || ' ' || r.status || ' ' || r.attempts AS c \
     FROM email_recipients r WHERE r.status <> 'canceled' ORDER BY r.address";

/// Selectors and states. A key outlives any session.
async fn keys(instance: &Instance) -> Vec<(String, String)> {
    let listed = instance.app.as_("key_org_by_owner").get(AT).await.with(200);
    let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    let keys = listed["keys"].as_array().unwrap().iter();
    let mut keys: Vec<_> = keys
        .map(|key| (text(key, "selector"), text(key, "status")))
        .collect();
    keys.sort();
    keys
}

async fn until_keys(instance: &Instance, want: &[(&str, &str)]) {
    let want: Vec<_> = want
        .iter()
        .map(|(s, state)| ((*s).to_owned(), (*state).to_owned()))
        .collect();
    instance
        .until(&format!("{want:?}"), async || {
            (keys(instance).await == want).then_some(())
        })
        .await;
}

/// The selectors that sign a message sent now.
async fn signed_by(instance: &Instance) -> Vec<String> {
    let before = instance.sink.taken().len();
    instance.send(&["ann@far.example"]).await;
    let message = instance
        .until("the message", async || {
            let taken = instance.sink.taken();
            (taken.len() > before).then(|| taken.last().unwrap().2.clone())
        })
        .await;
    let head = message.split("\r\n\r\n").next().unwrap();
    let fields = head.matches("DKIM-Signature:").count();
    let mut names: Vec<String> = head
        .split("\r\n")
        .filter_map(|line| line.trim_start().strip_prefix("s="))
        .map(|rest| rest.split(';').next().unwrap().to_owned())
        .collect();
    assert_eq!(fields, names.len(), "{head}");
    names.sort();
    names
}

async fn publish(instance: &Instance, record: &Value) {
    let text = |name: &str| record[name].as_str().unwrap();
    instance.app.dns.set_txt(text("name"), text("value"));
}

/// Lets time pass until the next job of that kind is due.
async fn pass_until(instance: &Instance, kind: &str) -> Duration {
    let due = format!("SELECT MIN(due_at) AS c FROM jobs WHERE kind = '{kind}'");
    let due = instance.number(&due).await;
    let wait = Duration::from_micros((due - instance.now().micros()).max(0).try_into().unwrap());
    instance.pass(wait).await;
    wait
}

/// Lets time pass until the record of a new key is looked for, and that look end without it.
async fn look_again(instance: &Instance) -> Duration {
    let wait = pass_until(instance, "watch_dkim_key").await;
    // While it is under way the job's instant is its lease.
    let promised = format!(
        "SELECT COUNT(*) AS c FROM jobs WHERE kind = 'watch_dkim_key' AND attempts = 0 AND due_at > {}",
        instance.now().micros()
    );
    instance
        .until("the look", async || {
            (instance.number(&promised).await == 1).then_some(())
        })
        .await;
    wait
}

async fn told(instance: &Instance) -> Vec<String> {
    instance
        .texts("SELECT recipient AS c FROM system_emails ORDER BY recipient")
        .await
}

on_both_engines! {
    async fn mail_is_signed_before_during_and_after_a_rotation(database) {
        let instance = Instance::new(database).await;
        let running = instance.start();
        assert_eq!(signed_by(&instance).await, ["s1"]);
        let body = json!({"old_selector": "s1", "new_selector": "s2"});
        let at = format!("{AT}/rotate");
        let rotated = instance.owner().post(&at, body).await.with(200);
        assert_eq!((&rotated["key"]["status"], &rotated["key"]["replaces"]), (&json!("pending"), &json!("s1")));
        assert_eq!(signed_by(&instance).await, ["s1"]);
        // Looked for soon and again; nothing is there, nothing changes.
        for minutes in [1, 1, 2, 5] {
            let wait = look_again(&instance).await;
            let pause = MINUTE * minutes;
            assert!(wait >= pause && wait <= pause * 11 / 10, "{wait:?}");
        }
        until_keys(&instance, &[("s1", "active"), ("s2", "pending")]).await;
        instance.app.dns.servfail("s2._domainkey.shared.example");
        look_again(&instance).await;
        assert_eq!(signed_by(&instance).await, ["s1"]);
        instance.app.dns.mend("s2._domainkey.shared.example");
        publish(&instance, &rotated["dns_record"]).await;
        pass_until(&instance, "watch_dkim_key").await;
        until_keys(&instance, &[("s1", "retiring"), ("s2", "active")]).await;
        assert_eq!(signed_by(&instance).await, ["s2"]);
        // The old record is asked for, but nothing hangs on it any more.
        let key = instance.app.as_("key_org_by_owner");
        let dns = key.get("/v1/domains/shared.example/dns").await.with(200);
        let old = dns["records"].as_array().unwrap().iter();
        let old: Vec<_> = old.filter(|r| r["name"] == "s1._domainkey.shared.example").collect();
        assert_eq!((old.len(), &old[0]["required"]), (1, &json!(false)));
        let wait = pass_until(&instance, "retire_dkim_key").await;
        assert!(wait > DAY * 6 && wait <= DAY * 7, "{wait:?}");
        until_keys(&instance, &[("s1", "inactive"), ("s2", "active")]).await;
        assert_eq!(signed_by(&instance).await, ["s2"]);
        running.stop().await;
        let left = instance.number("SELECT COUNT(*) AS c FROM dkim_keys WHERE LENGTH(private_key) = 0 AND selector = 's1'").await;
        assert_eq!(left, 1, "the private half is gone");
        let log = "SELECT action || ' ' || target_label || ' ' || actor_kind AS c FROM audit_entries WHERE action LIKE 'dkim.%' ORDER BY at, action, target_label";
        assert_eq!(instance.texts(log).await, [
            "dkim.generated s2._domainkey.shared.example user",
            "dkim.rotated s1._domainkey.shared.example user",
            "dkim.rotated s1._domainkey.shared.example system",
            "dkim.verified s2._domainkey.shared.example system",
            "dkim.deactivated s1._domainkey.shared.example system",
        ]);
    }

    async fn an_rsa_and_an_ed25519_key_sign_together(database) {
        let instance = Instance::new(database).await;
        let body = json!({"selector": "e1", "algorithm": "ed25519"});
        let made = instance.owner().post(AT, body).await.with(200);
        publish(&instance, &made["dns_record"]).await;
        let running = instance.start();
        assert_eq!(signed_by(&instance).await, ["s1"]);
        let at = format!("{AT}/e1/verify");
        let seen = instance.owner().post(&at, json!({})).await.with(200);
        assert_eq!((&seen["verified"], &seen["key"]["status"]), (&json!(true), &json!("active")));
        assert_eq!(signed_by(&instance).await, ["e1", "s1"]);
        let owner = instance.owner();
        owner.delete(&format!("{AT}/s1")).await.with(200);
        assert_eq!(signed_by(&instance).await, ["e1"], "a key out of use signs nothing that still waits");
        running.stop().await;
    }

    async fn a_domain_that_wants_it_rotates_by_itself_and_people_are_told(database) {
        let mut instance = Instance::new(database).await;
        let change = json!({"dkim_rotation_days": 30});
        instance.owner().put("/v1/domains/shared.example", change).await.with(200);
        let running = instance.start_only(Workers { verify: true, ..Workers::NONE });
        pass_until(&instance, "rotate_dkim").await;
        until_keys(&instance, &[("s1", "active")]).await;
        assert!(told(&instance).await.is_empty());
        instance.pass(DAY * 30).await;
        let new = instance.until("a successor", async || {
            let keys = keys(&instance).await;
            keys.iter().find(|(selector, _)| selector != "s1").map(|(selector, _)| selector.clone())
        }).await;
        assert!(new.starts_with("ps20270214"), "{new}");
        until_keys(&instance, &[(&new, "pending"), ("s1", "active")]).await;
        let people = told(&instance).await;
        assert_eq!(people, ["admin@people.example", "member_rw@people.example", "owner@people.example"]);
        // Nobody publishes it: nothing changes, and people are told once more.
        for _ in 0..9 {
            instance.pass(DAY).await;
            let busy = format!("SELECT COUNT(*) AS c FROM jobs WHERE attempts > 0 OR due_at <= {}", instance.now().micros());
            instance.until("the day's work", async || (instance.number(&busy).await == 0).then_some(())).await;
        }
        assert_eq!(told(&instance).await.len(), people.len() * 2);
        until_keys(&instance, &[(&new, "pending"), ("s1", "active")]).await;
        let domain = instance.app.as_("key_org_by_owner").get("/v1/domains/shared.example").await.with(200);
        assert_eq!(domain["verified"], true);
        let off = json!({"dkim_rotation_days": null});
        instance.app.as_("key_org_by_owner").put("/v1/domains/shared.example", off).await.with(200);
        pass_until(&instance, "rotate_dkim").await;
        instance.until_texts("SELECT id AS c FROM jobs WHERE kind = 'rotate_dkim'", &[]).await;
        running.stop().await;
    }

    async fn a_paused_domain_holds_its_mail_until_it_is_resumed(database) {
        let instance = Instance::new(database).await;
        instance.send(&["ann@far.example"]).await;
        let set = async |active: bool| {
            let change = json!({"active": active});
            instance.app.as_("key_org_by_owner").put("/v1/domains/shared.example", change).await.with(200);
        };
        set(false).await;
        let running = instance.start();
        let held = format!("SELECT COUNT(*) AS c FROM email_recipients WHERE status = 'queued' AND attempts = 0 AND next_attempt_at > {}", instance.now().micros());
        instance.until("the pause", async || (instance.number(&held).await == 1).then_some(())).await;
        // However long it lasts, no try counts.
        for _ in 0..10 {
            instance.pass(DAY).await;
            let held = format!("SELECT COUNT(*) AS c FROM email_recipients WHERE status = 'queued' AND attempts = 0 AND next_attempt_at > {}", instance.now().micros());
            instance.until("the pause", async || (instance.number(&held).await == 1).then_some(())).await;
        }
        assert!(instance.sink.taken().is_empty());
        set(true).await;
        instance.until_texts(QUEUE, &["ann@far.example delivered 1"]).await;
        running.stop().await;
    }
}
