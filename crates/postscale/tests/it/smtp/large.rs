//! Goal: a message of the largest size is taken without the node growing with it while it comes in, and
//! one octet more is refused.
//! Method: 50 MiB over a socket to the running binary, whose memory the system tells.

use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use crate::node::Node;

const MIB: usize = 1024 * 1024;
/// Memory a message in transit may take: a piece of it, buffers, and what the allocator holds.
const GROWTH_KIB_MAX: u64 = 16 * 1024;

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(mx: &str) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(mx).await.unwrap()));
        client.expect("220").await;
        client.say("HELO mx.far.example\r\n", "250").await;
        client
    }
    async fn expect(&mut self, code: &str) {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        assert!(line.starts_with(code), "{line} is not {code}");
    }
    async fn say(&mut self, text: &str, code: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.expect(code).await;
    }
    /// Up to the message.
    async fn begin(&mut self) {
        self.say("MAIL FROM:<bob@far.example>\r\n", "250").await;
        self.say("RCPT TO:<x@large.example>\r\n", "250").await;
        self.say("DATA\r\n", "354").await;
    }
}

/// A message of so many octets, with one attachment.
fn message(octets: usize) -> Vec<u8> {
    let mut message = b"From: bob@far.example\r\nSubject: large\r\nMIME-Version: 1.0\r\n\
        Content-Type: application/octet-stream; name=large.bin\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n"
        .to_vec();
    let line = ["QUJD".repeat(19), "\r\n".to_owned()].concat();
    while message.len() + line.len() <= octets {
        message.extend_from_slice(line.as_bytes());
    }
    let rest = octets - message.len();
    message.extend(std::iter::repeat_n(b'A', rest.saturating_sub(2)));
    message.extend_from_slice(&b"\r\n"[..rest.min(2)]);
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_fifty_mebibytes_is_taken_and_memory_stays_flat_while_it_comes() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "large.example").await;
    let catch_all = Some(json!({"catch_all_enabled": true}));
    owner
        .expect(200, "PUT", "/v1/domains/large.example", catch_all)
        .await;
    let mut client = Client::connect(node.address("mx")).await;
    // The first message pays for what later ones use as well.
    client.begin().await;
    client.say("Subject: warm\r\n\r\nx\r\n.\r\n", "250").await;

    let whole = message(50 * MIB);
    client.begin().await;
    let before = node.memory_kib("VmRSS");
    let (most, last) = whole.split_at(49 * MIB);
    client.0.write_all(most).await.unwrap();
    let during = node.memory_kib("VmRSS");
    client.0.write_all(last).await.unwrap();
    client.say(".\r\n", "250").await;
    let peak = node.memory_kib("VmHWM");
    println!("RSS {before} KiB before, {during} KiB with 49 MiB in, {peak} KiB at most");
    assert!(
        during < before + GROWTH_KIB_MAX,
        "{before} KiB grew to {during} KiB"
    );

    client.begin().await;
    client.0.write_all(&message(50 * MIB + 1)).await.unwrap();
    client.say("\r\n.\r\n", "552").await;
    let listed = owner
        .expect(200, "GET", "/v1/inbound-emails?subject=large", None)
        .await;
    assert_eq!(listed["total"], 1);
    let at = format!(
        "/v1/inbound-emails/{}",
        listed["emails"][0]["id"].as_str().unwrap()
    );
    let email = owner.expect(200, "GET", &at, None).await["email"].take();
    assert_eq!(email["attachments"][0]["filename"], "large.bin");
    assert!(email["attachments"][0]["size"].as_u64().unwrap() > 36 * MIB as u64);
}
