//! Goal: while keys change, two other implementations verify everything that arrives.
//! Method: the running binary sends before, during and after a rotation; dkimpy and Mail::DKIM ask the
//! very name server the binary asked, which changes as it would for a customer.

use serde_json::{Value, json};

use crate::node::{Node, http::Session, perl, python};

const DKIMPY: &str = r#"
import dkim, dns.resolver, json, sys
given = json.load(sys.stdin)
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], given["port"]
def look(name, timeout=5):
    try:
        return b"".join(resolver.resolve(name.decode(), "TXT")[0].strings)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
message = given["message"].encode("latin-1")
for index in range(message.split(b"\r\n\r\n")[0].count(b"DKIM-Signature:")):
    one = dkim.DKIM(message)
    try:
        verified = one.verify(idx=index, dnsfunc=look)
    except dkim.DKIMException:
        verified = False
    selector = dict(one.signature_fields).get(b"s", b"?").decode()
    print(selector, "pass" if verified else "fail")
"#;

const MAIL_DKIM: &str = r#"
use strict; use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS::Resolver;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ["127.0.0.1"], port => $ARGV[0]));
binmode STDIN;
my $verifier = Mail::DKIM::Verifier->new();
while (<STDIN>) { $verifier->PRINT($_) }
$verifier->CLOSE;
print $_->selector, " ", ($_->result eq "pass" ? "pass" : "fail"), "\n" for $verifier->signatures;
"#;

/// What dkimpy and Mail::DKIM say of the message: a line per signature each.
async fn verdicts(node: &Node, message: &[u8]) -> [Vec<String>; 2] {
    let port = node.dns.address().port();
    let text: String = message.iter().map(|octet| char::from(*octet)).collect();
    let first = python::run(DKIMPY, &json!({"message": text, "port": port})).await;
    let second = perl::run(MAIL_DKIM, &[&port.to_string()], message).await;
    [first, second].map(|text| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    })
}

async fn both_say(node: &Node, message: &[u8], want: &str) {
    assert_eq!(verdicts(node, message).await, [[want], [want]]);
}

async fn sent(node: &Node, client: &Session) -> Vec<u8> {
    let body = json!({
        "from": "Änn <ann@rotated.example>",
        "to": ["carol@far.example"],
        "subject": "Hello, Grüße  with   spaces",
        "text_body": "Hello Carol.\n\n.a dot\nGrüße\n\n\n",
    });
    client.expect(202, "POST", "/v1/send", Some(body)).await;
    node.sink.next().await.message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dkimpy_and_mail_dkim_verify_mail_throughout_a_rotation() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "rotated.example").await;
    let key = node.key(&owner, json!({"name": "CI"})).await;
    let client = Session::with_key(node.address("http"), &key);
    let at = "/v1/domains/rotated.example/dkim";
    let post = async |path: &str, body: Value| owner.expect(200, "POST", path, Some(body)).await;
    let publish = |record: &Value| {
        let text = |name: &str| record[name].as_str().unwrap();
        node.dns.set_txt(text("name"), text("value"));
    };

    let before = sent(&node, &client).await;
    both_say(&node, &before, "postscale1 pass").await;

    let body = json!({"old_selector": "postscale1", "new_selector": "k2", "algorithm": "rsa4096"});
    let rotated = post(&format!("{at}/rotate"), body).await;
    let during = sent(&node, &client).await;
    both_say(&node, &during, "postscale1 pass").await;

    publish(&rotated["dns_record"]);
    let seen = post(&format!("{at}/k2/verify"), json!({})).await;
    assert_eq!(seen["key"]["status"], "active", "{seen}");
    let after = sent(&node, &client).await;
    both_say(&node, &after, "k2 pass").await;
    // What was on its way meanwhile is still good: the old record is still there.
    for late in [&before, &during] {
        both_say(&node, late, "postscale1 pass").await;
    }

    let body = json!({"selector": "e1", "algorithm": "ed25519"});
    let made = post(at, body).await;
    publish(&made["dns_record"]);
    post(&format!("{at}/e1/verify"), json!({})).await;
    let twice = sent(&node, &client).await;
    // Mail::DKIM of Debian 12 does not know Ed25519: for such receivers the RSA signature is there.
    let [dkimpy, mail_dkim] = verdicts(&node, &twice).await;
    assert_eq!(dkimpy, ["e1 pass", "k2 pass"]);
    assert_eq!(mail_dkim, ["e1 fail", "k2 pass"]);
    let changed = String::from_utf8_lossy(&twice).replace("Hello Carol", "Jello Carol");
    for verdict in verdicts(&node, changed.as_bytes()).await.concat() {
        assert!(verdict.ends_with("fail"), "{verdict}");
    }
}
