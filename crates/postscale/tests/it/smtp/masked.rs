//! Goal: a stranger and the owner of a masked address talk over real sockets, and no octet the
//! stranger gets names the owner. Method: both are clients at the MX door and mailboxes at the sink;
//! the owner's program quotes, encodes and names its user wherever programs do.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use crate::node::{Node, client};

const QUESTION: &str = "From: Bob <bob@far.example>\r\nTo: ALIAS\r\nSubject: A question\r\n\
    Message-ID: <q1@far.example>\r\n\r\nAre you there?\r\n";

/// What a mail program makes of an answer.
fn answer(reverse: &str) -> String {
    let real = Node::OWNER;
    let html = format!("<p>Yes.</p><p>{reverse} to <a href=\"mailto:{real}\">{real}</a></p>");
    format!(
        "Received: from laptop (192.0.2.7) by people.example for <{real}>; x\r\nX-Originating-IP: 192.0.2.7\r\n\
         From: Olive Owner <{real}>\r\nSender: {real}\r\nReply-To: {real}\r\nTo: Bob <{reverse}>\r\nCc: {real}\r\n\
         Subject: Re: A question for {real}\r\nMessage-ID: <a1@people.example>\r\nIn-Reply-To: <q1@far.example>\r\n\
         References: <q1@far.example> <a0@people.example>\r\nAutocrypt: addr={real}\r\nDKIM-Signature: v=1; d=people.example\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"{real}\"\r\n\r\n--{real}\r\n\
         Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         Yes.\r\n{reverse} wrote to owner=40people.exam=\r\nple\r\n--{real}\r\n\
         Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--{real}--\r\n",
        BASE64_STANDARD.encode(html)
    )
}

