//! Accepting mail on the MX port: against Postfix, which keeps it as we do; against Haraka and
//! `smtp-sink`, which keep nothing; and one session against what the disk can do.
//!
//! The load is `smtp-source`, which keeps its connections.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::instance::Instance;
use super::measure::{Sample, compare, sample};
use super::postfix::{self, Postfix};
use super::smtp::Sink;
use super::workshop::{self, Server, Workshop, package_version};
use crate::shell::{find_executable, program};
use crate::testing::packages;
use crate::tree;

const SESSIONS: u32 = 10;
const SMALL_BYTES: u32 = 4096;
const LARGE_BYTES: u32 = 64 * 1024;
/// Messages of one run: some seconds of Postfix's work.
const SMALL: u32 = 3000;
const LARGE: u32 = 1000;
/// Messages of one run of one session.
const ALONE: u32 = 1500;
/// What one run asks of the disk.
const SYNCING: Duration = Duration::from_secs(3);
/// The address of the demo that keeps what it gets.
const MAILBOX: &str = "support@acme.test";
const HARAKA_VERSION: &str = "3.3.4";

/// What is sent in one run.
#[derive(Clone, Copy)]
struct Load {
    sessions: u32,
    messages: u32,
    size_bytes: u32,
}

const FEW_BYTES: Load = Load {
    sessions: SESSIONS,
    messages: SMALL,
    size_bytes: SMALL_BYTES,
};
const MANY_BYTES: Load = Load {
    sessions: SESSIONS,
    messages: LARGE,
    size_bytes: LARGE_BYTES,
};

impl Load {
    fn send(self, server: u32, address: &str, to: &str) -> Result<Sample> {
        let Self {
            sessions,
            messages,
            size_bytes,
        } = self;
        let numbers = [sessions, messages, size_bytes].map(|number| number.to_string());
        let [sessions, count, size] = &numbers;
        let load = [
            "-d",
            "-s",
            sessions,
            "-m",
            count,
            "-l",
            size,
            "-f",
            "alice@sender.test",
        ];
        sample(server, || {
            program("smtp-source", load)
                .args(["-t", to, address])
                .run_quietly()?;
            Ok(f64::from(messages))
        })
    }
}

struct Receiving {
    instance: Instance,
    address: String,
    // Last, so that the instance is stopped before its files are removed.
    workshop: Workshop,
}

impl Receiving {
    fn start(name: &str) -> Result<Self> {
        postfix::ensure()?;
        let workshop = Workshop::open(name)?;
        let instance = Instance::start(&workshop, &[("POSTSCALE_WORKERS", "none")])?;
        // The line that is waited for says that the demo's domains are ready.
        instance.sample()?;
        let address = instance.address("mx")?;
        Ok(Self {
            instance,
            address,
            workshop,
        })
    }

    fn take(&self, load: Load) -> Result<Sample> {
        load.send(self.instance.pid(), &self.address, MAILBOX)
    }

    fn against_postfix(&self, load: Load) -> Result<super::measure::Comparison> {
        let peer = Postfix::start(&self.workshop, "")?;
        compare(
            &package_version("postfix")?,
            || self.take(load),
            || {
                let taken = load.send(peer.pid()?, peer.address(), "bob@example.test")?;
                peer.wait_until_drained()?;
                Ok(taken)
            },
        )
    }

    fn against_sink(&self, load: Load) -> Result<f64> {
        let peer = Sink::start(&self.workshop, "reception")?;
        let compared = compare(
            "smtp-sink",
            || self.take(load),
            || load.send(peer.pid(), peer.address(), "bob@example.test"),
        )?;
        Ok(compared.rate)
    }
}

/// 4 KiB, ten sessions: Postfix.
pub(super) fn postfix() -> Result<Vec<f64>> {
    let compared = Receiving::start("reception")?.against_postfix(FEW_BYTES)?;
    Ok(vec![compared.server_cpu, compared.rate])
}

/// 64 KiB, ten sessions: Postfix, then `smtp-sink`.
pub(super) fn large() -> Result<Vec<f64>> {
    let receiving = Receiving::start("reception-large")?;
    let postfix = receiving.against_postfix(MANY_BYTES)?;
    Ok(vec![postfix.rate, receiving.against_sink(MANY_BYTES)?])
}

/// 4 KiB, ten sessions: those who keep nothing.
pub(super) fn keepers_of_nothing() -> Result<Vec<f64>> {
    let receiving = Receiving::start("reception-nothing")?;
    let (haraka, address) = haraka(&receiving.workshop)?;
    let compared = compare(
        &format!("Haraka {HARAKA_VERSION}"),
        || receiving.take(FEW_BYTES),
        || FEW_BYTES.send(haraka.pid(), &address, "bob@example.test"),
    )?;
    Ok(vec![compared.rate, receiving.against_sink(FEW_BYTES)?])
}

/// 4 KiB, one session, each message durable before the next: what the disk takes of appends that are
/// synced one by one.
pub(super) fn alone() -> Result<Vec<f64>> {
    let receiving = Receiving::start("reception-alone")?;
    let load = Load {
        sessions: 1,
        messages: ALONE,
        size_bytes: SMALL_BYTES,
    };
    let file = receiving.workshop.path().join("appended");
    let compared = compare("the disk", || receiving.take(load), || appends(&file))?;
    Ok(vec![compared.rate])
}

/// Appends of 4 KiB, each synced.
fn appends(file: &Path) -> Result<Sample> {
    let mut options = OpenOptions::new();
    let mut file = options.create(true).truncate(true).write(true).open(file)?;
    let (block, begun, mut count) = ([b'x'; 4096], Instant::now(), 0_u32);
    while begun.elapsed() < SYNCING {
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(Sample {
        per_second: f64::from(count) / begun.elapsed().as_secs_f64(),
        server_cpu_us: f64::NAN,
    })
}

/// Haraka with its plug-in that throws everything away, a process for each core.
fn haraka(workshop: &Workshop) -> Result<(Server, String)> {
    if find_executable("npm").is_none() {
        packages::install(&["nodejs", "npm"])?;
    }
    let directory = workshop.path().join("haraka");
    std::fs::create_dir_all(directory.join("config"))?;
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
    .args([&directory])
    .args([&format!("Haraka@{HARAKA_VERSION}")])
    .run_quietly()?;
    let address = workshop::free_address()?;
    let connection = directory.join("node_modules/Haraka/config/connection.ini");
    let files = [
        ("me", "mx.example.test\n".to_owned()),
        ("loglevel", "LOGWARN\n".to_owned()),
        ("host_list", "example.test\n".to_owned()),
        (
            "plugins",
            "rcpt_to.in_host_list\nqueue/discard\n".to_owned(),
        ),
        ("smtp.ini", format!("listen={address}\nnodes=cpus\n")),
        ("connection.ini", tree::read(&connection)?),
    ];
    for (name, text) in files {
        tree::write(&directory.join("config").join(name), &text)?;
    }
    let node = find_executable("node").context("there is no node")?;
    let configure = |command: &mut Command| {
        command
            .arg(directory.join("node_modules/Haraka/bin/haraka"))
            .arg("-c")
            .arg(&directory)
            .env("YES_REALLY_DO_DISCARD", "1");
    };
    let server = Server::start(&node, configure, &workshop.path().join("haraka.log"))?;
    workshop::wait_for_listener(&address)?;
    Ok((server, address))
}
