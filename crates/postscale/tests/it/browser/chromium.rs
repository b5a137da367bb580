//! Headless Chromium behind its driver, both on loopback, both gone when the test is.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::node::until;

/// A browser and its driver, ended when dropped.
pub struct Browser {
    /// What drives it.
    pub client: Client,
    driver: Driver,
    _profile: TempDir,
}

struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn required(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test command says where the browser is"
    )]
    let value = std::env::var(name);
    value.unwrap_or_else(|_| panic!("{name} is not set: run the tests with `cargo xtask test`"))
}

/// Starts a browser with an empty profile.
pub async fn start() -> Browser {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new(required("POSTSCALE_TEST_CHROMEDRIVER"))
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let driver = Driver(child);
    let profile = TempDir::new().unwrap();
    let arguments = [
        "--headless".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        format!("--user-data-dir={}", profile.path().display()),
    ];
    let options = json!({ "binary": required("POSTSCALE_TEST_CHROMIUM"), "args": arguments });
    let capabilities = [("goog:chromeOptions".to_owned(), options)]
        .into_iter()
        .collect();
    let url = format!("http://127.0.0.1:{port}");
    let client = until("a browser session", async || {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(serde_json::Map::clone(&capabilities));
        builder.connect(&url).await.ok()
    })
    .await;
    client
        .update_timeouts(fantoccini::wd::TimeoutConfiguration::new(
            None,
            Some(Duration::from_secs(30)),
            None,
        ))
        .await
        .unwrap();
    Browser {
        client,
        driver,
        _profile: profile,
    }
}

impl Browser {
    /// Ends the session, so that the browser does not outlive its driver.
    pub async fn close(self) {
        let Self { client, driver, .. } = self;
        client.close().await.unwrap();
        drop(driver);
    }
}
