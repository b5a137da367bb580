//! What a message says: our reading with everything the product takes out of it, against mail-parser
//! alone and npm's mailparser without its conversions, on one core, in turns, of the same messages.

use anyhow::{Context, Result};
use serde_json::Value;

use super::measure::median;
use super::workshop::{Workshop, bench_program};
use crate::shell::{find_executable, program};
use crate::testing::packages;
use crate::tree;

const PAIRS: usize = 5;
const MAILPARSER: &str = "mailparser@3.9.0";
/// Reads every message of a directory, over and over for a second; prints how many a second.
const SCRIPT: &str = "
import fs from 'fs';
import { simpleParser } from 'mailparser';
const directory = process.argv[2] + '/';
const messages = fs.readdirSync(directory).map((name) => fs.readFileSync(directory + name));
const without = { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true };
for (const message of messages) await simpleParser(message, without);
const begun = performance.now();
let count = 0;
while (performance.now() - begun < 1000) {
  for (const message of messages) await simpleParser(message, without);
  count += messages.length;
}
console.log(count / (performance.now() - begun) * 1000);
";

pub(super) fn parse() -> Result<Vec<f64>> {
    if find_executable("npm").is_none() {
        packages::install(&["nodejs", "npm"])?;
    }
    let workshop = Workshop::open("parse")?;
    program(
        "npm",
        [
            "install",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--prefix",
        ],
    )
    .args([workshop.path()])
    .args([MAILPARSER])
    .run_quietly()?;
    let script = workshop.path().join("parse.mjs");
    tree::write(&script, SCRIPT)?;
    let messages = workshop.path().join("messages");
    std::fs::create_dir(&messages)?;
    let ours = bench_program("parse")?;
    let mut ratios = [Vec::new(), Vec::new()];
    for _ in 0..PAIRS {
        let report = program(ours.clone(), []).args([&messages]).output()?;
        let report: Value = serde_json::from_str(&report).context("`parse` printed no JSON")?;
        let rate = |of: &str| report[of].as_f64().context("no rate");
        let (ours, bare) = (rate("ours")?, rate("mail-parser")?);
        let node = program("node", [])
            .args([&script])
            .args([&messages])
            .output()?;
        let node: f64 = node.trim().parse().context("node printed no rate")?;
        println!("    ours {ours:.0}/s, mail-parser {bare:.0}/s, mailparser {node:.0}/s");
        ratios[0].push(ours / bare);
        ratios[1].push(ours / node);
    }
    Ok(ratios.map(median).to_vec())
}
