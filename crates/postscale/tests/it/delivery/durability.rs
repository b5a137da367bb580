//! Goal: what was accepted is never lost, and never delivered more than twice.
//! Method: kill -9 at the very moment a 202 or a 250 was read, start again, look.

use std::collections::BTreeMap;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::node::{Node, http::Session, until};

const ROUNDS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_answered_with_202_survives_a_kill() {
    let mut node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "kept.example").await;
    let key = node.key(&owner, json!({"name": "CI"})).await;
    let mut accepted = Vec::new();
    for round in 0..ROUNDS {
        let client = Session::with_key(node.address("http"), &key);
        let subject = format!("round {round}");
        let body = json!({"from": "a@kept.example", "to": ["carol@far.example"], "subject": subject, "text_body": "x"});
        let sent = client.expect(202, "POST", "/v1/send", Some(body)).await;
        node.kill_and_restart().await;
        accepted.push((sent["id"].as_str().unwrap().to_owned(), subject));
    }
    let client = Session::with_key(node.address("http"), &key);
    // A claim of a killed worker runs out by itself; until then the message is only queued.
    for (id, _) in &accepted {
        let email = client
            .expect(200, "GET", &format!("/v1/emails/{id}"), None)
            .await;
        let status = email["email"]["status"].as_str().unwrap();
        assert!(
            matches!(status, "queued" | "sending" | "deferred" | "delivered"),
            "{status}"
        );
    }
    let listed = client.expect(200, "GET", "/v1/emails", None).await;
    assert_eq!(listed["total"], ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_answered_with_250_survives_a_kill() {
    let mut node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "kept.example").await;
    let alias = json!({"domain": "kept.example", "address": "info", "action": "store"});
    let made = owner.ask("POST", "/v1/aliases", Some(&alias)).await;
    assert!(matches!(made.status, 200 | 201), "{}", made.body);
    for round in 0..ROUNDS {
        receive(node.address("mx"), round).await;
        node.kill_and_restart().await;
    }
    let owner = node.owner().await;
    let listed = until("every message", async || {
        let listed = owner.expect(200, "GET", "/v1/inbound-emails", None).await;
        (listed["total"].as_u64() >= Some(ROUNDS as u64)).then_some(listed)
    })
    .await;
    let mut subjects: BTreeMap<String, usize> = BTreeMap::new();
    for email in listed["emails"].as_array().unwrap() {
        let subject = email["subject"].as_str().unwrap().to_owned();
        *subjects.entry(subject).or_default() += 1;
    }
    assert_eq!(subjects.len(), ROUNDS, "{subjects:?}");
    assert!(subjects.values().all(|times| *times == 1), "{subjects:?}");
}

/// Hands a message over and returns at the 250 after its data.
async fn receive(mx: &str, round: usize) {
    let mut stream = TcpStream::connect(mx).await.unwrap();
    for (line, want) in [
        (String::new(), "220"),
        ("EHLO mx.far.example\r\n".to_owned(), "250"),
        ("MAIL FROM:<bob@far.example>\r\n".to_owned(), "250"),
        ("RCPT TO:<info@kept.example>\r\n".to_owned(), "250"),
        ("DATA\r\n".to_owned(), "354"),
        (
            format!("From: bob@far.example\r\nSubject: round {round}\r\n\r\nx\r\n.\r\n"),
            "250",
        ),
    ] {
        stream.write_all(line.as_bytes()).await.unwrap();
        let reply = reply(&mut stream).await;
        assert!(reply.starts_with(want), "{line:?}: {reply}");
    }
}

/// One reply, all its lines.
async fn reply(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let octet = stream.read_u8().await.unwrap();
        text.push(char::from(octet));
        let last = text.lines().last().unwrap_or_default();
        if text.ends_with("\r\n") && last.as_bytes().get(3) == Some(&b' ') {
            return text;
        }
    }
}
