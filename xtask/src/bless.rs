//! `cargo xtask bless`: accepts what is new into the checked-in lists, for a reviewer to see.

use std::process::ExitCode;

use anyhow::Result;

use crate::shell::root;
use crate::tidy::{migrations, system_scope};

pub(crate) fn run() -> Result<ExitCode> {
    for path in migrations::bless(&root())? {
        println!("new migration: {path}");
    }
    println!(
        "background authority: {} sites",
        system_scope::bless(&root())?
    );
    Ok(ExitCode::SUCCESS)
}
