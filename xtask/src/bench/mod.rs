//! `cargo xtask bench NAME`: what the product is worth against a real peer, as a ratio.
//!
//! Both sides run in turns on the same machine, so a busy neighbour disturbs both; the figure is
//! the median over the pairs. An absolute rate on a shared machine means nothing. Peers come from
//! Debian's packages or from the `bench` workspace; everything listens on loopback, every count
//! and time is bounded, and whatever is started is stopped.

mod dmarc;
mod http;
mod instance;
mod looks;
mod measure;
mod parse;
mod policy;
mod postfix;
mod reception;
mod sign;
mod smtp;
mod stats;
mod workshop;

use std::fmt::{self, Display, Formatter};
use std::process::ExitCode;

use anyhow::{Result, bail};

/// One command: its name, what it compares, what is expected of each figure, and how they are taken.
struct Bench {
    name: &'static str,
    what: &'static str,
    goals: &'static [Goal],
    run: fn() -> Result<Vec<f64>>,
}

/// A ratio that is good enough, ours to the peer's.
enum Goal {
    AtLeast(&'static str, f64),
    AtMost(&'static str, f64),
}

impl Goal {
    fn is_reached(&self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(_, least) => ratio >= *least,
            Self::AtMost(_, most) => ratio <= *most,
        }
    }
}

impl Display for Goal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(figure, least) => write!(f, "{figure} at least {least}×"),
            Self::AtMost(figure, most) => write!(f, "{figure} at most {most}×"),
        }
    }
}

const BENCHES: [Bench; 14] = [
    Bench {
        name: "reception",
        what: "accept 4 KiB mail durably, 10 kept sessions: against Postfix",
        goals: &[
            Goal::AtMost("server CPU a message", 0.15),
            Goal::AtLeast("messages a second", 6.0),
        ],
        run: reception::postfix,
    },
    Bench {
        name: "reception-nothing",
        what: "the same: against Haraka and smtp-sink, which keep nothing",
        goals: &[
            Goal::AtLeast("messages a second for Haraka's", 1.5),
            Goal::AtLeast("messages a second for the sink's", 0.4),
        ],
        run: reception::keepers_of_nothing,
    },
    Bench {
        name: "reception-large",
        what: "accept 64 KiB mail durably, 10 kept sessions: against Postfix and smtp-sink",
        goals: &[
            Goal::AtLeast("messages a second for Postfix's", 3.0),
            Goal::AtLeast("messages a second for the sink's", 0.7),
        ],
        run: reception::large,
    },
    Bench {
        name: "reception-alone",
        what: "accept 4 KiB mail durably in one session: against synced appends to the same disk",
        goals: &[Goal::AtLeast("messages for an append", 0.5)],
        run: reception::alone,
    },
    Bench {
        name: "parse",
        what: "what a message says, of messages of all kinds: against mail-parser alone and npm's mailparser",
        goals: &[
            Goal::AtLeast("messages a second for mail-parser's", 0.8),
            Goal::AtLeast("messages a second for mailparser's", 6.0),
        ],
        run: parse::parse,
    },
    Bench {
        name: "relay",
        what: "submission, signed, delivered to a sink, 10 sessions: against Postfix and OpenDKIM",
        goals: &[Goal::AtLeast("messages a second", 4.0)],
        run: smtp::relay,
    },
    Bench {
        name: "send",
        what: "POST /v1/send, 64 connections: against a bare handler with a grouped insert",
        goals: &[Goal::AtLeast("requests a second", 0.4)],
        run: http::send,
    },
    Bench {
        name: "read",
        what: "GET /v1/domains/{id}, 64 connections: against a bare handler with one indexed read",
        goals: &[Goal::AtLeast("requests a second", 0.6)],
        run: http::read,
    },
    Bench {
        name: "authorization",
        what: "one authorized read, and one list of what a member sees: against less data",
        goals: &[
            Goal::AtMost("SQLite: the read's time with ten times the data", 1.5),
            Goal::AtMost("SQLite: the list's time with 100,000 domains for 100", 1.5),
            Goal::AtMost("PostgreSQL: the read's time with ten times the data", 1.5),
            Goal::AtMost(
                "PostgreSQL: the list's time with 100,000 domains for 100",
                1.5,
            ),
        ],
        run: policy::authorization,
    },
    Bench {
        name: "decide",
        what: "the pure decision: against Cedar with the same model in memory",
        goals: &[Goal::AtLeast("decisions a second", 100.0)],
        run: policy::decide,
    },
    Bench {
        name: "sign",
        what: "DKIM signatures of whole messages on one core: against OpenSSL's bare RSA-2048",
        goals: &[
            Goal::AtLeast("signatures of 4 KiB a second", 0.9),
            Goal::AtLeast("signatures of 64 KiB a second", 0.6),
        ],
        run: sign::sign,
    },
    Bench {
        name: "looks",
        what: "looking at DNS records: against one question, and 100,000 domains every six hours against one core",
        goals: &[
            Goal::AtMost(
                "the time of all records of a domain with a slow server",
                1.2,
            ),
            Goal::AtMost("processor time of the looks", 0.01),
        ],
        run: looks::looks,
    },
    Bench {
        name: "stats",
        what: "counting what is sent: against the same mail uncounted, and figures against a page's patience of 20 ms",
        goals: &[
            Goal::AtMost("processor time of a send", 1.05),
            Goal::AtMost("the time of 90 days of 100 domains", 1.0),
        ],
        run: stats::stats,
    },
    Bench {
        name: "dmarc",
        what: "read a month of DMARC reports and keep them durably: against parsedmarc, which only reads; memory of a large one",
        goals: &[
            Goal::AtLeast("reports a second", 10.0),
            Goal::AtMost("64 MiB for 100,000 records", 1.0),
        ],
        run: dmarc::dmarc,
    },
];

/// Runs the named ones in turn; `all` is all of them, no name lists them.
pub(crate) fn run(names: &[String]) -> Result<ExitCode> {
    if names.is_empty() {
        for bench in &BENCHES {
            println!("{:14} {}", bench.name, bench.what);
            for goal in bench.goals {
                println!("{:14}   {goal}", "");
            }
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
            let figures = (bench.run)()?;
            for (goal, ratio) in bench.goals.iter().zip(figures) {
                let is_reached = goal.is_reached(ratio);
                let verdict = if is_reached { "reached" } else { "MISSED" };
                println!("{}: {ratio:.3}× ({goal}: {verdict})", bench.name);
                reached &= is_reached;
            }
        }
    }
    Ok(if reached {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
