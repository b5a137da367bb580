//! Goal: a rule that fits decides what happens to received mail, before its alias; what every
//! recipient refuses is refused while the sender waits and leaves nothing, what only some refuse is
//! thrown away for these.
//! Method: one rule of each kind, for the domain or one alias; messages handed to the intake.

use postscale_engine::intake::Intake;
use postscale_testkit::on_both_engines;
use serde_json::{Value, json};

use crate::{endpoint::Endpoint, instance::Instance};

const KEPT: &str = "SELECT envelope_recipient || ' ' || action || ' ' || status || ' ' || tags AS c FROM inbound_emails \
     WHERE envelope_sender = 'bob@far.example' ORDER BY envelope_recipient, action";
const HITS: &str = "SELECT name || ' ' || hits || ' ' || (last_hit_at IS NOT NULL) AS c FROM rules \
     WHERE hits > 0 ORDER BY name";
const TOLD: &str = "SELECT i.envelope_recipient || ' ' || w.url AS c FROM webhook_deliveries v \
     JOIN inbound_emails i ON i.id = v.email_id JOIN webhooks w ON w.id = v.webhook_id \
     ORDER BY i.envelope_recipient, w.url";

/// Makes a rule of `shared.example` that asks for words in the subject; returns its id.
async fn rule(instance: &Instance, subject: &str, mut body: Value) -> String {
    body["name"] = json!(subject);
    body["conditions"] = json!([{"field": "subject", "comparator": "contains", "value": subject}]);
    let made = instance
        .owner()
        .post("/v1/domains/shared.example/rules", body)
        .await
        .with(201);
    made["rule"]["id"].as_str().unwrap().to_owned()
}

async fn aliases(instance: &Instance, names: &[&str]) {
    for name in names {
        instance
            .alias(json!({"address": name, "action": "store"}))
            .await;
    }
}

fn message(subject: &str) -> String {
    format!(
        "From: Bob <bob@far.example>\r\nTo: x@shared.example\r\nSubject: {subject}\r\n\r\nHello.\r\n"
    )
}

