//! Goal: another implementation verifies our signatures.
//! Method: a message sent through the running binary is caught over SMTP and given to dkimpy with
//! the record that DNS has.

use serde_json::json;

use crate::node::{Node, http::Session, python};

const SCRIPT: &str = r#"
import dkim, json, sys
given = json.load(sys.stdin)
record = given["record"].encode()
message = given["message"].encode("latin-1")
look = lambda name, timeout=5: record if name.rstrip(b".") == given["name"].encode() else None
assert dkim.verify(message, dnsfunc=look), "dkimpy does not verify it"
changed = message.replace(b"Hello", b"Jello")
assert changed != message and not dkim.verify(changed, dnsfunc=look), "a change is not noticed"
assert not dkim.verify(b"From: x@evil.example\r\n" + message, dnsfunc=look), "a second From is not noticed"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dkimpy_verifies_what_arrives() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "signed.example").await;
    let key = node.key(&owner, json!({"name": "CI"})).await;
    let keys = owner
        .expect(200, "GET", "/v1/domains/signed.example/dkim", None)
        .await;
    let record = &keys["dns_records"][0];
    let client = Session::with_key(node.address("http"), &key);
    let body = json!({
        "from": "Änn <ann@signed.example>",
        "to": ["carol@far.example"],
        "subject": "Hello, Grüße  with   spaces",
        "text_body": "Hello Carol.\n\n.a dot\nGrüße\n\n\n",
        "html_body": "<p>Hello Carol.</p>",
    });
    client.expect(202, "POST", "/v1/send", Some(body)).await;
    let caught = node.sink.next().await;
    assert!(caught.from.starts_with("bounces-"), "{}", caught.from);
    let message: String = caught
        .message
        .iter()
        .map(|octet| char::from(*octet))
        .collect();
    let input = json!({"message": message, "name": record["name"], "record": record["value"]});
    python::run(SCRIPT, &input).await;
}
