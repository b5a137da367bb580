//! DKIM signatures of whole messages against what the machine's OpenSSL takes for the bare RSA-2048
//! operation, on one core, in turns.

use anyhow::{Context, Result};
use serde_json::Value;

use super::measure::median;
use super::workshop::bench_program;
use crate::shell::program;

const PAIRS: usize = 5;

pub(super) fn sign() -> Result<Vec<f64>> {
    let ours = bench_program("sign")?;
    let mut ratios = [Vec::new(), Vec::new()];
    for _ in 0..PAIRS {
        let bare = openssl()?;
        let report = program(ours.clone(), []).output()?;
        let report: Value = serde_json::from_str(&report).context("`sign` printed no JSON")?;
        let rates = report["signatures_a_second"].as_array();
        let rates: Vec<f64> = rates
            .context("no rates")?
            .iter()
            .filter_map(Value::as_f64)
            .collect();
        println!("    OpenSSL {bare:.0}/s, ours {rates:.0?}/s");
        for (ratios, rate) in ratios.iter_mut().zip(rates) {
            ratios.push(rate / bare);
        }
    }
    Ok(ratios.map(median).to_vec())
}

/// Signatures a second, as the last line of the table says.
fn openssl() -> Result<f64> {
    let table = program("openssl", ["speed", "-seconds", "1", "rsa2048"]).output()?;
    let row = table.lines().find(|line| line.starts_with("rsa 2048"));
    let rate = row.and_then(|row| row.split_ascii_whitespace().rev().nth(1));
    rate.context("OpenSSL printed no rate")?
        .parse()
        .context("OpenSSL's rate is no number")
}
