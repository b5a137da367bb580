//! Where the product acts on nobody's request.
//!
//! `SystemScope` is authority that no caller proved. Each place that takes it is in a checked-in
//! list, so that a new one shows in review as a line of its own.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use super::Findings;
use crate::tree;

const LIST: &str = "xtask/golden/system-scope.txt";
const CALL: &str = "SystemScope::for_job(";

pub(super) fn findings(root: &Path) -> Result<Findings> {
    let present = sites(root)?;
    let listed = tree::read_if_present(&root.join(LIST))?.unwrap_or_default();
    let listed: Vec<&str> = listed.lines().collect();
    let mut findings = Findings::new();
    for site in present
        .iter()
        .filter(|site| !listed.contains(&site.as_str()))
    {
        findings.push(format!("{site}: new background authority, not in {LIST}"));
    }
    for site in listed
        .iter()
        .filter(|site| !present.iter().any(|other| other == *site))
    {
        findings.push(format!("{LIST}: no longer in the tree: {site}"));
    }
    Ok(findings)
}

/// Rewrites the list; the difference is what a reviewer reads. Returns the number of sites.
pub(crate) fn bless(root: &Path) -> Result<usize> {
    let sites = sites(root)?;
    let mut text = String::new();
    for site in &sites {
        writeln!(text, "{site}")?;
    }
    tree::write(&root.join(LIST), &text)?;
    Ok(sites.len())
}

/// `file: argument × count` for production code; line numbers would change too often.
fn sites(root: &Path) -> Result<Vec<String>> {
    let mut sites = Vec::new();
    for file in tree::files(&root.join("crates"))? {
        let place = tree::shown(root, &file);
        let in_tests = place.contains("/tests/") || place.ends_with("/tests.rs");
        if in_tests || place.starts_with("crates/testkit/") || !place.ends_with(".rs") {
            continue;
        }
        let text = tree::read(&file)?;
        let mut calls = arguments(&text);
        calls.sort_unstable();
        for group in calls.chunk_by(|one, other| one == other) {
            sites.push(format!("{place}: {} × {}", group[0], group.len()));
        }
    }
    Ok(sites)
}

/// What stands between the parentheses of each call.
fn arguments(text: &str) -> Vec<&str> {
    let end = |rest: &str| rest.find(')').unwrap_or(rest.len());
    text.split(CALL)
        .skip(1)
        .map(|rest| rest[..end(rest)].trim())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{bless, findings};
    use crate::tree;

    #[test]
    fn a_new_site_is_found_until_it_is_blessed() {
        let root = tempfile::tempdir().unwrap();
        let job = root.path().join("crates/engine/src/jobs/deliver.rs");
        tree::write(&job, "let scope = SystemScope::for_job(\"deliver\");").unwrap();
        let expected = "crates/engine/src/jobs/deliver.rs: \"deliver\" × 1: new background \
                        authority, not in xtask/golden/system-scope.txt";
        assert_eq!(findings(root.path()).unwrap(), [expected]);
        assert_eq!(bless(root.path()).unwrap(), 1);
        assert!(findings(root.path()).unwrap().is_empty());
    }

    #[test]
    fn a_second_call_in_the_same_file_is_a_new_site() {
        let root = tempfile::tempdir().unwrap();
        let job = root.path().join("crates/engine/src/deliver.rs");
        tree::write(&job, "SystemScope::for_job(NAME)").unwrap();
        bless(root.path()).unwrap();
        tree::write(
            &job,
            "SystemScope::for_job(NAME) SystemScope::for_job(NAME)",
        )
        .unwrap();
        assert_eq!(findings(root.path()).unwrap().len(), 2);
    }

    #[test]
    fn tests_take_it_freely() {
        let root = tempfile::tempdir().unwrap();
        let test = root.path().join("crates/store/tests/it/queue.rs");
        tree::write(&test, "SystemScope::for_job(\"test\")").unwrap();
        assert!(findings(root.path()).unwrap().is_empty());
    }
}
