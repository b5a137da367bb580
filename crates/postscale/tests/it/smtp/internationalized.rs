//! Goal: a message with a header beyond ASCII goes only to servers that take it, whoever it is for.
//! Method: `smtplib` submits one with and one without, and the sink shows how each was brought to it.

use serde_json::json;

use crate::node::{Node, python};

const SCRIPT: &str = r#"
import json, smtplib, ssl, sys
given = json.load(sys.stdin)
host, port = given["submission"].rsplit(":", 1)
smtp = smtplib.SMTP(host, int(port), local_hostname="client.example", timeout=20)
smtp.starttls(context=ssl._create_unverified_context())
smtp.login("postscale", given["key"])
message = f"From: a@wide.example\r\nTo: carol@far.example\r\nSubject: {given['subject']}\r\n\r\nGrüße\r\n"
smtp.sendmail("a@wide.example", "carol@far.example", message.encode(), ["SMTPUTF8", "BODY=8BITMIME"])
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_beyond_ascii_asks_the_next_server_for_smtputf8() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "wide.example").await;
    let key = node.key(&owner, json!({"name": "CI"})).await;
    for (subject, want) in [
        ("Jörg", "BODY=8BITMIME SMTPUTF8"),
        ("Joerg", "BODY=8BITMIME"),
    ] {
        let submission = node.address("submission");
        let input = json!({"key": key, "submission": submission, "subject": subject});
        python::run(SCRIPT, &input).await;
        let caught = node.sink.next().await;
        assert!(caught.text().contains(&format!("Subject: {subject}\r\n")));
        assert_eq!(caught.parameters, want, "{subject}");
    }
}
