//! Postfix as a peer: Debian's programs with a configuration and a queue of their own, so that the
//! machine's mail system is left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::workshop::{self, Workshop};
use crate::shell::{find_executable, program};
use crate::testing::packages;
use crate::tree;

const DRAIN_LIMIT: Duration = Duration::from_secs(60);

/// Installs the peer and its load generators when they are missing.
pub(super) fn ensure() -> Result<()> {
    let needed = [
        ("smtp-source", "postfix"),
        ("opendkim", "opendkim"),
        ("openssl", "openssl"),
    ];
    let missing = needed
        .iter()
        .filter(|(executable, _)| find_executable(executable).is_none());
    let missing: Vec<&str> = missing.map(|(_, package)| *package).collect();
    packages::install(&missing)?;
    if !packages::is_root()? {
        bail!("Postfix can only be started by root");
    }
    Ok(())
}

pub(super) struct Postfix {
    configuration: PathBuf,
    queue: PathBuf,
    address: String,
}

impl Postfix {
    /// Starts it with Debian's defaults plus `settings`; mail for `example.test` is accepted,
    /// queued durably and then discarded.
    pub(super) fn start(workshop: &Workshop, settings: &str) -> Result<Self> {
        let configuration = workshop.path().join("postfix");
        let queue = workshop.path().join("postfix-queue");
        let data = workshop.path().join("postfix-data");
        for directory in [&configuration, &queue, &data] {
            fs::create_dir(directory)?;
        }
        program("chown", ["postfix"]).args([&data]).run()?;
        let address = workshop::free_address()?;
        let main = main_cf(&queue, &data, &workshop.path().join("postfix.log"));
        tree::write(&configuration.join("main.cf"), &format!("{main}{settings}"))?;
        tree::write(&configuration.join("master.cf"), &master_cf(&address))?;
        let postfix = Self {
            configuration,
            queue,
            address,
        };
        postfix.command("start")?;
        workshop::wait_for_listener(&postfix.address)?;
        Ok(postfix)
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The process whose descendants do all the work.
    pub(super) fn pid(&self) -> Result<u32> {
        let pid = tree::read(&self.queue.join("pid/master.pid"))?;
        pid.trim().parse().context("master.pid holds no number")
    }

    /// Waits until what was accepted is gone, so that the next run starts alike.
    pub(super) fn wait_until_drained(&self) -> Result<()> {
        let queues =
            ["maildrop", "incoming", "active", "deferred"].map(|name| self.queue.join(name));
        let drained = workshop::wait_until(DRAIN_LIMIT, || {
            let mut waiting = 0;
            for queue in queues.iter().filter(|queue| queue.exists()) {
                waiting += tree::files(queue).map_or(1, |files| files.len());
            }
            Ok(waiting == 0)
        })?;
        if !drained {
            bail!("Postfix's queue does not drain");
        }
        Ok(())
    }

    fn command(&self, verb: &str) -> Result<()> {
        program("postfix", ["-c"])
            .args([&self.configuration])
            .args([verb])
            .run_quietly()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Err(error) = self.command("stop") {
            println!("cannot stop Postfix: {error:#}");
        }
    }
}

fn main_cf(queue: &Path, data: &Path, log: &Path) -> String {
    let (queue, data, log) = (queue.display(), data.display(), log.display());
    format!(
        "compatibility_level = 3.6\n\
         queue_directory = {queue}\n\
         data_directory = {data}\n\
         maillog_file = {log}\n\
         maillog_file_prefixes = /var\n\
         inet_interfaces = 127.0.0.1\n\
         inet_protocols = ipv4\n\
         mynetworks = 127.0.0.0/8\n\
         myhostname = mx.example.test\n\
         mydestination = example.test\n\
         local_recipient_maps =\n\
         local_transport = discard:\n\
         alias_maps =\n\
         alias_database =\n\
         smtpd_peername_lookup = no\n\
         disable_dns_lookups = yes\n\
         smtp_host_lookup = native\n\
         smtp_tls_security_level = none\n\
         smtpd_tls_security_level = none\n"
    )
}

/// Debian's services without those that these figures do not touch; nothing is chrooted, which
/// saves Postfix a copy of the resolver's files and costs it nothing.
fn master_cf(address: &str) -> String {
    format!(
        "{address} inet n - n - - smtpd\n\
         cleanup unix n - n - 0 cleanup\n\
         qmgr unix n - n 300 1 qmgr\n\
         rewrite unix - - n - - trivial-rewrite\n\
         bounce unix - - n - 0 bounce\n\
         defer unix - - n - 0 bounce\n\
         trace unix - - n - 0 bounce\n\
         verify unix - - n - 1 verify\n\
         flush unix n - n 1000? 0 flush\n\
         proxymap unix - - n - - proxymap\n\
         smtp unix - - n - - smtp\n\
         relay unix - - n - - smtp\n\
         error unix - - n - - error\n\
         retry unix - - n - - error\n\
         discard unix - - n - - discard\n\
         anvil unix - - n - 1 anvil\n\
         scache unix - - n - 1 scache\n\
         postlog unix-dgram n - n - 1 postlogd\n"
    )
}
