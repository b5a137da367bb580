//! Programs the tests need, from Debian's packages and from crates.io.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::shell::{self, find_executable, program};
use crate::testing::{postgres, python};

/// The runner's version is part of what a test run means; it is raised on purpose.
const NEXTEST_VERSION: &str = "0.9.143";

/// Installs the Debian packages whose programs are missing, in one go.
pub(crate) fn ensure() -> Result<()> {
    let mut missing = Vec::new();
    if postgres::programs().is_err() {
        missing.push("postgresql");
    }
    if chromium().is_err() {
        missing.push("chromium");
    }
    if chromedriver().is_err() {
        missing.push("chromium-driver");
    }
    if !python::is_usable() {
        missing.extend(["python3", "python3-venv"]);
    }
    if !program("perl", ["-MMail::DKIM::Verifier", "-e", "1"]).succeeds() {
        missing.push("libmail-dkim-perl");
    }
    for (executable, package) in [("swaks", "swaks"), ("postfix", "postfix")] {
        if find_executable(executable).is_none() {
            missing.push(package);
        }
    }
    install(&missing)
}

/// Installs packages with apt, as root or through sudo.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if find_executable("apt-get").is_none() {
        bail!("please install: {names} (there is no apt-get here to do it)");
    }
    println!("    installing with apt-get: {names}");
    apt_get()?.args(["-qq", "update"]).run()?;
    apt_get()?
        .args(["-qq", "install", "-y", "--no-install-recommends"])
        .args(packages)
        .run()
        .with_context(|| format!("cannot install {names}"))
}

fn apt_get() -> Result<shell::Program> {
    let quiet = ["DEBIAN_FRONTEND=noninteractive", "apt-get"];
    if is_root()? {
        return Ok(program("env", quiet));
    }
    if find_executable("sudo").is_none() {
        bail!("packages must be installed, but we are not root and there is no sudo");
    }
    Ok(program("sudo", quiet))
}

/// Installs cargo-nextest from its sources when the machine does not have it.
pub(crate) fn ensure_runner() -> Result<()> {
    if shell::cargo(["nextest", "--version"]).succeeds() {
        return Ok(());
    }
    println!("    building cargo-nextest {NEXTEST_VERSION}: some minutes, once per machine");
    shell::cargo([
        "install",
        "cargo-nextest",
        "--locked",
        "--version",
        NEXTEST_VERSION,
    ])
    .run()
}

pub(crate) fn chromium() -> Result<PathBuf> {
    find_executable("chromium").context("there is no chromium")
}

pub(crate) fn chromedriver() -> Result<PathBuf> {
    find_executable("chromedriver").context("there is no chromedriver")
}

/// Whether this process may do what needs the administrator.
pub(crate) fn is_root() -> Result<bool> {
    let own = std::fs::metadata("/proc/self").context("cannot read /proc/self")?;
    Ok(own.uid() == 0)
}
