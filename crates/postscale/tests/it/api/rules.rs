//! `/v1/domains/{domain}/rules`
//!
//! Goal: a rule is made, changed, tried and deleted by who may write its domain; whatever is wrong
//! with one is named as it was written; trying changes nothing.
//! Method: rules of `shared.example` over the API.

use http::Method;
use postscale_testkit::{TestApp, on_both_engines};
use serde_json::{Value, json};

use super::refuses;

const AT: &str = "/v1/domains/shared.example/rules";
const MESSAGE: &str = "From: Bob <bob@far.example>\r\nTo: info@shared.example\r\nSubject: An offer\r\n\r\nWe offer.\r\n";

fn rule(changes: Value) -> Value {
    let mut body = json!({
        "name": "Offers",
        "conditions": [{"field": "subject", "comparator": "contains", "value": "offer"}],
        "action": "drop",
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn made(app: &TestApp, changes: Value) -> Value {
    let made = app.as_("member_rw").post(AT, rule(changes)).await.with(201);
    made["rule"].clone()
}

on_both_engines! {
    async fn a_rule_is_made_changed_and_deleted(database) {
        let app = TestApp::builder().database(database).build().await;
        let writer = app.as_("member_rw");
        let new = made(&app, json!({"action": "forward", "action_config": {"forward_to": ["ann@home.example"]}})).await;
        assert_eq!((&new["match"], &new["priority"], &new["enabled"]), (&json!("all"), &json!(100), &json!(true)));
        assert_eq!((&new["hits"], &new["last_hit_at"]), (&json!(0), &Value::Null));
        assert_eq!(new["unconfirmed"], json!(["ann@home.example"]));
        let at = format!("{AT}/{}", new["id"].as_str().unwrap());
        assert_eq!(writer.get(&at).await.with(200)["rule"], new);
        let change = json!({"enabled": false, "alias_id": app.shared().alias, "match": "any", "priority": -5});
        let changed = writer.patch(&at, change).await.with(200)["rule"].clone();
        assert_eq!(changed["alias_id"], app.shared().alias);
        assert_eq!(changed["action_config"], new["action_config"], "what is not named stays");
        // Another action forgets what belonged to the one before.
        let changed = writer.patch(&at, json!({"action": "reject"})).await.with(200)["rule"].clone();
        assert_eq!(changed["action_config"], json!({"text": null}));
        let config = json!({"action_config": {"text": "No"}, "alias_id": null});
        let changed = writer.patch(&at, config).await.with(200)["rule"].clone();
        assert_eq!((&changed["action_config"]["text"], &changed["alias_id"]), (&json!("No"), &Value::Null));
        assert_eq!(writer.delete(&at).await.status, 204);
        for gone in [writer.get(&at).await, writer.delete(&at).await, writer.patch(&at, json!({})).await] {
            assert_eq!(gone.status, 404);
        }
    }
}

#[tokio::test]
async fn a_rule_is_found_in_its_own_domain_only() {
    let app = TestApp::new().await;
    let owner = app.as_("owner");
    let rule = &app.shared().rule;
    for domain in ["closed.example", "foreign.example", "absent.example"] {
        let at = format!("/v1/domains/{domain}/rules/{rule}");
        assert_eq!(owner.get(&at).await.status, 404, "{domain}");
        assert_eq!(owner.delete(&at).await.status, 404, "{domain}");
    }
    let closed = format!(
        "/v1/domains/closed.example/rules/{}",
        app.world().closed.rule
    );
    owner.get(&closed).await.with(200);
    let hidden = app.as_("member_rw").get(&closed).await;
    let never = app
        .as_("member_rw")
        .get("/v1/domains/absent.example/rules/x")
        .await;
    assert_eq!(hidden.comparable(), never.comparable());
}

#[tokio::test]
async fn what_is_wrong_with_a_new_rule_is_named() {
    let app = TestApp::new().await;
    let condition = |field: &str, comparator: &str, value: Value| {
        json!({"conditions": [
            {"field": "spf", "comparator": "equals", "value": "pass"},
            {"field": field, "comparator": comparator, "value": value},
        ]})
    };
    let config = |action: &str, config: Value| json!({"action": action, "action_config": config});
    let many = |n: usize| vec![json!({"field": "spf", "comparator": "equals", "value": "pass"}); n];
    let header =
        json!({"field": "header", "comparator": "equals", "value": "x", "header_name": "a b"});
    let stray =
        json!({"field": "subject", "comparator": "equals", "value": "x", "header_name": "To"});
    let targets: Vec<String> = (0..21).map(|n| format!("a{n}@far.example")).collect();
    let tags: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let nested = "(((a{99}){99}){99}){99}";
    let closed = &app.world().closed;
    let cases = [
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"name": "a\nb"}), "name"),
        (json!({"conditions": []}), "conditions"),
        (json!({"conditions": many(21)}), "conditions"),
        (json!({"conditions": {}}), "conditions"),
        (
            condition("body", "equals", json!("x")),
            "conditions[1].field",
        ),
        (
            condition("subject", "is", json!("x")),
            "conditions[1].comparator",
        ),
        (
            condition("size", "contains", json!("1")),
            "conditions[1].comparator",
        ),
        (
            condition("spf", "matches", json!("a")),
            "conditions[1].comparator",
        ),
        (
            condition("has_attachment", "exists", json!("true")),
            "conditions[1].comparator",
        ),
        (
            condition("subject", "contains", json!("")),
            "conditions[1].value",
        ),
        (
            condition("subject", "contains", json!("a\u{0}")),
            "conditions[1].value",
        ),
        (
            condition("subject", "equals", json!("x".repeat(501))),
            "conditions[1].value",
        ),
        (
            condition("subject", "exists", json!("maybe")),
            "conditions[1].value",
        ),
        (
            condition("subject", "matches", json!("(")),
            "conditions[1].value",
        ),
        (
            condition("subject", "matches", json!("a(?=b)")),
            "conditions[1].value",
        ),
        (
            condition("subject", "matches", json!(nested)),
            "conditions[1].value",
        ),
        (
            condition("subject", "equals", json!(["x"])),
            "conditions[1].value",
        ),
        (
            condition("subject", "equals", json!({"x": 1})),
            "conditions[1].value",
        ),
        (
            condition("dkim", "equals", json!("maybe")),
            "conditions[1].value",
        ),
        (
            condition("size", "less_than", json!(-1)),
            "conditions[1].value",
        ),
        (
            condition("size", "less_than", json!("1k")),
            "conditions[1].value",
        ),
        (
            condition("has_attachment", "equals", json!("yes")),
            "conditions[1].value",
        ),
        (
            condition("header", "exists", json!("true")),
            "conditions[1].header_name",
        ),
        (json!({"conditions": [header]}), "conditions[0].header_name"),
        (json!({"conditions": [stray]}), "conditions[0].header_name"),
        (json!({"match": "some"}), "match"),
        (json!({"action": "explode"}), "action"),
        (json!({"action": "forward"}), "action_config.forward_to"),
        (
            config("forward", json!({"forward_to": targets})),
            "action_config.forward_to",
        ),
        (
            config("forward", json!({"forward_to": ["x"]})),
            "action_config.forward_to[0]",
        ),
        (
            config(
                "forward",
                json!({"forward_to": ["a@b.example", "A@b.example"]}),
            ),
            "action_config.forward_to[1]",
        ),
        (config("drop", json!({"tags": ["a"]})), "action_config.tags"),
        (config("tag", json!({})), "action_config.tags"),
        (config("tag", json!({"tags": tags})), "action_config.tags"),
        (
            config("tag", json!({"tags": ["a", ""]})),
            "action_config.tags[1]",
        ),
        (
            config("tag", json!({"tags": ["a", "a"]})),
            "action_config.tags[1]",
        ),
        (
            config("reject", json!({"text": "a\r\nb"})),
            "action_config.text",
        ),
        (
            config("reject", json!({"text": "für"})),
            "action_config.text",
        ),
        (
            config("reject", json!({"text": "x".repeat(201)})),
            "action_config.text",
        ),
        (json!({"priority": 1_000_001}), "priority"),
        (json!({"priority": i64::MIN}), "priority"),
        (json!({"priority": i64::MAX}), "priority"),
        (json!({"priority": "high"}), "priority"),
        (json!({"alias_id": closed.alias}), "alias_id"),
        (json!({"alias_id": "none"}), "alias_id"),
        (json!({"enabled": "yes"}), "enabled"),
    ];
    let bad = "invalid_request";
    let mut cases: Vec<_> = cases
        .into_iter()
        .map(|(change, field)| (rule(change), bad, field))
        .collect();
    let unknown =
        json!({"conditions": [{"field": "spf", "comparator": "equals", "value": "pass", "x": 1}]});
    cases.push((rule(json!({"surprise": 1})), "unknown_field", "surprise"));
    cases.push((rule(unknown), "unknown_field", "conditions[0].x"));
    refuses(&app, &app.as_("owner"), (Method::POST, AT), &cases).await;
    // A webhook of a domain that is not to be seen is none.
    let hook = config("webhook", json!({"webhook_id": closed.webhook}));
    let hidden = app.as_("member_rw").post(AT, rule(hook)).await;
    let none = config("webhook", json!({"webhook_id": "none"}));
    let never = app.as_("member_rw").post(AT, rule(none)).await;
    assert_eq!(hidden.comparable(), never.comparable());
    assert_eq!(hidden.status, 404);
}

