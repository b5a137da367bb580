//! DMARC reports: reading a month of them and keeping each durably against parsedmarc, which only reads
//! them, in turns, with the same figures as a condition; and the memory a report of 100,000 records
//! takes, against 64 MiB.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::measure::median;
use super::workshop::{Workshop, bench_program};
use crate::shell::{self, program};

const PAIRS: usize = 5;
/// The peer, as it is installed.
const PARSEDMARC: &str = "parsedmarc==11.1.0";
/// What it may take in a run: a month in seconds, and its figures.
const SCRIPT: &str = "
import json, logging, pathlib, sys, time
import parsedmarc
logging.disable(logging.CRITICAL)
files = sorted(pathlib.Path(sys.argv[1]).glob('*.gz'))
begun = time.monotonic()
messages = passing = 0
for file in files:
    report = parsedmarc.parse_aggregate_report_xml(
        parsedmarc.extract_report(file.read_bytes()), offline=True)
    for record in report['records']:
        messages += record['count']
        if record['alignment']['dmarc']:
            passing += record['count']
print(json.dumps({'seconds': time.monotonic() - begun, 'reports': len(files),
    'messages': messages, 'pass': passing}))
";

const KIB_MAX: f64 = 64.0 * 1024.0;

pub(super) fn dmarc() -> Result<Vec<f64>> {
    let ours = bench_program("dmarc")?;
    let python = parsedmarc()?;
    let workshop = Workshop::open("dmarc")?;
    let report = |what: &str| -> Result<Value> {
        let text = program(&ours, [what]).args([workshop.path()]).output()?;
        serde_json::from_str(&text).context("`dmarc` printed no JSON")
    };
    program(&ours, ["make"]).args([workshop.path()]).run()?;
    let mut ratios = Vec::new();
    for _ in 0..PAIRS {
        let peer = program(&python, ["-c", SCRIPT])
            .args([workshop.path()])
            .output()?;
        let peer: Value = serde_json::from_str(&peer).context("parsedmarc printed no JSON")?;
        let mine = report("read")?;
        for figure in ["reports", "messages", "pass"] {
            ensure!(
                peer[figure] == mine[figure],
                "{figure}: {} against {}",
                mine[figure],
                peer[figure]
            );
        }
        let seconds = |of: &Value| of["seconds"].as_f64().context("no time");
        let (theirs, our) = (seconds(&peer)?, seconds(&mine)?);
        println!(
            "    {} reports of {} messages: parsedmarc {theirs:.2} s, ours {our:.2} s",
            mine["reports"], mine["messages"]
        );
        ratios.push(theirs / our);
    }
    let large = report("large")?;
    let extra = large["extra_kib"].as_f64().context("no memory")?;
    println!(
        "    100,000 records in a file of {} octets: {:.1} MiB more, {:.2} s",
        large["packed"],
        extra / 1024.0,
        large["seconds"].as_f64().context("no time")?
    );
    Ok(vec![median(ratios), extra / KIB_MAX])
}

/// An environment of its own for the peer, which brings much along.
fn parsedmarc() -> Result<PathBuf> {
    let directory = shell::target_directory().join("python-parsedmarc");
    let interpreter = directory.join("bin").join("python");
    let stamp = directory.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|known| known == PARSEDMARC) {
        return Ok(interpreter);
    }
    if directory.exists() {
        fs::remove_dir_all(&directory).context("cannot remove an old environment")?;
    }
    program("python3", ["-m", "venv"])
        .args([&directory])
        .run()?;
    install(&interpreter)?;
    fs::write(&stamp, PARSEDMARC).context("cannot write what is installed")?;
    Ok(interpreter)
}

fn install(interpreter: &Path) -> Result<()> {
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    program(interpreter, pip).args([PARSEDMARC]).run()
}
