//! Goal: no message is too odd: it is refused at once, or taken, and then every page and answer about it
//! is there.
//! Method: the odd messages of the test kit, over a socket to the running binary.

use postscale_testkit::odd_mail::{self, Odd};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use crate::node::{Node, Session};

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(mx: &str) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(mx).await.unwrap()));
        assert_eq!(client.code().await, "220");
        assert_eq!(client.say(b"HELO mx.far.example\r\n").await, "250");
        client
    }
    async fn code(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line.get(..3).unwrap_or_default().to_owned()
    }
    async fn say(&mut self, octets: &[u8]) -> String {
        self.0.write_all(octets).await.unwrap();
        self.code().await
    }
    /// What is answered to a message.
    async fn deliver(&mut self, message: &[u8]) -> String {
        assert_eq!(self.say(b"MAIL FROM:<bob@far.example>\r\n").await, "250");
        assert_eq!(self.say(b"RCPT TO:<x@odd.example>\r\n").await, "250");
        assert_eq!(self.say(b"DATA\r\n").await, "354");
        let mut dotted = Vec::with_capacity(message.len() + 5);
        for line in message.split_inclusive(|octet| *octet == b'\n') {
            if line.starts_with(b".") {
                dotted.push(b'.');
            }
            dotted.extend_from_slice(line);
        }
        if !dotted.is_empty() && !dotted.ends_with(b"\r\n") {
            dotted.extend_from_slice(b"\r\n");
        }
        dotted.extend_from_slice(b".\r\n");
        self.say(&dotted).await
    }
}

/// Everything that is said about a message is there.
async fn is_shown(owner: &Session, odd: &Odd, id: &str) {
    let at = format!("/v1/inbound-emails/{id}");
    let email = owner.expect(200, "GET", &at, None).await["email"].take();
    let page = owner.ask("GET", &format!("/inbound/{id}"), None).await;
    assert_eq!(page.status, 200, "{}", odd.name);
    assert!(!page.body.contains("<script>alert"), "{}", odd.name);
    let html = owner.ask("GET", &format!("/inbound/{id}/html"), None).await;
    let want = if email["html"].is_null() { 404 } else { 200 };
    assert_eq!(html.status, want, "{}", odd.name);
    assert!(
        html.body.find("<script").is_none() || want == 404,
        "{}",
        odd.name
    );
    for file in email["attachments"].as_array().unwrap().iter().take(3) {
        if odd.name.starts_with("a name") {
            let url = format!("{at}/attachments/{}/download", file["id"].as_str().unwrap());
            let file = owner.ask("GET", &url, None).await;
            assert_eq!(file.status, 200, "{}", odd.name);
            let head = file.head.to_ascii_lowercase();
            assert!(
                head.contains("content-disposition: attachment; filename="),
                "{head}"
            );
            assert!(!head.contains("\r\nset-cookie: x"), "{head}");
        }
    }
}

async fn page_of(owner: &Session, offset: usize) -> Value {
    let query = format!("sort=received_at&direction=asc&limit=100&offset={offset}");
    owner
        .expect(200, "GET", &format!("/v1/inbound-emails?{query}"), None)
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_odd_message_is_refused_at_once_or_taken_and_shown() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "odd.example").await;
    let catch_all = Some(json!({"catch_all_enabled": true}));
    owner
        .expect(200, "PUT", "/v1/domains/odd.example", catch_all)
        .await;
    let mut taken = Vec::new();
    for odd in odd_mail::all() {
        let mut client = Client::connect(node.address("mx")).await;
        let code = client.deliver(&odd.message).await;
        let want = if odd.is_taken() { "250" } else { "55" };
        assert!(code.starts_with(want), "{}: {code}", odd.name);
        assert_eq!(client.say(b"NOOP\r\n").await, "250", "{}", odd.name);
        if odd.is_taken() {
            taken.push(odd);
        }
    }
    let mut shown = 0;
    while shown < taken.len() {
        let listed = page_of(&owner, shown).await;
        assert_eq!(listed["total"], taken.len());
        let emails = listed["emails"].as_array().unwrap();
        for (odd, email) in taken.iter().skip(shown).zip(emails) {
            is_shown(&owner, odd, email["id"].as_str().unwrap()).await;
        }
        shown += emails.len();
    }
    let page = owner.ask("GET", "/inbound?order=subject", None).await;
    assert_eq!(page.status, 200);
}
