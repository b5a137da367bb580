//! `cargo xtask ci`: what every change must pass, cheapest first, the tests last.
//!
//! Two cores compile it all, so nothing is compiled twice without a reason:
//!
//! * clippy takes the place of `cargo check --workspace --all-targets`; it does the same work;
//! * the whole workspace at once always has the test constructors switched on, because `testkit`
//!   asks for them. That the product stands without them is shown by building the binary alone,
//!   which the tests and the generated documents need anyway.

use std::process::ExitCode;

use anyhow::Result;

use crate::shell::{cargo, step, target_directory};
use crate::{generate, testing, tidy};

pub(crate) fn run() -> Result<ExitCode> {
    step("format", || cargo(["fmt", "--all", "--check"]).run())?;
    step("tidy", tidy::check)?;
    step("lints", || {
        let lints = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ];
        cargo(lints).run()
    })?;
    step("benchmarks", check_benchmarks)?;
    step("the binary without test features", || {
        testing::build_binary().map(drop)
    })?;
    step("generated documents", || {
        generate::check(&generate::DOCUMENTS)
    })?;
    testing::run(&[])
}

/// They are a workspace of their own, so that nothing else would notice when they no longer fit.
fn check_benchmarks() -> Result<()> {
    let check = ["check", "--bins", "--locked", "--manifest-path"];
    cargo(check)
        .args(["bench/Cargo.toml", "--target-dir"])
        .args([target_directory()])
        .run()
}
