//! The two hottest requests against the least that any such service must do: `wrk` on a bare axum
//! handler with the same database engine, from the `bench` workspace.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::instance::Instance;
use super::measure::{Sample, compare, sample};
use super::workshop::{Server, Workshop, bench_program, package_version};
use crate::shell::{find_executable, program};
use crate::testing::packages;
use crate::tree;

const RUN: Duration = Duration::from_secs(5);
const CONNECTIONS: &str = "-c64";

/// `POST /v1/send`: authenticated, authorized, durable; the ceiling is only durable.
pub(super) fn send() -> Result<Vec<f64>> {
    let setup = Setup::start("send")?;
    let sample = setup.instance.sample()?;
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(12);
    let body = serde_json::json!({
        "from": sample.from, "to": [sample.to], "subject": "Your order 12345 has shipped",
        "text_body": text, "html_body": format!("<p>{text}</p>"),
    });
    // Lua's long brackets take JSON as it is.
    let script = format!(
        "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"\n\
         wrk.headers[\"Authorization\"] = \"Bearer {}\"\nwrk.body = [==[{body}]==]\n",
        sample.key
    );
    setup.compare(&script, "/v1/send", "/v1/send")
}

/// `GET /v1/domains/{id}`: authenticated and authorized; the ceiling reads one row by its key.
pub(super) fn read() -> Result<Vec<f64>> {
    let setup = Setup::start("read")?;
    let sample = setup.instance.sample()?;
    let domains = setup.instance.get(&sample.key, "/v1/domains")?;
    let first = domains
        .get("domains")
        .or(domains.get("data"))
        .unwrap_or(&domains)
        .get(0);
    let id = first
        .and_then(|domain| domain.get("id")?.as_str())
        .context("no domain in the list")?;
    let script = format!(
        "wrk.headers[\"Authorization\"] = \"Bearer {}\"\n",
        sample.key
    );
    setup.compare(&script, &format!("/v1/domains/{id}"), "/v1/domains/4711")
}

struct Setup {
    instance: Instance,
    ceiling: Server,
    ceiling_address: String,
    // Last, so that servers are stopped before their files are removed.
    workshop: Workshop,
}

impl Setup {
    fn start(name: &str) -> Result<Self> {
        if find_executable("wrk").is_none() {
            packages::install(&["wrk"])?;
        }
        let workshop = Workshop::open(name)?;
        println!(
            "    load: {}, {CONNECTIONS}, {} s a run",
            package_version("wrk")?,
            RUN.as_secs()
        );
        // Delivery is another benchmark; here it would only take the CPU from what is measured.
        let instance = Instance::start(&workshop, &[("POSTSCALE_WORKERS", "none")])?;
        let program = bench_program("ceiling")?;
        let (ceiling, ceiling_address) = Server::start_announced(&program, workshop.path())?;
        Ok(Self {
            instance,
            ceiling,
            ceiling_address,
            workshop,
        })
    }

    fn compare(&self, script: &str, ours: &str, peer: &str) -> Result<Vec<f64>> {
        let file = self.workshop.path().join("load.lua");
        tree::write(&file, script)?;
        let ours = format!("http://{}{ours}", self.instance.address("http")?);
        let peer = format!("http://{}{peer}", self.ceiling_address);
        let compared = compare(
            "the ceiling",
            || load(self.instance.pid(), &file, &ours),
            || load(self.ceiling.pid(), &file, &peer),
        )?;
        Ok(vec![compared.rate])
    }
}

/// One run of `wrk`; an answer that is not a success is a failure of the benchmark.
fn load(server: u32, script: &Path, url: &str) -> Result<Sample> {
    let mut per_second = 0.0;
    let mut taken = sample(server, || {
        let duration = format!("-d{}s", RUN.as_secs());
        let report = program(
            "wrk",
            ["-t1", CONNECTIONS, &duration, "--timeout", "10s", "-s"],
        )
        .args([script])
        .args([url])
        .output()?;
        if report.contains("Non-2xx") || report.contains("Socket errors") {
            bail!("not every request to {url} succeeded:\n{report}");
        }
        per_second = number_after(&report, "Requests/sec:")?;
        number_before(&report, " requests in")
    })?;
    // wrk's own clock does not count its start.
    taken.per_second = per_second;
    Ok(taken)
}

fn number_after(report: &str, label: &str) -> Result<f64> {
    let rest = report.split_once(label).map(|(_, rest)| rest.trim_start());
    let word = rest.and_then(|rest| rest.split_whitespace().next());
    word.and_then(|word| word.parse().ok())
        .with_context(|| format!("no `{label}` in:\n{report}"))
}

fn number_before(report: &str, label: &str) -> Result<f64> {
    let word = report
        .split_once(label)
        .and_then(|(before, _)| before.split_whitespace().last());
    word.and_then(|word| word.parse().ok())
        .with_context(|| format!("no `{label}` in:\n{report}"))
}

#[cfg(test)]
mod tests {
    use super::{number_after, number_before};

    #[test]
    fn the_figures_of_a_report_are_found() {
        let report = "  51234 requests in 5.01s, 9.1MB read\nRequests/sec:  10226.35\n";
        assert_eq!(
            number_after(report, "Requests/sec:").unwrap().to_bits(),
            10226.35_f64.to_bits()
        );
        assert_eq!(
            number_before(report, " requests in").unwrap().to_bits(),
            51234_f64.to_bits()
        );
        assert!(number_after("nothing", "Requests/sec:").is_err());
    }
}
