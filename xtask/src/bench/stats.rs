//! Counting: the processor time of a send that is counted against one that is not, and the time that
//! 90 days of 100 domains take to read. A program of the `bench` workspace.

use anyhow::{Context, Result};
use serde_json::Value;

use super::measure::{median, pairs};
use super::workshop::{Workshop, bench_program};
use crate::shell::program;

/// What a page may wait for its figures.
const PATIENCE_MS: f64 = 20.0;

pub(super) fn stats() -> Result<Vec<f64>> {
    let load = bench_program("stats")?;
    let workshop = Workshop::open("stats")?;
    let report = program(load, []).args([workshop.path()]).output()?;
    let report: Value = serde_json::from_str(&report).context("`stats` printed no JSON")?;
    let mut sends = Vec::new();
    for (without, with) in pairs(&report["send"])? {
        let (without_us, with_us) = (without / 1e3, with / 1e3);
        println!("    a send: {without_us:.1} µs CPU uncounted, {with_us:.1} µs counted");
        sends.push(with / without);
    }
    let mut reads = Vec::new();
    for (owner, member) in pairs(&report["read"])? {
        let (owner_ms, member_ms) = (owner / 1e6, member / 1e6);
        println!(
            "    90 days of 100 domains: {owner_ms:.2} ms for an owner, {member_ms:.2} ms for a member"
        );
        reads.push(owner_ms.max(member_ms) / PATIENCE_MS);
    }
    Ok(vec![median(sends), median(reads)])
}
