//! The binary as a process: exit codes, first start, listeners, stop.
//!
//! Every test has a data directory of its own and ports of the system's choice.

mod commands;
mod dev;
mod keys;
mod node;
mod serving;

use std::{
    path::Path,
    process::{Command, Output},
};

/// Sets an instance up; the password comes on standard input.
const SETUP: [&str; 7] = [
    "setup",
    "--email",
    "ann@example.com",
    "--name",
    "Ann",
    "--organization",
    "Acme",
];

/// The binary with nothing of our environment but what it must have.
fn postscale(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postscale"));
    command.env_clear().env("POSTSCALE_DATA_DIR", data);
    command
}

/// What was printed on standard error, one line per element.
fn complaints(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}
