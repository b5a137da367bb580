//! The Python environment with foreign implementations: the official SDK, dkimpy and moto.
//!
//! It lives under `target/python`, is built from pinned versions and is rebuilt when these change.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::shell::{self, program};
use crate::tree;

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// Whether `python3` exists and can make environments with pip inside.
pub(crate) fn is_usable() -> bool {
    program("python3", ["-c", "import venv, ensurepip"]).succeeds()
}

/// Makes the environment when there is none for these requirements; returns its interpreter.
pub(crate) fn ensure() -> Result<PathBuf> {
    let directory = shell::target_directory().join("python");
    let interpreter = directory.join("bin").join("python");
    // Written last: an interrupted installation is not mistaken for a finished one.
    let stamp = directory.join("installed-requirements.txt");
    if interpreter.exists() && tree::read_if_present(&stamp)?.as_deref() == Some(REQUIREMENTS) {
        return Ok(interpreter);
    }
    if directory.exists() {
        fs::remove_dir_all(&directory)
            .with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    println!(
        "    installing the official SDK, dkimpy and moto into {}",
        directory.display()
    );
    program("python3", ["-m", "venv"])
        .args([&directory])
        .run()?;
    let requirements = directory.join("requirements.txt");
    tree::write(&requirements, REQUIREMENTS)?;
    program(
        &interpreter,
        [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ],
    )
    .args([&requirements])
    .run()?;
    tree::write(&stamp, REQUIREMENTS)?;
    Ok(interpreter)
}
