//! Goal: a hard cap holds at both SMTP doors: what is beyond it is refused for good and counts nothing.
//! Method: `smtplib` and a plan of three messages.

use serde_json::json;

use crate::node::{Node, python};

const PLAN: &str = "plan = \"small\"\n[plans.small]\nmonthly_messages = 3\nhard_cap = true\n";

const SCRIPT: &str = r#"
import json, smtplib, ssl, sys
given = json.load(sys.stdin)
where = lambda name: (given[name].rsplit(":", 1)[0], int(given[name].rsplit(":", 1)[1]))
MESSAGE = "From: a@cap.example\r\nTo: carol@far.example\r\nSubject: x\r\n\r\nx\r\n"

mx = smtplib.SMTP(*where("mx"), local_hostname="mx.far.example", timeout=20)
mx.ehlo()
def receive():
    mx.rset()
    assert mx.mail("bob@far.example")[0] == 250
    code, text = mx.rcpt("x@cap.example")
    if code != 250:
        return code, text.decode()
    code, text = mx.data("From: bob@far.example\r\nSubject: in\r\n\r\nx\r\n")
    return code, text.decode()

smtp = smtplib.SMTP(*where("submission"), local_hostname="client.example", timeout=20)
smtp.starttls(context=ssl._create_unverified_context())
smtp.ehlo()
smtp.login("postscale", given["key"])
def send(*recipients):
    smtp.rset()
    assert smtp.mail("a@cap.example")[0] == 250
    for recipient in recipients:
        assert smtp.rcpt(recipient)[0] == 250
    code, text = smtp.data(MESSAGE)
    return code, text.decode()

assert receive()[0] == 250
assert send("carol@far.example", "dan@far.example", "eve@far.example") == (
    550, "5.7.1 Monthly quota of your plan is used up")
assert send("carol@far.example", "dan@far.example")[0] == 250
assert send("carol@far.example")[0] == 550
assert receive() == (552, "5.2.2 Mailbox full")
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_clients_find_the_quota_used_up() {
    let node = Node::start_with(PLAN).await;
    let owner = node.owner().await;
    node.domain(&owner, "cap.example").await;
    let catch_all = Some(json!({"catch_all_enabled": true}));
    owner
        .expect(200, "PUT", "/v1/domains/cap.example", catch_all)
        .await;
    let key = node.key(&owner, json!({"name": "CI"})).await;
    let input = json!({
        "key": key,
        "submission": node.address("submission"),
        "mx": node.address("mx"),
    });
    python::run(SCRIPT, &input).await;
    let used = owner.expect(200, "GET", "/v1/usage/summary", None).await;
    assert_eq!(
        (&used["sent"], &used["received"]),
        (&json!(2), &json!(1)),
        "{used}"
    );
}
