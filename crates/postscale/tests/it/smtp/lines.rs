//! Goal: lines longer than RFC 5322 allows come in, and leave short, with the same content and a
//! signature that is good: what a customer submits, what an alias sends on, and what is answered
//! through a masked one.
//! Method: `smtplib` brings them to the running binary; Python's mail library and dkimpy read what
//! arrives.

use serde_json::{Value, json};

use crate::node::{Node, client, python, sink::Caught};

const SUBMIT: &str = r#"
import json, smtplib, ssl, sys
given = json.load(sys.stdin)
host, port = given["submission"].rsplit(":", 1)
smtp = smtplib.SMTP(host, int(port), local_hostname="client.example", timeout=20)
smtp.starttls(context=ssl._create_unverified_context())
smtp.ehlo()
smtp.login("postscale", given["key"])

def send(message):
    smtp.rset()
    assert smtp.mail("a@lines.example", ["BODY=8BITMIME"])[0] == 250
    assert smtp.rcpt("carol@far.example")[0] == 250
    code, text = smtp.data(message.encode())
    return code, text.decode()

code, text = send(given["message"].replace("FROM", "a@lines.example"))
assert code == 250, (code, text)
head = "From: a@lines.example\r\n"
signed = head + "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\n%s\r\n--s\r\n\r\nx\r\n--s--\r\n"
code, text = send(signed % ("x" * 998))
assert code == 250, (code, text)
code, text = send(signed % ("x" * 999))
assert code == 550 and text.startswith("5.6.0") and "signed" in text, (code, text)
code, text = send(head + "\r\n" + "x" * 8190 + "\r\n")
assert code == 250, (code, text)
code, text = send(head + "\r\n" + "x" * 8191 + "\r\n")
assert code == 554 and text.startswith("5.6.0"), (code, text)
"#;

const READ: &str = r#"
import dkim, email, email.policy, json, sys
given = json.load(sys.stdin)
message = given["message"].encode("latin-1")
assert all(len(line) <= 998 for line in message.split(b"\r\n")), "a line is too long"
look = lambda name, timeout=5: given["record"].encode() if name.rstrip(b".") == given["name"].encode() else None
assert dkim.verify(message, dnsfunc=look), "dkimpy does not verify it"
read = lambda octets: email.message_from_bytes(octets, policy=email.policy.default)
want, got = read(given["want"].encode()), read(message)
assert got["Subject"] == want["Subject"], got["Subject"]
leaves = lambda message: [part for part in message.walk() if not part.is_multipart()]
assert len(leaves(want)) == len(leaves(got)) == 4
for want, got in zip(leaves(want), leaves(got)):
    assert got.get_content_type() == want.get_content_type()
    assert got.get_payload(decode=True) == want.get_payload(decode=True), got
encodings = [part["Content-Transfer-Encoding"] for part in leaves(read(message))]
assert encodings == ["base64", "quoted-printable", "base64", None], encodings
"#;

/// Every kind of part: text of two scripts, encoded text, data, and a part that is as it should be.
fn message() -> String {
    let greek = "λόγος ".repeat(454);
    let quoted = "caf=C3=A9 -- ".repeat(385) + "end";
    let data = "é\u{1}".repeat(1666);
    format!(
        "From: FROM\r\nTo: carol@far.example\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{greek}\r\n\
         --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{quoted}\r\n\
         --b\r\nContent-Type: application/x-data\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{data}\r\n\
         --b\r\nContent-Type: text/html\r\n\r\n<p>short </p>\r\n--b--\r\n",
        "word ".repeat(300).trim_end()
    )
}

async fn read(record: &Value, caught: &Caught) {
    let octets = caught.message.iter();
    let message: String = octets.map(|octet| char::from(*octet)).collect();
    let input = json!({
        "message": message,
        "want": self::message(),
        "name": record["name"],
        "record": record["value"],
    });
    python::run(READ, &input).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dkimpy_verifies_what_left_with_shorter_lines() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "lines.example").await;
    node.dns.set_mx("people.example", 10, "mx.far.example");
    node.dns
        .set_txt("people.example", "v=spf1 ip4:127.0.0.1 -all");
    let key = node.key(&owner, json!({"name": "CI"})).await;
    let keys = owner
        .expect(200, "GET", "/v1/domains/lines.example/dkim", None)
        .await;
    let record = &keys["dns_records"][0];

    let input = json!({
        "submission": node.address("submission"), "key": key, "message": message(),
    });
    python::run(SUBMIT, &input).await;
    let submitted = [
        node.sink.next().await,
        node.sink.next().await,
        node.sink.next().await,
    ];
    let is_whole = |caught: &&Caught| caught.text().contains("Subject: word");
    read(record, submitted.iter().find(is_whole).unwrap()).await;
    let is_signed = |caught: &&Caught| caught.text().contains(&"x".repeat(998));
    assert!(submitted.iter().any(|caught| is_signed(&caught)));

    for alias in [
        json!({"address": "plain", "domain": "lines.example", "forward_to": [Node::OWNER]}),
        json!({"address": "mask", "domain": "lines.example", "forward_to": [Node::OWNER], "is_masked": true}),
    ] {
        owner.expect(201, "POST", "/v1/aliases", Some(alias)).await;
    }
    let mx = node.address("mx");
    let from_bob = message().replace("FROM", "bob@far.example");
    let to = "plain@lines.example";
    assert_eq!(
        client::send(mx, "bob@far.example", to, &from_bob).await,
        "250"
    );
    let forwarded = node.sink.next().await;
    assert_eq!(forwarded.to, [Node::OWNER]);
    read(record, &forwarded).await;

    let to = "mask@lines.example";
    assert_eq!(
        client::send(mx, "bob@far.example", to, &from_bob).await,
        "250"
    );
    let masked = node.sink.next().await;
    read(record, &masked).await;
    let text = masked.text().replace("\r\n ", " ").replace("\r\n\t", " ");
    let from = text.lines().find(|line| line.starts_with("From:")).unwrap();
    let reverse = from.split(['<', '>']).nth(1).unwrap();
    let answer = message().replace("FROM", Node::OWNER);
    assert_eq!(client::send(mx, Node::OWNER, reverse, &answer).await, "250");
    let answered = node.sink.next().await;
    assert_eq!(answered.to, ["bob@far.example"]);
    read(record, &answered).await;
}
