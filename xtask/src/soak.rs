//! `cargo xtask soak NAME`: random tests that the suite runs for seconds, run for as long as it takes.
//!
//! A seed of one's own is given in `POSTSCALE_SEED`; a length, in the variable of the list below.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{shell, testing};

/// A long run.
struct Soak {
    name: &'static str,
    about: &'static str,
    /// Which tests.
    filter: &'static str,
    /// What makes them long: each of the tests is given this number, unless another is set.
    length: (&'static str, &'static str),
}

const SOAKS: [Soak; 3] = [
    Soak {
        name: "access",
        about: "a million random operations, compared with the model of the access rules",
        filter: "test(/access::model::random/)",
        // Eight tests.
        length: ("POSTSCALE_OPERATIONS", "125000"),
    },
    Soak {
        name: "worlds",
        about: "200 pairs of worlds that differ in what is hidden",
        filter: "test(/access::two_worlds/)",
        // Ten tests.
        length: ("POSTSCALE_ROUNDS", "20"),
    },
    Soak {
        name: "races",
        about: "10,000 races of each revocation and between owners, on both databases",
        filter: "test(/access::races/)",
        // Two tests of each.
        length: ("POSTSCALE_RACES", "5000"),
    },
];

/// Runs one of them by its name.
pub(crate) fn run(names: &[String]) -> Result<ExitCode> {
    let [name] = names else {
        for Soak {
            name,
            about,
            length,
            ..
        } in &SOAKS
        {
            println!("{name:<8} {about} ({}={})", length.0, length.1);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let soak = SOAKS.iter().find(|soak| soak.name == name);
    let soak = soak.with_context(|| format!("no long run is called {name}"))?;
    let services = testing::Services::start()?;
    let mut environment = services.environment.clone();
    let (variable, usual) = soak.length;
    if std::env::var_os(variable).is_none() {
        environment.push((variable.to_owned(), usual.to_owned()));
    }
    let long = ["nextest", "run", "--profile", "soak"];
    shell::cargo(long)
        .args([
            "--locked",
            "-p",
            "postscale",
            "--test",
            "it",
            "-E",
            soak.filter,
        ])
        .envs(&environment)
        .exit_code()
}
