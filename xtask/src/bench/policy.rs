//! Authorization: the pure decision against Cedar, and what is read for it as the data grows. Both are
//! programs of the `bench` workspace, which compare every answer as well as take the time.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::measure::{median, pairs};
use super::workshop::{Workshop, bench_program};
use crate::shell::program;
use crate::testing::{packages, postgres};

pub(super) fn decide() -> Result<Vec<f64>> {
    let report = program(bench_program("decide")?, []).output()?;
    let report: Value = serde_json::from_str(&report).context("`decide` printed no JSON")?;
    let peer = report["peer"].as_str().context("no peer")?;
    println!(
        "    {} answers equal to those of {peer}",
        report["compared"]
    );
    let mut ratios = Vec::new();
    for (ours, theirs) in pairs(&report["nanoseconds"])? {
        println!("    ours {ours:.0} ns, {peer} {theirs:.0} ns");
        ratios.push(theirs / ours);
    }
    Ok(vec![median(ratios)])
}

pub(super) fn authorization() -> Result<Vec<f64>> {
    let load = bench_program("authorization")?;
    let workshop = Workshop::open("authorization")?;
    packages::ensure()?;
    let server = postgres::Server::start()?;
    let mut figures = Vec::new();
    for name in ["SQLite", "PostgreSQL"] {
        println!("    {name}: filling three databases, the largest with 500,000 grants");
        let mut urls = Vec::new();
        for size in ["small", "large", "tiny"] {
            urls.push(match name {
                "SQLite" => format!("sqlite:{}", workshop.path().join(size).display()),
                _ => server.create_database(size)?,
            });
        }
        figures.extend(ratios(&load, &urls)?);
    }
    Ok(figures)
}

/// What more data costs: the read, and the list.
fn ratios(load: &Path, databases: &[String]) -> Result<Vec<f64>> {
    let report = program(load, []).args(databases).output()?;
    let report: Value = serde_json::from_str(&report).context("`authorization` printed no JSON")?;
    let mut figures = Vec::new();
    for question in ["read", "list"] {
        let mut ratios = Vec::new();
        for (little, much) in pairs(&report[question])? {
            let (little_us, much_us) = (little / 1e3, much / 1e3);
            println!(
                "    {question}: {little_us:.1} µs with little data, {much_us:.1} µs with much"
            );
            ratios.push(much / little);
        }
        figures.push(median(ratios));
    }
    Ok(figures)
}
