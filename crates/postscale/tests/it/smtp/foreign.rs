//! Goal: mail of other people's programs arrives as it was sent.
//! Method: `swaks`, and Postfix with a queue of its own, deliver to the running binary, with and without
//! TLS, with addresses and headers beyond ASCII.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::node::{Node, Session, until};

/// A node that takes everything for `foreign.example`.
async fn receiving() -> (Node, Session) {
    let node = Node::start().await;
    let owner = node.owner().await;
    node.domain(&owner, "foreign.example").await;
    let catch_all = Some(json!({"catch_all_enabled": true}));
    owner
        .expect(200, "PUT", "/v1/domains/foreign.example", catch_all)
        .await;
    (node, owner)
}

async fn arrived(owner: &Session, subject: &str) -> Value {
    let path = format!("/v1/inbound-emails?subject={subject}");
    let id = until(subject, async || {
        let listed = owner.expect(200, "GET", &path, None).await;
        listed["emails"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    let path = format!("/v1/inbound-emails/{id}");
    owner.expect(200, "GET", &path, None).await["email"].take()
}

fn header(email: &Value, name: &str) -> String {
    let fields = email["headers"].as_array().unwrap();
    let field = fields.iter().find(|field| field["name"] == name);
    field.unwrap()["value"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_swaks_delivers_in_clear_and_over_tls() {
    let (node, owner) = receiving().await;
    for (subject, options, with) in [
        ("clear", &[][..], "with ESMTP id"),
        ("encrypted", &["--tls"][..], "with ESMTPS id"),
        (
            "attached",
            &[
                "--attach-type",
                "text/csv",
                "--attach-name",
                "a.csv",
                "--attach",
                "a,1",
            ][..],
            "with ESMTP id",
        ),
    ] {
        let mut swaks = Command::new("swaks");
        swaks
            .args(["--server", node.address("mx"), "--helo", "mx.far.example"])
            .args(["--from", "bob@far.example", "--to", "x@foreign.example"])
            .args([
                "--header",
                &format!("Subject: {subject}"),
                "--body",
                "Hello.",
            ])
            .args(options);
        let output = swaks.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        let email = arrived(&owner, subject).await;
        assert_eq!(email["envelope_sender"], "bob@far.example");
        assert!(
            email["text"].as_str().unwrap().contains("Hello."),
            "{email}"
        );
        assert!(header(&email, "Received").contains(with), "{email}");
        let files = email["attachments"].as_array().unwrap().len();
        assert_eq!(files, usize::from(subject == "attached"));
    }
}

/// Debian's Postfix with a configuration and a queue of its own, which relays to one host.
struct Postfix {
    directory: TempDir,
    port: u16,
}

impl Postfix {
    fn start(relay: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let at = |name: &str| directory.path().join(name);
        for name in ["config", "queue", "data"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        run(Command::new("chown").arg("postfix").arg(at("data")));
        // The queue's own directories belong to users of Postfix, who must get there.
        run(Command::new("chmod").arg("755").arg(directory.path()));
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let (host, relay_port) = relay.rsplit_once(':').unwrap();
        let main = main_cf(directory.path(), &format!("[{host}]:{relay_port}"));
        std::fs::write(at("config/main.cf"), main).unwrap();
        std::fs::write(
            at("config/master.cf"),
            MASTER.replace("PORT", &port.to_string()),
        )
        .unwrap();
        let postfix = Self { directory, port };
        run(Command::new("postfix")
            .arg("-c")
            .arg(postfix.config())
            .arg("start"));
        postfix
    }
    fn config(&self) -> PathBuf {
        self.directory.path().join("config")
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        run(Command::new("postfix")
            .arg("-c")
            .arg(self.config())
            .arg("stop"));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

fn main_cf(directory: &Path, relay: &str) -> String {
    let directory = directory.display();
    format!(
        "compatibility_level = 3.6\nqueue_directory = {directory}/queue\ndata_directory = {directory}/data\n\
         maillog_file = {directory}/log\nmaillog_file_prefixes = /\ninet_interfaces = 127.0.0.1\n\
         inet_protocols = ipv4\nmynetworks = 127.0.0.0/8\nmyhostname = mx.far.example\nmydestination =\n\
         local_recipient_maps =\nalias_maps =\nalias_database =\nsmtpd_peername_lookup = no\n\
         disable_dns_lookups = yes\nsmtp_host_lookup = native\nsmtputf8_enable = yes\n\
         smtp_tls_security_level = may\nrelayhost = {relay}\n"
    )
}

const MASTER: &str = "127.0.0.1:PORT inet n - n - - smtpd\n\
    cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n\
    bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\n\
    verify unix - - n - 1 verify\nflush unix n - n 1000? 0 flush\nproxymap unix - - n - - proxymap\n\
    smtp unix - - n - - smtp\nrelay unix - - n - - smtp\nerror unix - - n - - error\n\
    retry unix - - n - - error\nanvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\n\
    tlsmgr unix - - n 1000? 1 tlsmgr\npostlog unix-dgram n - n - 1 postlogd\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sdk_independent_postfix_relays_over_tls_with_every_extension() {
    let (node, owner) = receiving().await;
    let postfix = Postfix::start(node.address("mx"));
    let mut stream = until("Postfix", async || {
        TcpStream::connect(("127.0.0.1", postfix.port)).await.ok()
    })
    .await;
    let lines = "EHLO client.example\r\nMAIL FROM:<jörg@far.example> SMTPUTF8 BODY=8BITMIME\r\n\
        RCPT TO:<a@foreign.example>\r\nRCPT TO:<grüße@foreign.example>\r\nDATA\r\n";
    // Postfix wants its clients to wait for an answer before DATA.
    let message = "From: Jörg <jörg@far.example>\r\nSubject: relayed Grüße\r\nMIME-Version: 1.0\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n.dot\r\nschöne Grüße\r\n.\r\nQUIT\r\n";
    stream.write_all(lines.as_bytes()).await.unwrap();
    let mut said = String::new();
    while !said.contains("\r\n354 ") {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "{said}");
        said.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    stream
        .write_all(message.replace("\r\n.dot", "\r\n..dot").as_bytes())
        .await
        .unwrap();
    let email = arrived(&owner, "relayed").await;
    assert_eq!(email["subject"], "relayed Grüße");
    assert_eq!(email["envelope_sender"], "jörg@far.example");
    assert_eq!(
        email["text"].as_str().unwrap().trim_end(),
        ".dot\r\nschöne Grüße"
    );
    assert!(
        header(&email, "Received").contains("with UTF8SMTPS id"),
        "{email}"
    );
    let listed = owner
        .expect(200, "GET", "/v1/inbound-emails?subject=relayed", None)
        .await;
    assert_eq!(listed["total"], 2);
}
