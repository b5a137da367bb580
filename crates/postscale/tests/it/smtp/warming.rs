//! Goal: a client that submits by SMTP is told to come again when the sender is new and may send no
//! more for now, and nothing of the message is kept.
//! Method: `smtplib`, and a domain in its first days.

use serde_json::json;

use crate::node::{Node, python};

const SCRIPT: &str = r#"
import json, re, smtplib, ssl, sys
given = json.load(sys.stdin)
host, port = given["submission"].rsplit(":", 1)
MESSAGE = "From: a@new.example\r\nTo: carol@far.example\r\nSubject: x\r\n\r\nx\r\n"

smtp = smtplib.SMTP(host, int(port), local_hostname="client.example", timeout=20)
smtp.starttls(context=ssl._create_unverified_context())
smtp.ehlo()
smtp.login("postscale", given["key"])
def send(*recipients):
    smtp.rset()
    assert smtp.mail("a@new.example")[0] == 250
    for recipient in recipients:
        assert smtp.rcpt(recipient)[0] == 250
    code, text = smtp.data(MESSAGE)
    return code, text.decode()

assert send("carol@far.example")[0] == 250
code, text = send("carol@far.example", "dan@far.example", "eve@far.example")
assert code == 450, (code, text)
assert re.fullmatch(
    r"4\.7\.1 per-minute sending limit of 2 recipients is less than the 3 of this message; "
    r"send it to fewer at once; try again in [1-9]\d* seconds", text), text
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_clients_are_told_to_come_again_when_a_new_sender_may_send_no_more() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "new.example").await;
    let at = "/v1/domains/new.example/warming";
    let again = Some(json!({"phase": "phase_1"}));
    owner
        .expect(200, "POST", &format!("{at}/start"), again)
        .await;
    let key = node.key(&owner, json!({"name": "CI"})).await;
    let input = json!({"key": key, "submission": node.address("submission")});
    python::run(SCRIPT, &input).await;
    let found = owner.expect(200, "GET", at, None).await;
    assert_eq!(found["today_sent"], 1, "{found}");
    let sent = owner.expect(200, "GET", "/v1/emails", None).await;
    assert_eq!(sent["total"], 1, "{sent}");
}
