//! A password on standard input, where neither a list of processes nor a shell's history shows it.

use std::io::Read as _;

use anyhow::{Context as _, Result};

/// Octets of a password that are read at most.
const PASSWORD_OCTETS_MAX: u64 = 4096;

/// The first line of standard input.
pub fn read_password() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin()
        .lock()
        .take(PASSWORD_OCTETS_MAX)
        .read_to_string(&mut text);
    read.context("cannot read the password from standard input")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
