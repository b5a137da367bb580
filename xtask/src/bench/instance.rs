//! The product as a laptop instance: the release binary on loopback ports of its own, with the
//! demo organization whose domains its own DNS verifies.
//!
//! The key, a sender and a recipient are read from the `curl` line that `postscale dev` prints for
//! people.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::workshop::{self, Server, Workshop};
use crate::shell::program;
use crate::tree;

const START_LIMIT: Duration = Duration::from_secs(60);

pub(super) struct Instance {
    server: Server,
    runtime: Value,
    log: PathBuf,
}

/// What the printed `curl` line shows.
pub(super) struct Sample {
    pub(super) key: String,
    pub(super) from: String,
    pub(super) to: String,
}

impl Instance {
    /// Starts it and waits until it says where it listens. `settings` come on top of the ports.
    pub(super) fn start(workshop: &Workshop, settings: &[(&str, &str)]) -> Result<Self> {
        let binary = workshop::product()?;
        let data = workshop.path().join("data");
        fs::create_dir(&data)?;
        let log = workshop.path().join("postscale.log");
        let configure = |command: &mut std::process::Command| {
            command
                .arg("dev")
                .env("POSTSCALE_DATA_DIR", &data)
                // One peer and one address is what a figure is made of.
                .env("POSTSCALE_INBOUND_PER_CLIENT", "0")
                .env("POSTSCALE_INBOUND_PER_ADDRESS", "0")
                .env("POSTSCALE_LOG", "warn");
            for listener in ["HTTP", "OPS", "MX", "SUBMISSION"] {
                command.env(format!("POSTSCALE_{listener}_LISTEN"), "127.0.0.1:0");
            }
            command.envs(settings.iter().copied());
        };
        let mut server = Server::start(&binary, configure, &log)?;
        let file = data.join("runtime.json");
        let ready = workshop::wait_until(START_LIMIT, || {
            if !server.is_running()? {
                bail!("the product does not start:\n{}", tree::read(&log)?);
            }
            Ok(tree::read_if_present(&file)?.is_some_and(|text| text.trim_end().ends_with('}')))
        })?;
        if !ready {
            bail!(
                "the product does not say where it listens:\n{}",
                tree::read(&log)?
            );
        }
        let runtime = serde_json::from_str(&tree::read(&file)?).context("runtime.json")?;
        Ok(Self {
            server,
            runtime,
            log,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// The address of a listener, named as in `runtime.json`.
    pub(super) fn address(&self, listener: &str) -> Result<String> {
        let named = self.runtime.get(listener);
        let first = named.and_then(|named| named.as_str().or_else(|| named.get(0)?.as_str()));
        first
            .map(str::to_owned)
            .with_context(|| format!("runtime.json has no `{listener}`"))
    }

    /// What people are shown to try first.
    pub(super) fn sample(&self) -> Result<Sample> {
        let mut shown = String::new();
        workshop::wait_until(START_LIMIT, || {
            shown = tree::read(&self.log)?;
            Ok(sample_of(&shown).is_some())
        })?;
        sample_of(&shown).with_context(|| format!("no `curl` line with a key in:\n{shown}"))
    }

    /// `GET` with the key, as JSON.
    pub(super) fn get(&self, key: &str, path: &str) -> Result<Value> {
        let url = format!("http://{}{path}", self.address("http")?);
        let header = format!("Authorization: Bearer {key}");
        let limits = [
            "--silent",
            "--show-error",
            "--fail",
            "--max-time",
            "10",
            "--header",
        ];
        let answer = program("curl", limits).args([&header, &url]).output()?;
        serde_json::from_str(&answer).with_context(|| format!("GET {path} answers no JSON"))
    }
}

fn sample_of(shown: &str) -> Option<Sample> {
    let command = &shown[shown.find("curl ")?..];
    let key = command.split_once("Bearer ")?.1;
    let key = key.split(['"', '\'', ' ', '\n']).next()?;
    let tight: String = command.chars().filter(|c| !c.is_whitespace()).collect();
    let from = tight.split_once("\"from\":\"")?.1.split_once('"')?.0;
    let to = tight.split_once("\"to\":[\"")?.1.split_once('"')?.0;
    Some(Sample {
        key: key.to_owned(),
        from: address(from),
        to: address(to),
    })
}

/// The bare address of a mailbox that may have a display name.
fn address(mailbox: &str) -> String {
    let inner = mailbox.split_once('<').map_or(mailbox, |(_, rest)| rest);
    inner.trim_end_matches('>').to_owned()
}

#[cfg(test)]
mod tests {
    use super::sample_of;

    #[test]
    fn key_and_addresses_are_read_from_the_line_that_people_see() {
        let shown = "try:\n  curl http://127.0.0.1:8080/v1/send \\\n  \
                     -H 'Authorization: Bearer ps_live_abc' \\\n  \
                     -d '{\"from\": \"Shop <shop@client.test>\", \"to\": [\"bob@example.test\"]}'\n";
        let sample = sample_of(shown).unwrap();
        assert_eq!(sample.key, "ps_live_abc");
        assert_eq!(sample.from, "shop@client.test");
        assert_eq!(sample.to, "bob@example.test");
    }

    #[test]
    fn without_a_key_there_is_no_sample() {
        assert!(sample_of("curl http://127.0.0.1:8080/healthz").is_none());
    }
}
