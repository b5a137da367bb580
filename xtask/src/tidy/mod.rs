//! `cargo xtask tidy`: the rules of the tree that no compiler checks.
//!
//! Every rule returns what it found wrong as one line per finding. The same rules run as a test,
//! so that they hold for whoever only runs the tests.

mod dependencies;
pub(crate) mod migrations;
mod settings;
mod sources;
pub(crate) mod system_scope;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::shell::root;

/// What is wrong, as `where: what`; empty is good.
type Findings = Vec<String>;

pub(crate) fn run() -> Result<ExitCode> {
    check()?;
    println!("tidy: nothing to complain about");
    Ok(ExitCode::SUCCESS)
}

/// Fails with every finding of every rule.
pub(crate) fn check() -> Result<()> {
    let findings = findings(&root())?;
    if !findings.is_empty() {
        bail!("{} findings:\n{}", findings.len(), findings.join("\n"));
    }
    Ok(())
}

fn findings(root: &Path) -> Result<Findings> {
    let mut findings = Findings::new();
    findings.extend(dependencies::findings(root)?);
    findings.extend(sources::findings(root)?);
    findings.extend(migrations::findings(root)?);
    findings.extend(system_scope::findings(root)?);
    findings.extend(settings::findings(root)?);
    Ok(findings)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_tidy() {
        super::check().unwrap();
    }
}