#[tokio::test]
async fn numbers_and_flags_may_be_written_as_such() {
    let app = TestApp::new().await;
    let conditions = json!([
        {"field": "size", "comparator": "greater_than", "value": 1000},
        {"field": "has_attachment", "comparator": "equals", "value": true},
        {"field": "header", "comparator": "exists", "header_name": "List-Id"},
    ]);
    let new = made(&app, json!({"conditions": conditions})).await;
    let values: Vec<_> = new["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|condition| condition["value"].as_str().unwrap())
        .collect();
    assert_eq!(values, ["1000", "true", "true"]);
}

#[tokio::test]
async fn a_domain_has_a_hundred_rules_at_most() {
    let app = TestApp::new().await;
    let seeded = app.as_("owner").get(AT).await.with(200)["total"]
        .as_u64()
        .unwrap();
    for _ in seeded..100 {
        made(&app, json!({})).await;
    }
    let full = app.as_("member_rw").post(AT, rule(json!({}))).await;
    assert_eq!(
        (full.status.as_u16(), full.code().as_str()),
        (409, "conflict")
    );
    let listed = app.as_("member_read").get(AT).await.with(200);
    assert_eq!(listed["rules"].as_array().unwrap().len(), 100);
}

// What is compared is the file of the database.
#[tokio::test]
async fn trying_says_which_condition_decided_and_changes_nothing() {
    let app = TestApp::new().await;
    let tag = json!({"name": "From outside", "action": "tag", "action_config": {"tags": ["outside"]},
        "conditions": [{"field": "sender_domain", "comparator": "not_equals", "value": "shared.example"}], "priority": 1});
    made(&app, tag).await;
    let offers = made(&app, json!({"priority": 2, "action": "reject"})).await;
    made(&app, json!({"name": "Later", "priority": 3})).await;
    made(
        &app,
        json!({"name": "Paused", "priority": 0, "enabled": false}),
    )
    .await;
    let before = app.dump();
    let writer = app.as_("member_rw");
    let test = format!("{AT}/test");
    let tried = writer
        .post(&test, json!({"message": MESSAGE, "spf": "pass"}))
        .await
        .with(200);
    assert_eq!(app.dump(), before, "trying changed rows");
    assert_eq!(
        (&tried["recipient"], &tried["alias"]),
        (&json!("info@shared.example"), &json!("info"))
    );
    assert_eq!(
        (&tried["rule_id"], &tried["action"]),
        (&offers["id"], &json!("reject"))
    );
    assert_eq!(tried["tags"], json!(["outside"]));
    let outcomes: Vec<_> = tried["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            (
                rule["name"].as_str().unwrap(),
                rule["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("Paused", "disabled"),
            ("From outside", "tags"),
            ("Offers", "decides"),
            ("Later", "not_reached"),
            ("Newsletters", "not_reached"),
        ]
    );
    let condition = &tried["rules"][2]["conditions"][0];
    assert_eq!(
        (&condition["found"], &condition["holds"]),
        (&json!(["An offer"]), &json!(true))
    );

    // One that was received says the same, and that somebody looked is noted once.
    let received = json!({"inbound_email_id": app.shared().inbound});
    let again = writer.post(&test, received.clone()).await.with(200);
    assert_eq!(again["rule_id"], offers["id"]);
    writer.post(&test, received).await.with(200);
    let log = app
        .as_("owner")
        .get("/v1/audit?action=inbound.content_viewed")
        .await
        .with(200);
    assert_eq!(log["total"], 1);
    let mut after = app.dump();
    for table in ["audit_entries", "organizations", "audit_heads"] {
        match before.get(table) {
            Some(rows) => {
                after.insert(table.to_owned(), rows.clone());
            }
            None => {
                after.remove(table);
            }
        }
    }
    let changed: Vec<_> = after
        .iter()
        .filter(|(table, rows)| before.get(*table) != Some(*rows))
        .map(|(table, _)| table)
        .collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_message_to_try_is_named() {
    let app = TestApp::new().await;
    let bad = "invalid_request";
    let given = |changes: Value| {
        let mut body = json!({"message": MESSAGE});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let inbound = &app.shared().inbound;
    let cases = [
        (json!({}), bad, "inbound_email_id"),
        (given(json!({"inbound_email_id": inbound})), bad, "message"),
        (
            json!({"inbound_email_id": inbound, "spf": "pass"}),
            bad,
            "spf",
        ),
        (
            json!({"inbound_email_id": app.world().closed.inbound}),
            bad,
            "inbound_email_id",
        ),
        (
            given(json!({"recipient": "info@closed.example"})),
            bad,
            "recipient",
        ),
        (given(json!({"recipient": "info"})), bad, "recipient"),
        (json!({"message": "Subject: x\r\n\r\n"}), bad, "recipient"),
        (given(json!({"dkim": "maybe"})), bad, "dkim"),
        (given(json!({"surprise": 1})), "unknown_field", "surprise"),
    ];
    let test = format!("{AT}/test");
    refuses(&app, &app.as_("owner"), (Method::POST, &test), &cases).await;
    // A message that is not to be seen is none.
    let writer = app.as_("member_rw");
    let hidden = json!({"inbound_email_id": app.world().closed.inbound});
    let hidden = writer.post(&test, hidden).await;
    let never = writer
        .post(&test, json!({"inbound_email_id": "none"}))
        .await;
    assert_eq!(hidden.comparable(), never.comparable());
    assert_eq!(hidden.status, 404);
}
