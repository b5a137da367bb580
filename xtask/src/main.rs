//! `cargo xtask …`: everything a developer runs besides cargo itself.
//!
//! Written in Rust so that a fresh machine needs nothing to be installed first. It uses none of
//! the product's crates: it must build in seconds and judge them from outside.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool speaks on its standard output"
)]

mod bench;
mod bless;
mod ci;
mod generate;
mod shell;
mod soak;
mod testing;
mod tidy;
mod tree;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [FILTER…]   install what the tests need, then run them all (or those whose names match)
  soak NAME        the long run of a random test; without a name, list them
  ci               format, tidiness, lints, generated documents, tests
  tidy             the rules of the tree that no compiler checks
  bless            accept new migrations and background-authority sites into the checked-in lists
  gen [--check]    write (or compare) the documents that the binary generates
  dev [ARG…]       start a laptop instance from a release build
  bench [NAME…]    run benchmarks; without a name, list them";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match (command, rest) {
        ("test", filters) => testing::run(filters),
        ("soak", names) => soak::run(names),
        ("ci", []) => ci::run(),
        ("tidy", []) => tidy::run(),
        ("bless", []) => bless::run(),
        ("gen", []) => generate::run(generate::Mode::Write),
        ("gen", [flag]) if flag == "--check" => generate::run(generate::Mode::Compare),
        ("dev", extra) => shell::cargo(["run", "--release", "--", "dev"])
            .args(extra)
            .exit_code(),
        ("bench", names) => bench::run(names),
        ("help" | "--help" | "-h", _) => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!(
            "unknown command or argument: {}\n{USAGE}",
            arguments.join(" ")
        ),
    }
}
