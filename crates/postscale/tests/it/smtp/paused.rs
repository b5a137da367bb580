//! Goal: a paused domain loses nothing: who brings mail is told to come again, who sends is refused.
//! Method: `smtplib` at both doors while the domain is paused, and after it was resumed.

use serde_json::json;

use crate::node::{Node, python};

const SCRIPT: &str = r#"
import json, smtplib, ssl, sys
given = json.load(sys.stdin)
where = lambda name: (given[name].rsplit(":", 1)[0], int(given[name].rsplit(":", 1)[1]))
mx = smtplib.SMTP(*where("mx"), local_hostname="mx.far.example", timeout=20)
mx.ehlo()
mx.mail("bob@far.example")
code, text = mx.rcpt("info@pause.example")
unknown = mx.rcpt("info@never.example")[0]
smtp = smtplib.SMTP(*where("submission"), local_hostname="client.example", timeout=20)
smtp.starttls(context=ssl._create_unverified_context())
smtp.ehlo()
smtp.login("postscale", given["key"])
smtp.mail("a@pause.example")
smtp.rcpt("carol@far.example")
sent = smtp.data("From: a@pause.example\r\nTo: carol@far.example\r\nSubject: x\r\n\r\nx\r\n")
print(code, text.decode().split(" ")[0], unknown, sent[0])
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_clients_are_told_to_come_again_while_a_domain_is_paused() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "pause.example").await;
    let key = node.key(&owner, json!({"name": "CI"})).await;
    let input = json!({
        "key": key,
        "submission": node.address("submission"),
        "mx": node.address("mx"),
    });
    for (active, want) in [
        (false, "450 4.2.1 550 550\n"),
        (true, "250 2.1.5 550 250\n"),
    ] {
        let change = Some(json!({"active": active, "catch_all_enabled": true}));
        owner
            .expect(200, "PUT", "/v1/domains/pause.example", change)
            .await;
        assert_eq!(python::run(SCRIPT, &input).await, want);
    }
}
