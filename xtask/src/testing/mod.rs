//! `cargo xtask test`: the whole test suite on a machine that has nothing but Debian and Rust.
//!
//! The suite runs against real programs: a private PostgreSQL, headless Chromium, the official
//! Python SDK. What is missing is installed; what cannot be installed is an error. Nothing is
//! ever skipped for want of a program.

pub(crate) mod packages;
pub(crate) mod postgres;
mod python;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::shell::{self, step};

/// Installs what is missing, starts PostgreSQL, runs the suite, stops PostgreSQL. The runner's
/// summary is the last thing printed and its exit code is ours.
pub(crate) fn run(filters: &[String]) -> Result<ExitCode> {
    let services = Services::start()?;
    if filters.is_empty() {
        // Examples of every crate, not only of `access`: with the whole workspace selected they
        // link to the very artifacts the tests use, so nothing is compiled for them alone.
        step("documentation examples", || {
            let examples = ["test", "--workspace", "--doc", "--locked"];
            shell::cargo(examples)
                .envs(&services.environment)
                .run_quietly()
        })?;
    }
    println!("==> tests");
    let suite = ["nextest", "run", "--workspace", "--locked"];
    shell::cargo(suite)
        .args(filters)
        .envs(&services.environment)
        .exit_code()
}

/// What the tests run against, and how they find it.
pub(crate) struct Services {
    /// For the environment of the runner.
    pub(crate) environment: Vec<(String, String)>,
    _postgres: postgres::Server,
}

impl Services {
    /// Installs what is missing and starts PostgreSQL, which stops with this.
    pub(crate) fn start() -> Result<Self> {
        step("packages the tests need", packages::ensure)?;
        step("test runner", packages::ensure_runner)?;
        let python = step("Python environment", python::ensure)?;
        let binary = step("the binary under test", build_binary)?;
        let postgres = step("private PostgreSQL", postgres::Server::start)?;
        let environment = vec![
            ("POSTSCALE_TEST_POSTGRES".to_owned(), postgres.url()),
            ("POSTSCALE_TEST_PYTHON".to_owned(), shown(python)),
            ("POSTSCALE_TEST_BINARY".to_owned(), shown(binary)),
            (
                "POSTSCALE_TEST_CHROMEDRIVER".to_owned(),
                shown(packages::chromedriver()?),
            ),
            (
                "POSTSCALE_TEST_CHROMIUM".to_owned(),
                shown(packages::chromium()?),
            ),
        ];
        Ok(Self {
            environment,
            _postgres: postgres,
        })
    }
}

/// Builds the product as users get it, without the test constructors that a whole-workspace build
/// switches on, and keeps a copy that later builds do not overwrite.
pub(crate) fn build_binary() -> Result<PathBuf> {
    shell::cargo(["build", "-p", "postscale", "--locked"]).run()?;
    let directory = shell::target_directory().join("xtask");
    fs::create_dir_all(&directory)?;
    let kept = directory.join("postscale");
    let built = shell::target_directory().join("debug").join("postscale");
    // A running copy cannot be written to, but it can be replaced.
    let fresh = directory.join("postscale.new");
    fs::copy(&built, &fresh).with_context(|| format!("cannot copy {}", built.display()))?;
    fs::rename(&fresh, &kept)?;
    Ok(kept)
}

fn shown(path: PathBuf) -> String {
    path.to_string_lossy().into_owned()
}
