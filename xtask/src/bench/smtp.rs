//! Relaying mail, signed, against Postfix with OpenDKIM; and the sink that takes it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::instance::Instance;
use super::measure::{Sample, compare, cpu_seconds};
use super::postfix::{self, Postfix};
use super::workshop::{self, Server, Workshop, bench_program, package_version};
use crate::shell::{find_executable, program};
use crate::tree;

/// Messages of one run: some seconds of Postfix's work.
const RELAYED: u32 = 1000;
const DELIVERY_LIMIT: Duration = Duration::from_secs(90);

/// From submission to a sink's `250`, signed on the way. Ours takes TLS and a key besides.
pub(super) fn relay() -> Result<Vec<f64>> {
    postfix::ensure()?;
    let workshop = Workshop::open("relay")?;
    let sinks = [
        Sink::start(&workshop, "ours")?,
        Sink::start(&workshop, "peer")?,
    ];
    let load = bench_program("submit")?;
    let smarthost = format!("smtp://{}", sinks[0].address);
    let settings = [
        ("POSTSCALE_SMARTHOST", &*smarthost),
        ("POSTSCALE_OUTBOUND_ALLOW", "127.0.0.0/8"),
    ];
    let instance = Instance::start(&workshop, &settings)?;
    let (ours, shown) = (instance.address("submission")?, instance.sample()?);
    let (signer, socket) = open_dkim(&workshop)?;
    let relayhost = sinks[1].address.replace("127.0.0.1", "[127.0.0.1]");
    let milters = format!(
        "relayhost = {relayhost}\nsmtpd_milters = unix:{}\nmilter_default_action = tempfail\n",
        socket.display()
    );
    let peer = Postfix::start(&workshop, &milters)?;
    let name = format!(
        "{} with {}",
        package_version("postfix")?,
        package_version("opendkim")?
    );
    let compared = compare(
        &name,
        || {
            let arguments = [&*ours, &*shown.from, "bob@dest.test", &*shown.key];
            relayed(&[instance.pid()], &sinks[0], &load, &arguments)
        },
        || {
            let arguments = [peer.address(), "alice@sender.test", "bob@dest.test"];
            relayed(&[peer.pid()?, signer.pid()], &sinks[1], &load, &arguments)
        },
    )?;
    Ok(vec![compared.rate])
}

/// One run: the clock stops when the sink has taken every message.
fn relayed(servers: &[u32], sink: &Sink, load: &Path, arguments: &[&str]) -> Result<Sample> {
    let cpu = || {
        servers
            .iter()
            .map(|server| cpu_seconds(*server))
            .sum::<Result<f64>>()
    };
    let (before, taken, start) = (cpu()?, sink.taken()?, Instant::now());
    let count = RELAYED.to_string();
    let (ends, key) = arguments.split_at(3);
    program(load, [])
        .args(ends)
        .args([&count])
        .args(key)
        .output()?;
    let goal = taken + u64::from(RELAYED);
    if !workshop::wait_until(DELIVERY_LIMIT, || Ok(sink.taken()? >= goal))? {
        bail!(
            "the sink took {} of {RELAYED} messages",
            sink.taken()? - taken
        );
    }
    let seconds = start.elapsed().as_secs_f64();
    let done = f64::from(RELAYED);
    Ok(Sample {
        per_second: done / seconds,
        server_cpu_us: (cpu()? - before) * 1e6 / done,
    })
}

/// `smtp-sink`, which counts what it takes.
pub(super) struct Sink {
    address: String,
    log: PathBuf,
    server: Server,
}

impl Sink {
    pub(super) fn start(workshop: &Workshop, name: &str) -> Result<Self> {
        let address = workshop::free_address()?;
        let log = workshop.path().join(format!("sink-{name}"));
        let executable = find_executable("smtp-sink").context("there is no smtp-sink")?;
        let configure = |command: &mut Command| {
            command.args(["-c", "-u", "nobody", &address, "1000"]);
        };
        let server = Server::start(&executable, configure, &log)?;
        workshop::wait_for_listener(&address)?;
        Ok(Self {
            address,
            log,
            server,
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// The counter that it rewrites over and over: `… message=17 …`, separated by returns.
    fn taken(&self) -> Result<u64> {
        Ok(last_count(&tree::read(&self.log)?))
    }
}

fn last_count(log: &str) -> u64 {
    let mut words = log.rsplit(|c: char| !c.is_ascii_digit());
    let last = words.find(|word| !word.is_empty());
    last.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// A signer with an RSA key of 2048 bits on a socket that Postfix may reach.
fn open_dkim(workshop: &Workshop) -> Result<(Server, PathBuf)> {
    let key = workshop.path().join("dkim.private");
    program("openssl", ["genrsa", "-traditional", "-out"])
        .args([&key])
        .args(["2048"])
        .run_quietly()?;
    program("chmod", ["600"]).args([&key]).run()?;
    let socket = workshop.path().join("opendkim.sock");
    let configuration = workshop.path().join("opendkim.conf");
    let text = format!(
        "Syslog no\nMode s\nDomain sender.test\nSelector s1\nKeyFile {}\n\
         Canonicalization relaxed/relaxed\nSocket local:{}\nInternalHosts 127.0.0.1\n\
         RequireSafeKeys no\nUserID root\nUMask 000\nSignatureAlgorithm rsa-sha256\nBackground no\n",
        key.display(),
        socket.display()
    );
    tree::write(&configuration, &text)?;
    let executable = find_executable("opendkim").context("there is no opendkim")?;
    let log = workshop.path().join("opendkim.log");
    let configure = |command: &mut Command| {
        command.args(["-f", "-x"]).arg(&configuration);
    };
    let server = Server::start(&executable, configure, &log)?;
    if !workshop::wait_until(Duration::from_secs(10), || Ok(socket.exists()))? {
        bail!("OpenDKIM does not start:\n{}", tree::read(&log)?);
    }
    Ok((server, socket))
}

#[cfg(test)]
mod tests {
    use super::last_count;

    #[test]
    fn the_sinks_last_number_counts() {
        assert_eq!(last_count(""), 0);
        assert_eq!(last_count("1\r2\r345"), 345);
    }
}
