//! Goal: what a rule refuses is refused at the end of DATA, with the rule's words, and is never
//! answered afterwards; when others take the message it is accepted.
//! Method: `smtplib` at reception, rules made over the API, the rest of the world listening.

use serde_json::json;

use crate::node::{Node, Session, python};

const SCRIPT: &str = r#"
import json, smtplib, sys
given = json.load(sys.stdin)
host, port = given["mx"].rsplit(":", 1)
mx = smtplib.SMTP(host, int(port), local_hostname="mx.far.example", timeout=20)
mx.ehlo()
def send(subject, *to, sender="bob@far.example"):
    mx.rset()
    mx.mail(sender)
    for one in to:
        assert mx.rcpt(one)[0] == 250, one
    code, text = mx.data(f"From: bob@far.example\r\nTo: {to[0]}\r\nSubject: {subject}\r\n\r\nx\r\n")
    print(code, text.decode())
send("An offer", "info@rules.example")
send("An offer", "info@rules.example", sender="")
send("An offer", "info@rules.example", "sales@rules.example")
send("Spam", "sales@rules.example")
send("Hello", "info@rules.example")
send("An offer", "info@rules.example", "postmaster@postscale.example")
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_clients_are_refused_by_a_rule_while_they_wait() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "rules.example").await;
    let alias = |name: &str| json!({"domain": "rules.example", "address": name, "action": "store"});
    let info = owner
        .expect(201, "POST", "/v1/aliases", Some(alias("info")))
        .await;
    owner
        .expect(201, "POST", "/v1/aliases", Some(alias("sales")))
        .await;
    let rule = |name: &str, alias_id: serde_json::Value, text: Option<&str>| {
        json!({
            "name": name,
            "alias_id": alias_id,
            "conditions": [{"field": "subject", "comparator": "contains", "value": name}],
            "action": "reject",
            "action_config": {"text": text},
        })
    };
    let at = "/v1/domains/rules.example/rules";
    let offers = rule(
        "offer",
        info["alias"]["id"].clone(),
        Some("No offers, please"),
    );
    owner.expect(201, "POST", at, Some(offers)).await;
    let spam = rule("spam", serde_json::Value::Null, None);
    owner.expect(201, "POST", at, Some(spam)).await;
    let input = json!({"mx": node.address("mx")});
    let said = python::run(SCRIPT, &input).await;
    assert_eq!(
        said,
        "550 5.7.1 No offers, please\n\
         550 5.7.1 No offers, please\n\
         250 2.0.0 Message accepted\n\
         550 5.7.1 Message refused by a rule of the recipient\n\
         250 2.0.0 Message accepted\n\
         250 2.0.0 Message accepted\n"
    );
    let listed = owner.expect(200, "GET", at, None).await;
    let hits: Vec<_> = listed["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            (
                rule["name"].as_str().unwrap(),
                rule["hits"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(hits, [("offer", 4), ("spam", 1)]);
    let kept = owner.expect(200, "GET", "/v1/inbound-emails", None).await;
    assert_eq!(kept["total"], 4, "{kept}");
    // Nobody outside was answered: the first message that leaves is the next one that is sent.
    let key = node.key(&owner, json!({"name": "CI"})).await;
    let message = json!({"from": "a@rules.example", "to": ["bob@far.example"], "subject": "First", "text_body": "x"});
    Session::with_key(node.address("http"), &key)
        .expect(202, "POST", "/v1/send", Some(message))
        .await;
    assert!(node.sink.next().await.text().contains("Subject: First"));
}