async fn receive(instance: &Instance, subject: &str, to: &[&str]) -> Intake {
    let to: Vec<String> = to.iter().map(|it| format!("{it}@shared.example")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    instance
        .try_to_receive("bob@far.example", &to, &message(subject))
        .await
}

on_both_engines! {
    async fn each_action_does_what_it_is_called(database) {
        let instance = Instance::new(database).await;
        let (all, one) = (Endpoint::start().await, Endpoint::start().await);
        instance.endpoint(&all.url(), &["email.received"]).await;
        instance.endpoint(&one.url(), &["email.received"]).await;
        let sql = format!("SELECT id AS c FROM webhooks WHERE url = '{}'", one.url());
        let webhook = instance.texts(&sql).await.remove(0);
        aliases(&instance, &["info"]).await;
        instance.alias(json!({"address": "hook", "action": "webhook"})).await;
        rule(&instance, "drop me", json!({"action": "drop"})).await;
        rule(&instance, "keep me", json!({"action": "store"})).await;
        rule(&instance, "say it", json!({"action": "webhook", "action_config": {"webhook_id": webhook}})).await;
        rule(&instance, "mark it", json!({"action": "tag", "priority": 1, "action_config": {"tags": ["marked"]}})).await;
        let running = instance.start();
        for (subject, to) in [("drop me", "info"), ("keep me", "hook"), ("say it and mark it", "info"), ("Nothing", "info")] {
            assert_eq!(receive(&instance, subject, &[to]).await, Intake::Taken, "{subject}");
        }
        instance.until_texts(KEPT, &[
            "hook@shared.example store delivered []",
            "info@shared.example store delivered []",
            "info@shared.example webhook delivered [\"marked\"]",
        ]).await;
        let want = format!("info@shared.example {}", one.url());
        instance.until_texts(TOLD, &[&want]).await;
        running.stop().await;
        let hits = instance.texts(HITS).await;
        let names: Vec<_> = hits.iter().map(|hit| hit.rsplit_once(' ').unwrap().0).collect();
        assert_eq!(names, ["drop me 1", "keep me 1", "mark it 1", "say it 1"]);
    }

    async fn who_announced_to_a_webhook_that_is_deleted_tells_nobody_and_says_so(database) {
        let instance = Instance::new(database).await;
        let (all, one) = (Endpoint::start().await, Endpoint::start().await);
        instance.endpoint(&all.url(), &["email.received"]).await;
        instance.endpoint(&one.url(), &["email.received"]).await;
        let sql = format!("SELECT id AS c FROM webhooks WHERE url = '{}'", one.url());
        let webhook = instance.texts(&sql).await.remove(0);
        let alias = instance.alias(json!({"address": "info", "action": "webhook", "webhook_id": webhook})).await;
        instance.alias(json!({"address": "sales", "action": "webhook"})).await;
        let rule = rule(&instance, "say it", json!({"action": "webhook", "action_config": {"webhook_id": webhook}})).await;
        let (owner, at) = (instance.owner(), format!("/v1/webhooks/{webhook}"));
        let named = owner.get(&at).await.with(200);
        assert_eq!(named["named_by"], json!({"aliases": 1, "rules": 1}));
        assert!(owner.delete(&at).await.status.is_success());

        let running = instance.start();
        for (subject, to) in [("Nothing", "info"), ("say it", "sales"), ("Something", "sales")] {
            assert_eq!(receive(&instance, subject, &[to]).await, Intake::Taken, "{subject}");
        }
        instance.until_texts("SELECT status AS c FROM inbound_emails WHERE envelope_sender = 'bob@far.example'", &[
            "delivered"; 3
        ]).await;
        let told = format!("sales@shared.example {}", all.url());
        instance.until_texts(TOLD, &[&told]).await;
        running.stop().await;

        let alias = format!("/v1/aliases/{alias}");
        let rule = format!("/v1/domains/shared.example/rules/{rule}");
        let shown = owner.get(&alias).await.with(200);
        assert_eq!((&shown["alias"]["webhook_deleted"], &shown["alias"]["webhook_id"]), (&json!(true), &json!(webhook)));
        assert_eq!(owner.get(&rule).await.with(200)["rule"]["webhook_deleted"], true);
        // Saving the rest of it as it is has nobody else told; choosing all does.
        let same = json!({"webhook_id": webhook, "description": "x"});
        let saved = owner.patch(&alias, same).await.with(200);
        assert_eq!(saved["alias"]["webhook_id"], json!(webhook));
        let same = json!({"action_config": {"webhook_id": webhook}, "priority": 7});
        assert_eq!(owner.patch(&rule, same).await.with(200)["rule"]["webhook_deleted"], true);
        let everybody = owner.patch(&alias, json!({"webhook_id": null})).await.with(200);
        assert_eq!(everybody["alias"]["webhook_deleted"], false);
    }

    async fn what_everybody_refuses_leaves_nothing_but_the_count(database) {
        let instance = Instance::new(database).await;
        aliases(&instance, &["info", "sales"]).await;
        let text = json!({"action": "reject", "action_config": {"text": "No offers, please"}});
        rule(&instance, "offer", text).await;
        let refused = receive(&instance, "An offer", &["info", "sales"]).await;
        assert_eq!(refused, Intake::Rejected { text: Some("No offers, please".to_owned()) });
        assert!(instance.texts(KEPT).await.is_empty());
        let hits = "SELECT name || ' ' || hits AS c FROM rules WHERE hits > 0";
        assert_eq!(instance.texts(hits).await, ["offer 2"]);
        let used = instance.owner().get("/v1/usage/summary").await.with(200);
        assert_eq!(used["received"], 0);
        assert_eq!(instance.number("SELECT COUNT(*) AS c FROM system_emails").await, 0, "nobody is answered");
    }

    async fn what_only_some_refuse_is_thrown_away_for_these(database) {
        let instance = Instance::new(database).await;
        aliases(&instance, &["info"]).await;
        let sales = instance.alias(json!({"address": "sales", "action": "store"})).await;
        rule(&instance, "offer", json!({"action": "reject", "alias_id": sales})).await;
        let running = instance.start();
        assert_eq!(receive(&instance, "An offer", &["info", "sales"]).await, Intake::Taken);
        instance.until_texts(KEPT, &[
            "info@shared.example store delivered []",
            "sales@shared.example reject delivered []",
        ]).await;
        running.stop().await;
        let used = instance.owner().get("/v1/usage/summary").await.with(200);
        assert_eq!(used["received"], 1, "a copy nobody has counts nothing");
        let listed = instance.owner().get("/v1/inbound-emails?q=sales").await.with(200);
        let row = &listed["emails"][0];
        assert_eq!(row["action"], "reject");
        let at = format!("/v1/inbound-emails/{}", row["id"].as_str().unwrap());
        let email = instance.owner().get(&at).await.with(200)["email"].take();
        assert_eq!((&email["text"], &email["headers"]), (&Value::Null, &json!([])));
        let body = json!({"inbound_email_id": row["id"]});
        let tried = instance.owner().post("/v1/domains/shared.example/rules/test", body).await;
        assert_eq!((tried.status.as_u16(), tried.fields()), (400, vec!["inbound_email_id".to_owned()]));
    }

    async fn the_alias_has_its_say_first_and_priority_decides_among_equals(database) {
        let instance = Instance::new(database).await;
        let info = instance.alias(json!({"address": "info", "action": "store"})).await;
        aliases(&instance, &["sales"]).await;
        rule(&instance, "offer", json!({"action": "reject", "priority": -100})).await;
        rule(&instance, "an offer", json!({"action": "store", "priority": 900, "alias_id": info})).await;
        assert_eq!(receive(&instance, "An offer", &["info"]).await, Intake::Taken);
        assert_eq!(receive(&instance, "An offer", &["sales"]).await, Intake::Rejected { text: None });
        let paused = instance.owner();
        let listed = paused.get("/v1/domains/shared.example/rules").await.with(200);
        let names: Vec<_> = listed["rules"].as_array().unwrap().iter().map(|rule| rule["name"].clone()).collect();
        assert_eq!(names, ["an offer", "offer", "Newsletters"]);
        let at = format!("/v1/domains/shared.example/rules/{}", listed["rules"][1]["id"].as_str().unwrap());
        paused.patch(&at, json!({"enabled": false})).await.with(200);
        assert_eq!(receive(&instance, "An offer", &["sales"]).await, Intake::Taken);
    }

    async fn a_rule_sends_on_what_the_catch_all_takes(database) {
        let instance = Instance::new(database).await;
        let change = json!({"catch_all_enabled": true});
        instance.owner().put("/v1/domains/shared.example", change).await.with(200);
        let to = json!({"action": "forward", "action_config": {"forward_to": ["carol@far.example"]}});
        rule(&instance, "offer", to).await;
        let running = instance.start();
        // Nobody outside is forwarded to before they agree.
        assert_eq!(receive(&instance, "An offer", &["who"]).await, Intake::Taken);
        instance.until_texts(KEPT, &["who@shared.example forward failed []"]).await;
        instance.run("UPDATE forward_targets SET confirmed_at = created_at", &[]).await;
        instance.run("DELETE FROM inbound_emails", &[]).await;
        assert_eq!(receive(&instance, "An offer", &["ever"]).await, Intake::Taken);
        let copy = instance.until("a copy", async || {
            let taken = instance.sink.taken().into_iter();
            taken.map(|(_, _, message)| message).find(|message| message.contains("An offer"))
        }).await;
        assert!(copy.contains("ever@shared.example"), "{copy}");
        instance.until_texts(KEPT, &["ever@shared.example forward delivered []"]).await;
        running.stop().await;
    }

    async fn a_domain_with_rules_is_asked_and_no_other(database) {
        let instance = Instance::new(database).await;
        aliases(&instance, &["info"]).await;
        let body = json!({"name": "all", "action": "reject", "conditions": [
            {"field": "size", "comparator": "greater_than", "value": 0},
        ]});
        instance.owner().post("/v1/domains/closed.example/rules", body).await.with(201);
        assert_eq!(receive(&instance, "An offer", &["info"]).await, Intake::Taken);
    }
}
