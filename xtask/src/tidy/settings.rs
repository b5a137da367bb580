//! Every setting that the configuration reads is explained to operators.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::Findings;
use crate::tree;

const CODE: &str = "crates/postscale/src/config/table.rs";
const PAGE: &str = "docs/operating/settings.md";
const PREFIX: &str = "POSTSCALE_";
/// What tests read is no setting of a node; the configuration only lets it pass.
const FOR_TESTS: &str = "POSTSCALE_TEST_";
const SEED: &str = "POSTSCALE_SEED";

pub(super) fn findings(root: &Path) -> Result<Findings> {
    let mut names = BTreeSet::new();
    for file in tree::files(&root.join("crates/postscale/src"))? {
        if tree::shown(root, &file).starts_with(CODE) {
            names.extend(settings_in(&tree::read(&file)?));
        }
    }
    let page = settings_in(&tree::read_if_present(&root.join(PAGE))?.unwrap_or_default());
    let is_for_tests = |name: &&String| name.starts_with(FOR_TESTS) || *name == SEED;
    let undocumented = names.difference(&page).filter(|name| !is_for_tests(name));
    Ok(undocumented
        .map(|name| format!("{PAGE}: says nothing about {name}"))
        .collect())
}

fn settings_in(text: &str) -> BTreeSet<String> {
    let is_part_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.split(|c| !is_part_of_name(c))
        .filter(|word| word.starts_with(PREFIX) && word.len() > PREFIX.len())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::tree;

    #[test]
    fn a_setting_that_the_page_does_not_name_is_found() {
        let root = tempfile::tempdir().unwrap();
        let code = root.path().join("crates/postscale/src/config/table.rs");
        tree::write(&code, "\"POSTSCALE_DNS\", \"POSTSCALE_MX_HOST\"").unwrap();
        let page = root.path().join("docs/operating/settings.md");
        tree::write(&page, "`POSTSCALE_DNS_CACHE`, `POSTSCALE_MX_HOST`").unwrap();
        let expected = "docs/operating/settings.md: says nothing about POSTSCALE_DNS";
        assert_eq!(findings(root.path()).unwrap(), [expected]);
    }
}
