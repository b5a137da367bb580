//! The pure decision against Cedar. Both run in one process of the `bench` workspace, which
//! compares every answer before it takes the time.

use anyhow::{Context, Result};
use serde_json::Value;

use super::measure::median;
use super::workshop::bench_program;
use crate::shell::program;

pub(super) fn decide() -> Result<f64> {
    let report = program(bench_program("decide")?, []).output()?;
    let report: Value = serde_json::from_str(&report).context("`decide` printed no JSON")?;
    let peer = report["peer"].as_str().context("no peer")?;
    println!(
        "    {} answers equal to those of {peer}",
        report["compared"]
    );
    let mut ratios = Vec::new();
    for pair in report["nanoseconds"].as_array().context("no samples")? {
        let (ours, theirs) = (pair[0].as_f64(), pair[1].as_f64());
        let (ours, theirs) = ours.zip(theirs).context("a sample without two numbers")?;
        println!("    ours {ours:.0} ns, {peer} {theirs:.0} ns");
        ratios.push(theirs / ours);
    }
    Ok(median(ratios))
}
