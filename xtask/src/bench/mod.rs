//! `cargo xtask bench NAME`: what the product is worth against a real peer, as a ratio.
//!
//! Both sides run in turns on the same machine, so a busy neighbour disturbs both; the figure is
//! the median over the pairs. An absolute rate on a shared machine means nothing. Peers come from
//! Debian's packages or from the `bench` workspace; everything listens on loopback, every count
//! and time is bounded, and whatever is started is stopped.

mod http;
mod instance;
mod measure;
mod policy;
mod postfix;
mod smtp;
mod workshop;

use std::process::ExitCode;

use anyhow::{Result, bail};

/// One figure: its name, what it compares, the least ratio that is acceptable, and how it is taken.
struct Bench {
    name: &'static str,
    what: &'static str,
    least: f64,
    run: fn() -> Result<f64>,
}

const BENCHES: [Bench; 5] = [
    Bench {
        name: "reception",
        what: "accept 4 KiB mail durably, 10 kept sessions: against Postfix",
        least: 6.0,
        run: smtp::reception,
    },
    Bench {
        name: "relay",
        what: "submission, signed, delivered to a sink, 10 sessions: against Postfix and OpenDKIM",
        least: 4.0,
        run: smtp::relay,
    },
    Bench {
        name: "send",
        what: "POST /v1/send, 64 connections: against a bare handler with a grouped insert",
        least: 0.4,
        run: http::send,
    },
    Bench {
        name: "read",
        what: "GET /v1/domains/{id}, 64 connections: against a bare handler with one indexed read",
        least: 0.6,
        run: http::read,
    },
    Bench {
        name: "decide",
        what: "the pure decision: against Cedar with the same model in memory",
        least: 100.0,
        run: policy::decide,
    },
];

/// Runs the named ones in turn; `all` is all of them, no name lists them.
pub(crate) fn run(names: &[String]) -> Result<ExitCode> {
    if names.is_empty() {
        for bench in &BENCHES {
            println!(
                "{:10} {} (at least {}×)",
                bench.name, bench.what, bench.least
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    let all = names.iter().any(|name| name == "all");
    for name in names.iter().filter(|name| *name != "all") {
        if !BENCHES.iter().any(|bench| bench.name == name) {
            bail!("there is no benchmark `{name}`");
        }
    }
    let mut reached = true;
    for bench in &BENCHES {
        if all || names.iter().any(|name| name == bench.name) {
            println!("==> {}: {}", bench.name, bench.what);
            let ratio = (bench.run)()?;
            let verdict = if ratio >= bench.least {
                "reached"
            } else {
                "MISSED"
            };
            println!(
                "{}: {ratio:.2}× (at least {}×: {verdict})",
                bench.name, bench.least
            );
            reached &= ratio >= bench.least;
        }
    }
    Ok(if reached {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
