//! Goal: a domain becomes verified, and stops being so, without anybody asking.
//! Method: the domain is made through the API; its zone and the clock change.

use std::time::Duration;

use postscale_engine::Workers;
use postscale_testkit::{RecordType, on_both_engines};
use serde_json::{Value, json};

use crate::instance::Instance;

const VERIFY: Workers = Workers {
    verify: true,
    ..Workers::NONE
};
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

const LETTERS: &str = "SELECT recipient AS c FROM system_emails ORDER BY recipient";

/// What people were written.
async fn letters(instance: &Instance) -> Vec<String> {
    let mut tx = instance.app.app.store.read().await.unwrap();
    let sql = "SELECT body FROM system_emails ORDER BY created_at, recipient";
    let rows = tx.query(sql, &[]).await.unwrap();
    let text = |row: &postscale_store::Row| {
        String::from_utf8(row.blob("body").unwrap())
            .unwrap()
            .replace("=\r\n", "")
    };
    rows.iter().map(text).collect()
}

async fn make(instance: &Instance, name: &str) {
    let body = json!({"domain": name, "type": "inbound"});
    instance.owner().post("/v1/domains", body).await.with(201);
}

async fn domain(instance: &Instance, name: &str) -> Value {
    // A key outlives any session.
    let domain = instance
        .app
        .as_("key_org_by_owner")
        .get(&format!("/v1/domains/{name}"))
        .await;
    domain.with(200)
}

/// Publishes what the domain is asked for.
async fn publish(instance: &Instance, name: &str) {
    let got = instance
        .app
        .as_("key_org_by_owner")
        .get(&format!("/v1/domains/{name}/dns"))
        .await;
    let got = got.with(200);
    for record in got["records"].as_array().unwrap() {
        let text = |name: &str| record[name].as_str().unwrap();
        match text("type") {
            "TXT" => instance.app.dns.set_txt(text("name"), text("value")),
            "MX" => instance.app.dns.set_mx(text("name"), 10, text("value")),
            other => panic!("{other}"),
        }
    }
}

/// Seconds until the next look.
async fn wait(instance: &Instance) -> Duration {
    let due = instance.number("SELECT MIN(due_at) AS c FROM jobs").await;
    Duration::from_micros((due - instance.now().micros()).try_into().unwrap())
}

async fn looked(instance: &Instance, name: &str) {
    let now = instance.now().to_rfc3339();
    instance
        .until("a look", async || {
            let seen = domain(instance, name).await;
            (seen["last_dns_check"] == now.as_str()).then_some(())
        })
        .await;
}

/// A domain whose records were all seen by its first look.
async fn make_verified(instance: &Instance, name: &str) {
    make(instance, name).await;
    publish(instance, name).await;
    instance.pass(MINUTE / 2).await;
    looked(instance, name).await;
    assert_eq!(domain(instance, name).await["verified"], true);
}

fn about(wait: Duration, want: Duration) {
    assert!(
        wait >= want && wait <= want * 11 / 10,
        "{wait:?}, not {want:?}"
    );
}

/// A verified domain has a place within six hours, by its id. A look comes up to a tenth later to come
/// closer to it, and up to a tenth sooner when it is just past it.
fn about_six_hours(wait: Duration) {
    let (least, most) = (HOUR * 6 * 9 / 10, HOUR * 6 * 11 / 10);
    assert!(wait >= least && wait <= most, "{wait:?}, not six hours");
}

