//! Looking at domains' DNS records: all records of one domain against one question to the same slow
//! server, and what the looks at 100,000 domains take of one core. A program of the `bench` workspace,
//! with a name server in a process of its own.

use anyhow::{Context, Result};
use serde_json::Value;

use super::measure::median;
use super::workshop::{Workshop, bench_program};
use crate::shell::program;

/// Looks a second at 100,000 domains, each every six hours.
const LOOKS_A_SECOND: f64 = 100_000.0 / (6.0 * 3600.0);

pub(super) fn looks() -> Result<Vec<f64>> {
    let load = bench_program("looks")?;
    let workshop = Workshop::open("looks")?;
    let report = program(load, []).args([workshop.path()]).output()?;
    let report: Value = serde_json::from_str(&report).context("`looks` printed no JSON")?;
    let mut ratios = Vec::new();
    for pair in report["slow"].as_array().context("no samples")? {
        let (one, all) = pair[0]
            .as_f64()
            .zip(pair[1].as_f64())
            .context("no numbers")?;
        println!(
            "    one question {:.0} ms, all records {:.0} ms",
            one * 1e3,
            all * 1e3
        );
        ratios.push(all / one);
    }
    let look = report["look_seconds"].as_f64().context("no look")?;
    println!("    one look {:.2} ms of processor time", look * 1e3);
    Ok(vec![median(ratios), look * LOOKS_A_SECOND])
}
