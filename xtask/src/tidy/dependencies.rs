//! Which crate may use which: the table of ARCHITECTURE.md as data.
//!
//! Only what ships is bound by it. Development dependencies may go anywhere, but what exists for
//! tests may be nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

use super::Findings;
use crate::tree;

/// The production crates (directory names) and the crates of ours they may use.
const EDGES: [(&str, &[&str]); 10] = [
    ("model", &[]),
    ("access", &["model"]),
    ("mail", &["model"]),
    ("store", &["model", "access"]),
    ("smtp", &["model"]),
    ("actions", &["model", "access", "store", "mail"]),
    ("engine", &["model", "access", "store", "mail", "smtp"]),
    ("web", &["model", "access", "store", "actions"]),
    ("api", &["web", "actions", "access", "model"]),
    ("dashboard", &["web", "actions", "access", "model"]),
];

/// These two may use every crate of ours.
const UNBOUND: [&str; 2] = ["postscale", "testkit"];

/// Heavy or powerful crates, and the only crates of ours that may depend on them.
const QUARANTINE: [(&str, &[&str]); 18] = [
    ("rusqlite", &["store"]),
    ("tokio-postgres", &["store"]),
    ("tokio-postgres-rustls", &["store"]),
    ("deadpool", &["store"]),
    ("deadpool-postgres", &["store"]),
    ("object_store", &["store"]),
    ("ammonia", &["mail"]),
    ("mail-auth", &["mail"]),
    ("mail-parser", &["mail"]),
    ("mail-builder", &["mail"]),
    ("hickory-resolver", &["mail"]),
    ("regex", &["mail"]),
    // The laptop instance answers for its demo domains itself.
    ("hickory-server", &["postscale"]),
    ("axum", &["web", "api", "dashboard", "postscale"]),
    ("askama", &["dashboard", "engine"]),
    ("reqwest", &["engine", "store"]),
    ("clap", &["postscale", "xtask"]),
    ("anyhow", &["postscale", "xtask"]),
];

/// Never a dependency of what ships.
const FOR_TESTS: [&str; 6] = [
    "postscale-testkit",
    "insta",
    "proptest",
    "trybuild",
    "fantoccini",
    "divan",
];

pub(super) fn findings(root: &Path) -> Result<Findings> {
    let mut manifests = vec![("xtask".to_owned(), root.join("xtask/Cargo.toml"))];
    for entry in fs::read_dir(root.join("crates")).context("cannot list the crates")? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        manifests.push((name, entry.path().join("Cargo.toml")));
    }
    manifests.sort();
    let mut findings = Findings::new();
    for (name, path) in manifests {
        let manifest: Table = tree::read(&path)?
            .parse()
            .context("a manifest is not TOML")?;
        findings.extend(check_manifest(&name, &manifest));
    }
    Ok(findings)
}

fn check_manifest(name: &str, manifest: &Table) -> Findings {
    let place = format!("{name}/Cargo.toml");
    let mut findings = Findings::new();
    let edges = EDGES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, edges)| *edges);
    if edges.is_none() && name != "xtask" && !UNBOUND.contains(&name) {
        findings.push(format!(
            "{place}: a new crate needs a row in the dependency table"
        ));
    }
    for (dependency, source) in shipped_dependencies(manifest) {
        if !is_inherited(source) {
            findings.push(format!("{place}: {dependency} must say `workspace = true`"));
        }
        if name == "testkit" {
            continue;
        }
        if FOR_TESTS.contains(&dependency) {
            findings.push(format!(
                "{place}: {dependency} may only be a dev-dependency"
            ));
        }
        if !may_depend(name, edges, dependency) {
            findings.push(format!("{place}: {name} may not depend on {dependency}"));
        }
    }
    findings
}

fn may_depend(name: &str, edges: Option<&[&str]>, dependency: &str) -> bool {
    if let Some(ours) = dependency.strip_prefix("postscale-") {
        return UNBOUND.contains(&name) || edges.is_some_and(|edges| edges.contains(&ours));
    }
    let quarantine = QUARANTINE.iter().find(|(known, _)| *known == dependency);
    quarantine.is_none_or(|(_, permitted)| permitted.contains(&name))
}

/// Ordinary, build and per-target dependencies; not those of tests.
fn shipped_dependencies(manifest: &Table) -> Vec<(&str, &Value)> {
    let mut places = vec![manifest];
    if let Some(targets) = manifest.get("target").and_then(Value::as_table) {
        places.extend(targets.values().filter_map(Value::as_table));
    }
    places
        .into_iter()
        .flat_map(|place| ["dependencies", "build-dependencies"].map(|kind| place.get(kind)))
        .flatten()
        .filter_map(Value::as_table)
        .flatten()
        .map(|(name, source)| (name.as_str(), source))
        .collect()
}

/// Versions are stated once, in the root.
fn is_inherited(source: &Value) -> bool {
    source.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::check_manifest;

    fn check(name: &str, dependencies: &str) -> String {
        check_manifest(name, &dependencies.parse().unwrap()).join("\n")
    }

    #[test]
    fn an_edge_of_the_table_is_accepted() {
        let manifest =
            "[dependencies]\npostscale-model.workspace = true\nrusqlite = { workspace = true }";
        assert_eq!(check("store", manifest), "");
    }

    #[test]
    fn an_edge_outside_the_table_is_found_wherever_it_is_written() {
        for section in [
            "dependencies",
            "build-dependencies",
            "target.'cfg(unix)'.dependencies",
        ] {
            let manifest = format!("[{section}]\npostscale-store.workspace = true");
            let expected = "smtp/Cargo.toml: smtp may not depend on postscale-store";
            assert_eq!(check("smtp", &manifest), expected);
        }
    }

    #[test]
    fn a_quarantined_crate_is_found_outside_its_crate_but_not_in_tests() {
        let expected = "api/Cargo.toml: api may not depend on rusqlite";
        assert_eq!(
            check("api", "[dependencies]\nrusqlite.workspace = true"),
            expected
        );
        assert_eq!(
            check("api", "[dev-dependencies]\nrusqlite.workspace = true"),
            ""
        );
    }

    #[test]
    fn what_is_for_tests_may_not_ship() {
        let expected = "postscale/Cargo.toml: postscale-testkit may only be a dev-dependency";
        let manifest = "[dependencies]\npostscale-testkit.workspace = true";
        assert_eq!(check("postscale", manifest), expected);
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        let expected = "model/Cargo.toml: serde must say `workspace = true`";
        assert_eq!(check("model", "[dependencies]\nserde = \"1\""), expected);
    }

    #[test]
    fn a_crate_without_a_row_is_found() {
        let expected = "misuse/Cargo.toml: a new crate needs a row in the dependency table";
        assert_eq!(check("misuse", ""), expected);
    }
}
