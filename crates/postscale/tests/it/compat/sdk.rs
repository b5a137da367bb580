//! Goal: the official Python SDK works unchanged.
//! Method: it talks to the running binary; `smtplib` plays the stranger who writes to us, the
//! standard library's HTTP server the webhook's endpoint.

use serde_json::json;

use crate::node::{Node, python};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_sdk_works_unchanged() {
    let node = Node::start().await;
    let owner = node.owner().await;
    let domain = node.domain(&owner, "sdk.example").await;
    let key = node.key(&owner, json!({"name": "SDK"})).await;
    let input = json!({
        "base_url": format!("http://{}", node.address("http")),
        "mx": node.address("mx"),
        "key": key,
        "domain_id": domain["id"],
    });
    python::run(include_str!("sdk.py"), &input).await;
    let caught = node.sink.next().await;
    assert_eq!(caught.to, ["carol@far.example"]);
    assert!(
        caught.text().contains("DKIM-Signature:"),
        "{}",
        caught.text()
    );
}