/// Every octet of a message, and what is hidden in it by base64.
fn everything(message: &str) -> String {
    let (_, body) = message.split_once("\r\n\r\n").unwrap();
    let encoded = body.split("\r\n\r\n").filter_map(|part| {
        let lines: String = part.split("\r\n--").next()?.split_whitespace().collect();
        let octets = BASE64_STANDARD.decode(lines).ok()?;
        Some(String::from_utf8_lossy(&octets).into_owned())
    });
    let encoded: Vec<String> = encoded.collect();
    [message.replace("=\r\n", ""), encoded.join("\n")].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_masked_conversation_names_the_owner_to_nobody() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "mask.example").await;
    node.dns.set_mx("people.example", 10, "mx.far.example");
    node.dns
        .set_txt("people.example", "v=spf1 ip4:127.0.0.1 -all");
    let body = json!({"domain": "mask.example", "is_masked": true, "forward_to": [Node::OWNER]});
    let made = owner.expect(201, "POST", "/v1/aliases", Some(body)).await;
    let made = &made["alias"];
    assert_eq!(made["unconfirmed"], json!([]), "the owner's own address");
    let id = made["id"].as_str().unwrap();
    let alias = format!("{}@mask.example", made["address"].as_str().unwrap());
    let send = async |from: &str, to: &str, message: &str| {
        client::send(node.address("mx"), from, to, message).await
    };

    let question = QUESTION.replace("ALIAS", &alias);
    assert_eq!(send("bob@far.example", &alias, &question).await, "250");
    let forwarded = node.sink.next().await;
    assert_eq!(forwarded.to, [Node::OWNER]);
    let text = forwarded
        .text()
        .replace("\r\n ", " ")
        .replace("\r\n\t", " ");
    let from = text.lines().find(|line| line.starts_with("From:")).unwrap();
    let reverse = from.split(['<', '>']).nth(1).unwrap().to_owned();
    assert!(
        reverse.starts_with("reply+") && reverse.ends_with("@mask.example"),
        "{from}"
    );

    let answer = answer(&reverse);
    assert_eq!(send(Node::OWNER, &reverse, &answer).await, "250");
    let answered = node.sink.next().await;
    assert_eq!(answered.to, ["bob@far.example"]);
    assert!(answered.from.starts_with("bounces-"), "{}", answered.from);
    let text = everything(&answered.text());
    assert!(text.contains(&format!("From: <{alias}>\r\n")), "{text}");
    assert!(
        text.contains(&format!("bob@far.example wrote to {alias}")),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "<p>bob@far.example to <a href=\"mailto:{alias}\">"
        )),
        "{text}"
    );
    assert!(text.contains("DKIM-Signature: "), "{text}");
    for secret in [
        "owner@people",
        "owner=40people",
        "people.example",
        "olive",
        "192.0.2.7",
        "reply+",
    ] {
        assert!(!text.to_lowercase().contains(secret), "{secret}: {text}");
    }

    // Nobody else gets through, nor does a program of the owner's.
    let outsider = format!("From: eve@far.example\r\nTo: {reverse}\r\n\r\nx\r\n");
    assert_eq!(send("eve@far.example", &reverse, &outsider).await, "550");
    let forged = format!("From: {}\r\nTo: {reverse}\r\n\r\nx\r\n", Node::OWNER);
    assert_eq!(send("eve@far.example", &reverse, &forged).await, "550");
    let vacation = format!("Auto-Submitted: auto-replied\r\n{forged}");
    assert_eq!(send(Node::OWNER, &reverse, &vacation).await, "550");
    let unknown = reverse.replace("reply+", "reply+0").replacen("0@", "@", 1);
    assert_eq!(send(Node::OWNER, &unknown, &forged).await, "550");

    // A blocked stranger is refused, a paused alias refuses everybody.
    let contacts = format!("/v1/aliases/{id}/contacts");
    let listed = owner.expect(200, "GET", &contacts, None).await;
    let contact = listed["contacts"][0]["id"].as_str().unwrap();
    let block = Some(json!({"blocked": true}));
    let one = format!("{contacts}/{contact}");
    owner.expect(200, "PATCH", &one, block).await;
    assert_eq!(send("bob@far.example", &alias, &question).await, "550");
    let pause = Some(json!({"active": false}));
    owner
        .expect(200, "PATCH", &format!("/v1/aliases/{id}"), pause)
        .await;
    assert_eq!(send("dan@far.example", &alias, &question).await, "550");
    assert_eq!(send(Node::OWNER, &reverse, &forged).await, "550");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_masked_address_of_the_shared_domain_takes_mail() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.dns.set_mx("people.example", 10, "mx.far.example");
    node.dns
        .set_txt("people.example", "v=spf1 ip4:127.0.0.1 -all");
    let body = Some(json!({"forward_to": [Node::OWNER], "description": "a shop"}));
    let made = owner.expect(201, "POST", "/v1/shield/aliases", body).await;
    let made = &made["alias"];
    assert_eq!(made["domain"], "shield.postscale.example");
    assert_eq!(made["masked_description"], "a shop");
    let alias = format!(
        "{}@shield.postscale.example",
        made["address"].as_str().unwrap()
    );
    let question = QUESTION.replace("ALIAS", &alias);
    let mx = node.address("mx");
    assert_eq!(
        client::send(mx, "bob@far.example", &alias, &question).await,
        "250"
    );
    let forwarded = node.sink.next().await.text();
    let text = forwarded.replace("\r\n ", " ").replace("\r\n\t", " ");
    let from = text.lines().find(|line| line.starts_with("From:")).unwrap();
    let reverse = from.split(['<', '>']).nth(1).unwrap();
    let answer = format!(
        "From: {}\r\nTo: {reverse}\r\nSubject: Re\r\n\r\nYes.\r\n",
        Node::OWNER
    );
    assert_eq!(client::send(mx, Node::OWNER, reverse, &answer).await, "250");
    let answered = node.sink.next().await;
    assert_eq!(answered.to, ["bob@far.example"]);
    assert!(
        answered.text().contains(&format!("From: <{alias}>\r\n")),
        "{}",
        answered.text()
    );
    let unknown = "never-made@shield.postscale.example";
    assert_eq!(
        client::send(mx, "bob@far.example", unknown, &question).await,
        "550"
    );
    let received = owner.expect(200, "GET", "/v1/inbound-emails", None).await;
    let id = received["emails"][0]["id"].as_str().unwrap();
    owner
        .expect(200, "GET", &format!("/v1/inbound-emails/{id}"), None)
        .await;
}
