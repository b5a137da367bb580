//! The binary as operators run it, on loopback ports, with a real name server and a real SMTP
//! server of the rest of the world beside it.

pub mod client;
pub mod http;
pub mod perl;
pub mod python;
mod script;
pub mod sink;

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use postscale_testkit::TestDns;
use serde_json::{Value, json};
use tempfile::TempDir;

pub use self::http::Session;
use self::sink::Sink;

/// How long anything of another process may take.
pub const DEADLINE: Duration = Duration::from_secs(30);
/// The configuration file in the data directory.
const CONFIG: &str = "postscale.toml";
/// Pause between two looks at another process.
const PAUSE: Duration = Duration::from_millis(20);

/// A running instance and its surroundings. It is killed when dropped.
pub struct Node {
    child: Child,
    directory: TempDir,
    pub dns: TestDns,
    pub sink: Sink,
    /// Where it listens, from `runtime.json`.
    listening: Value,
}

/// Looks again and again until there is something to see.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

impl Node {
    /// Login of the owner.
    pub const OWNER: &str = "owner@people.example";
    /// Their password.
    pub const PASSWORD: &str = "correct horse battery staple";

    /// Starts one on an empty data directory.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// As [`Node::start`], with a configuration file.
    pub async fn start_with(config: &str) -> Self {
        let directory = TempDir::new().unwrap();
        std::fs::write(directory.path().join(CONFIG), config).unwrap();
        let dns = TestDns::start().await;
        let sink = Sink::start().await;
        for host in ["far.example", "mx.far.example"] {
            dns.set_a(host, [127, 0, 0, 1].into());
        }
        dns.set_mx("far.example", 10, "mx.far.example");
        let child = spawn(directory.path(), &dns, &sink);
        let mut node = Self {
            child,
            directory,
            dns,
            sink,
            listening: Value::Null,
        };
        node.wait().await;
        node
    }

    async fn wait(&mut self) {
        let file = self.directory.path().join("runtime.json");
        let child = &mut self.child;
        self.listening = until("runtime.json", async || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the node stopped: {status}");
            }
            serde_json::from_slice(&std::fs::read(&file).ok()?).ok()
        })
        .await;
    }

    /// Ends it as a power cut would, and starts it again on the same data.
    pub async fn kill_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // A killed node leaves its file behind.
        let _ = std::fs::remove_file(self.directory.path().join("runtime.json"));
        self.child = spawn(self.directory.path(), &self.dns, &self.sink);
        self.wait().await;
    }

    /// Memory of the process, as the system tells it under that name.
    pub fn memory_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.unwrap().trim_matches(|c: char| !c.is_ascii_digit());
        number.parse().unwrap()
    }

    /// The address of a service.
    pub fn address(&self, service: &str) -> &str {
        self.listening[service].as_str().unwrap()
    }

    /// Signs the owner in.
    pub async fn owner(&self) -> Session {
        Session::sign_in(self.address("http"), Node::OWNER, Node::PASSWORD).await
    }

    /// Registers a domain, publishes every record it asks for and verifies it. It may send as much as it
    /// likes.
    pub async fn domain(&self, owner: &Session, name: &str) -> Value {
        let body = json!({"domain": name, "type": "both"});
        owner.expect(201, "POST", "/v1/domains", Some(body)).await;
        let at = format!("/v1/domains/{name}");
        let none = Some(json!({}));
        owner
            .expect(200, "POST", &format!("{at}/dkim"), none.clone())
            .await;
        self.publish(owner, name).await;
        let seen = owner
            .expect(200, "POST", &format!("{at}/verify"), none)
            .await;
        assert_eq!(seen["verified"], true, "{seen}");
        let warmed = Some(json!({"skip": true}));
        owner
            .expect(200, "POST", &format!("{at}/warming/start"), warmed)
            .await;
        seen
    }

    /// Publishes every record a domain asks for.
    pub async fn publish(&self, owner: &Session, name: &str) {
        let dns = format!("/v1/domains/{name}/dns");
        let dns = owner.expect(200, "GET", &dns, None).await;
        for record in dns["records"].as_array().unwrap() {
            let text = |field: &str| record[field].as_str().unwrap();
            match text("type") {
                "TXT" => self.dns.set_txt(text("name"), text("value")),
                "MX" => self.dns.set_mx(text("name"), 10, text("value")),
                "CNAME" => self.dns.set_cname(text("name"), text("value")),
                other => panic!("{other}"),
            }
        }
    }

    /// Makes an API key.
    pub async fn key(&self, owner: &Session, body: Value) -> String {
        let made = owner.expect(201, "POST", "/v1/api-keys", Some(body)).await;
        made["secret"].as_str().unwrap().to_owned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(directory: &Path, dns: &TestDns, sink: &Sink) -> Child {
    Command::new(env!("CARGO_BIN_EXE_postscale"))
        .arg("serve")
        .env_clear()
        .env("POSTSCALE_CONFIG", directory.join(CONFIG))
        .env("POSTSCALE_DATA_DIR", directory)
        .env("POSTSCALE_HOSTNAME", "postscale.example")
        .env("POSTSCALE_HTTP_LISTEN", "127.0.0.1:0")
        .env("POSTSCALE_OPS_LISTEN", "127.0.0.1:0")
        .env("POSTSCALE_MX_LISTEN", "127.0.0.1:0")
        .env("POSTSCALE_SUBMISSION_LISTEN", "127.0.0.1:0")
        .env("POSTSCALE_SUBMISSIONS_LISTEN", "")
        .env("POSTSCALE_DNS", dns.address().to_string())
        .env("POSTSCALE_OUTBOUND_PORT", sink.address().port().to_string())
        .env("POSTSCALE_OUTBOUND_ALLOW", "127.0.0.0/8")
        .env("POSTSCALE_WEBHOOK_ALLOW", "127.0.0.0/8")
        .env("POSTSCALE_OWNER_EMAIL", Node::OWNER)
        .env("POSTSCALE_OWNER_PASSWORD", Node::PASSWORD)
        .env("POSTSCALE_LOG", "warn")
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}
