//! Goal: reports as the big reporters send them, mailed through the MX port, become the domain's figures.
//! Method: `smtplib`, which is not ours, mails every vector to the running binary.

use std::path::PathBuf;

use serde_json::json;

use crate::node::{Node, python, until};

const SCRIPT: &str = r#"
import email.message, json, pathlib, smtplib, sys, gzip
given = json.load(sys.stdin)
host, port = given["mx"].rsplit(":", 1)
mx = smtplib.SMTP(host, int(port), local_hostname="mx.reporter.example", timeout=20)
mx.ehlo()

def rcpt(address):
    mx.rset()
    assert mx.mail("reports@reporter.example")[0] == 250
    return mx.rcpt(address)

# Only the addresses that domains have are there, and they are no relay.
token, _, domain = given["address"].partition("@")
for nobody in ["x@" + domain, token + "x@" + domain, "postmaster+" + token + "@" + domain]:
    assert rcpt(nobody)[0] == 550, nobody

def send(message):
    assert rcpt(given["address"].upper())[0] == 250
    code, text = mx.data(message)
    assert code == 250, (code, text)

count = 0
for path in sorted(pathlib.Path(given["vectors"]).iterdir()):
    octets = path.read_bytes()
    if path.suffix != ".eml":
        message = email.message.EmailMessage()
        message["From"] = "reports@reporter.example"
        message["To"] = given["address"]
        message["Subject"] = "Report domain: example.com " + path.name
        message.set_content("A report.")
        if path.suffix == ".json":
            message.add_attachment(gzip.compress(octets), "application", "tlsrpt+gzip", filename=path.name + ".gz")
        else:
            message.add_attachment(gzip.compress(octets), "application", "gzip", filename=path.name + ".gz")
        octets = message.as_bytes()
    send(octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    count += 1
send(b"From: a@b.example\r\nSubject: hello\r\n\r\nNo report.\r\n")
mx.quit()
assert count >= 4, count
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_clients_mail_reports_of_every_shape() {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "example.com").await;
    let at = "/v1/domains/example.com/dmarc";
    let address = owner
        .expect(200, "GET", &format!("{at}/address"), None)
        .await;
    let vectors = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../mail/tests/vectors");
    for kind in ["dmarc", "tls"] {
        let input = json!({
            "mx": node.address("mx"),
            "address": address["address"],
            "vectors": vectors.join(kind),
        });
        python::run(SCRIPT, &input).await;
    }
    let all = format!("{at}/reports?limit=100");
    let reports = until("every report", async || {
        let reports = owner.expect(200, "GET", &all, None).await;
        let tls = owner
            .expect(200, "GET", &format!("{at}/tls-reports"), None)
            .await;
        (reports["total"] == 32 && tls["total"] == 4).then_some(reports)
    })
    .await;
    let reports = reports["reports"].as_array().unwrap();
    let sum = |what: &str| {
        let all = reports.iter();
        all.map(|one| one[what].as_i64().unwrap()).sum::<i64>()
    };
    assert_eq!((sum("total_messages"), sum("dmarc_pass")), (571, 550));
    // What came in many containers is one report.
    let google = reports.iter();
    assert_eq!(
        google.filter(|one| one["org_name"] == "google.com").count(),
        1
    );
}