on_both_engines! {
    async fn a_new_domain_is_looked_up_until_it_is_verified_and_then_now_and_then(database) {
        let mut instance = Instance::new(database).await;
        let running = instance.start_only(VERIFY);
        make(&instance, "new.example").await;
        assert_eq!(wait(&instance).await, MINUTE / 2);
        instance.pass(MINUTE / 2).await;
        looked(&instance, "new.example").await;
        for minutes in [1, 2, 5] {
            let pause = wait(&instance).await;
            about(pause, MINUTE * minutes);
            instance.pass(pause).await;
            looked(&instance, "new.example").await;
        }
        assert_eq!(domain(&instance, "new.example").await["verified"], false);
        publish(&instance, "new.example").await;
        let pause = wait(&instance).await;
        about(pause, MINUTE * 15);
        instance.pass(pause).await;
        looked(&instance, "new.example").await;
        assert_eq!(domain(&instance, "new.example").await["verified"], true);
        about_six_hours(wait(&instance).await);
        running.stop().await;
    }

    async fn records_must_be_gone_for_three_days_before_that_counts(database) {
        let mut instance = Instance::new(database).await;
        let running = instance.start_only(VERIFY);
        make_verified(&instance, "gone.example").await;
        let look = async || {
            instance.pass(wait(&instance).await).await;
            looked(&instance, "gone.example").await;
            domain(&instance, "gone.example").await["verified"] == true
        };
        // Trouble with DNS says nothing, however long it lasts.
        instance.app.dns.servfail("gone.example");
        instance.pass(HOUR * 24 * 7).await;
        looked(&instance, "gone.example").await;
        assert!(look().await);
        instance.app.dns.mend("gone.example");
        instance.app.dns.remove("gone.example", RecordType::MX);
        assert!(look().await);
        let first = instance.now();
        while look().await {
            assert!(instance.now().since(first) < HOUR * 72);
        }
        assert!(instance.now().since(first) >= HOUR * 72);
        publish(&instance, "gone.example").await;
        assert!(look().await);
        let noted = "SELECT action AS c FROM audit_entries WHERE action LIKE 'domain.ver%' ORDER BY sequence";
        let noted = instance.texts(noted).await;
        assert_eq!(noted, ["domain.verified", "domain.verification_lost", "domain.verified"]);
        running.stop().await;
    }

    async fn who_looks_after_a_domain_is_told_that_it_is_lost_and_that_it_is_back(database) {
        let mut instance = Instance::new(database).await;
        let running = instance.start_only(VERIFY);
        make_verified(&instance, "gone.example").await;
        assert_eq!(instance.texts(LETTERS).await, [""; 0], "nobody is told what they wait for");
        instance.app.dns.remove("gone.example", RecordType::MX);
        let look = async || {
            instance.pass(wait(&instance).await).await;
            looked(&instance, "gone.example").await;
            domain(&instance, "gone.example").await["verified"] == true
        };
        while look().await {}
        let people = ["admin@people.example", "owner@people.example"];
        assert_eq!(instance.texts(LETTERS).await, people);
        let letter = &letters(&instance).await[0];
        assert!(letter.contains("Subject: gone.example is no longer verified"), "{letter}");
        assert!(letter.contains("another value: MX."), "{letter}");
        assert!(letter.contains("https://postscale.example/domains/"), "{letter}");
        // It is being worked on: looked at soon again, and told once.
        about(wait(&instance).await, MINUTE);
        assert!(!look().await);
        assert_eq!(instance.texts(LETTERS).await, people);
        publish(&instance, "gone.example").await;
        assert!(look().await);
        assert_eq!(instance.texts(LETTERS).await.len(), 4);
        let letters = letters(&instance).await.concat();
        assert!(letters.contains("Subject: gone.example is verified again"), "{letters}");
        running.stop().await;
    }

    async fn a_name_whose_proof_is_gone_goes_to_who_proves_it_now(database) {
        let mut instance = Instance::new(database).await;
        let running = instance.start_only(VERIFY);
        make_verified(&instance, "ours.example").await;
        let theirs = instance.app.as_("other_org_owner");
        let body = json!({"domain": "ours.example", "type": "inbound"});
        theirs.post("/v1/domains", body).await.with(201);
        let dns = theirs.get("/v1/domains/ours.example/dns").await.with(200);
        let proof = dns["records"][0]["value"].as_str().unwrap().to_owned();
        let at = "_postscale.ours.example";
        let claim = async || {
            instance.pass(MINUTE * 60).await;
            let now = instance.now().to_rfc3339();
            instance.until("a look", async || {
                let seen = theirs.get("/v1/domains/ours.example").await.with(200);
                (seen["last_dns_check"] == now.as_str()).then_some(())
            }).await;
            let seen = theirs.get("/v1/domains/ours.example").await.with(200);
            seen["verified"] == true
        };
        // Both proofs are there: who came first keeps it.
        instance.app.dns.add_txt(at, &proof);
        assert!(!claim().await);
        assert_eq!(domain(&instance, "ours.example").await["verified"], true);
        instance.app.dns.set_txt(at, &proof);
        assert!(claim().await);
        let lost = domain(&instance, "ours.example").await;
        assert_eq!((&lost["verified"], &lost["ownership_verified"]), (&json!(false), &json!(false)));
        assert_eq!(instance.texts(LETTERS).await, ["admin@people.example", "owner@people.example"]);
        let letter = &letters(&instance).await[0];
        assert!(letter.contains("Subject: ours.example was verified by somebody else"), "{letter}");
        // Of the others there is nothing in the log.
        let log = instance.owner().get("/v1/audit?action=domain.verification_lost").await.with(200);
        let entry = &log["entries"][0];
        assert_eq!(entry["actor"]["kind"], "system");
        assert_eq!(entry["after"]["taken_over"], true);
        assert!(!entry.to_string().contains("Umbrella"), "{entry}");
        running.stop().await;
    }

    async fn the_look_of_a_deleted_domain_ends(database) {
        let mut instance = Instance::new(database).await;
        make(&instance, "short.example").await;
        instance.owner().delete("/v1/domains/short.example").await.with(204);
        instance.pass(MINUTE).await;
        let running = instance.start_only(VERIFY);
        instance.until_texts("SELECT id AS c FROM jobs", &[]).await;
        running.stop().await;
    }
}
