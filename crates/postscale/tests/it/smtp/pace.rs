//! Goal: too much mail is put off, never refused: from one network, for one address, for one organization.
//! Method: `smtplib` and small limits of each kind.

use serde_json::json;

use crate::node::{Node, python};

const SCRIPT: &str = r#"
import json, smtplib, sys
given = json.load(sys.stdin)
host, port = given["mx"].rsplit(":", 1)
mx = smtplib.SMTP(host, int(port), local_hostname="mx.far.example", timeout=20)
mx.ehlo()
answers = []
for to in given["to"]:
    mx.rset()
    assert mx.mail("bob@far.example")[0] == 250
    code, text = mx.rcpt(to)
    if code == 250:
        code, text = mx.data("From: bob@far.example\r\nSubject: x\r\n\r\nx\r\n")
    answers.append("%d %s" % (code, text.decode().split(" ")[0]))
print(" ".join(answers))
"#;

async fn answers(config: &str, to: &[&str]) -> String {
    let node = Node::start_with(config).await;
    let owner = node.owner().await;
    node.domain(&owner, "pace.example").await;
    let catch_all = Some(json!({"catch_all_enabled": true}));
    owner
        .expect(200, "PUT", "/v1/domains/pace.example", catch_all)
        .await;
    let input = json!({"mx": node.address("mx"), "to": to});
    python::run(SCRIPT, &input).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_clients_are_told_to_slow_down() {
    let [a, b, nobody] = ["a@pace.example", "b@pace.example", "x@never.example"];
    for (what, config, to, want) in [
        (
            "for one address",
            "inbound_per_address = 2\n",
            vec![a, a, a, b],
            "250 2.0.0 250 2.0.0 450 4.7.1 250 2.0.0\n",
        ),
        (
            "from one network, whoever it asks for",
            "inbound_per_client = 3\n",
            vec![a, nobody, b, a],
            "250 2.0.0 550 5.7.1 250 2.0.0 450 4.7.1\n",
        ),
        (
            "for one organization",
            "plan = 'slow'\n[plans.slow]\nreceived_per_minute = 2\n",
            vec![a, b, a, nobody],
            "250 2.0.0 250 2.0.0 450 4.7.1 550 5.7.1\n",
        ),
    ] {
        assert_eq!(answers(config, &to).await, want, "{what}");
    }
}
