//! Migrations are numbered without gaps, complete for both engines, and never edited once their
//! hash is in the list: a database that ran the old text would differ from one that runs the new.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::Findings;
use crate::tree;

const DIRECTORY: &str = "crates/store/migrations";
const LIST: &str = "crates/store/migrations/hashes.txt";

/// Path inside the directory of migrations → hash of the file.
type Hashes = BTreeMap<String, String>;

pub(super) fn findings(root: &Path) -> Result<Findings> {
    let present = present(root)?;
    let listed = listed(root)?;
    let mut findings = shape(&present);
    for (path, hash) in &listed {
        match present.get(path) {
            None => findings.push(format!("{DIRECTORY}/{path}: a shipped migration is gone")),
            Some(other) if other != hash => findings.push(format!(
                "{DIRECTORY}/{path}: a shipped migration was edited; add a new one"
            )),
            Some(_) => {}
        }
    }
    for path in present.keys().filter(|path| !listed.contains_key(*path)) {
        findings.push(format!(
            "{DIRECTORY}/{path}: not in {LIST}; run `cargo xtask bless`"
        ));
    }
    Ok(findings)
}

/// Adds what is new; what is listed stays as it is. Returns what was added.
pub(crate) fn bless(root: &Path) -> Result<Vec<String>> {
    let mut listed = listed(root)?;
    let mut added = Vec::new();
    for (path, hash) in present(root)? {
        if let Entry::Vacant(place) = listed.entry(path) {
            added.push(place.key().clone());
            place.insert(hash);
        }
    }
    if !added.is_empty() {
        let mut text = String::new();
        for (path, hash) in &listed {
            writeln!(text, "{hash}  {path}")?;
        }
        tree::write(&root.join(LIST), &text)?;
    }
    Ok(added)
}

/// One directory per step: `0001_name/up.sql`, or both `up.sqlite.sql` and `up.postgres.sql`.
fn shape(present: &Hashes) -> Findings {
    let mut steps: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in present.keys() {
        let (step, file) = path.split_once('/').unwrap_or((path, ""));
        steps.entry(step).or_default().push(file);
    }
    let mut findings = Findings::new();
    for (number, (step, files)) in (1..).zip(steps) {
        if !step.starts_with(&format!("{number:04}_")) {
            findings.push(format!(
                "{DIRECTORY}/{step}: step {number:04} was expected here"
            ));
        }
        if files != ["up.sql"] && files != ["up.postgres.sql", "up.sqlite.sql"] {
            findings.push(format!(
                "{DIRECTORY}/{step}: needs up.sql, or both up.sqlite.sql and up.postgres.sql"
            ));
        }
    }
    findings
}

fn present(root: &Path) -> Result<Hashes> {
    let directory = root.join(DIRECTORY);
    let mut hashes = Hashes::new();
    if !directory.exists() {
        return Ok(hashes);
    }
    for file in tree::files(&directory)? {
        if tree::has_extension(&file, &["sql"]) {
            let digest = Sha256::digest(tree::read(&file)?);
            let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            hashes.insert(tree::shown(&directory, &file), hash);
        }
    }
    Ok(hashes)
}

fn listed(root: &Path) -> Result<Hashes> {
    let text = tree::read_if_present(&root.join(LIST))?.unwrap_or_default();
    text.lines()
        .map(|line| {
            let (hash, path) = line.split_once("  ").context("a line without a path")?;
            Ok((path.to_owned(), hash.to_owned()))
        })
        .collect::<Result<_>>()
        .with_context(|| format!("cannot read {LIST}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{DIRECTORY, bless, findings};
    use crate::tree;

    fn put(root: &Path, path: &str, text: &str) {
        tree::write(&root.join(DIRECTORY).join(path), text).unwrap();
    }

    #[test]
    fn a_new_migration_wants_to_be_blessed_and_then_stays_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        put(
            root.path(),
            "0001_people/up.sql",
            "CREATE TABLE people (id TEXT);",
        );
        let unlisted = findings(root.path()).unwrap();
        assert!(
            unlisted[0].ends_with("run `cargo xtask bless`"),
            "{unlisted:?}"
        );

        assert_eq!(bless(root.path()).unwrap(), ["0001_people/up.sql"]);
        assert!(findings(root.path()).unwrap().is_empty());

        put(
            root.path(),
            "0001_people/up.sql",
            "CREATE TABLE people (id BIGINT);",
        );
        assert!(bless(root.path()).unwrap().is_empty());
        let edited = findings(root.path()).unwrap();
        assert!(
            edited[0].ends_with("was edited; add a new one"),
            "{edited:?}"
        );
    }

    #[test]
    fn a_shipped_migration_may_not_disappear() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "hashes.txt", "00ff  0001_people/up.sql\n");
        let gone = findings(root.path()).unwrap();
        assert!(gone[0].ends_with("is gone"), "{gone:?}");
    }

    #[test]
    fn a_step_is_one_text_or_both_and_numbers_have_no_gaps() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "0001_people/up.sql", "SELECT 1;");
        put(root.path(), "0003_houses/up.sqlite.sql", "SELECT 1;");
        bless(root.path()).unwrap();
        let found = findings(root.path()).unwrap();
        assert_eq!(
            found,
            [
                "crates/store/migrations/0003_houses: step 0002 was expected here",
                "crates/store/migrations/0003_houses: needs up.sql, or both up.sqlite.sql and \
                 up.postgres.sql",
            ]
        );
    }
}
