//! Rules about the text of files: nothing left open, no SQL put together from pieces, no
//! unescaped values in pages, no file whose name says nothing.

use std::path::Path;

use anyhow::Result;

use super::Findings;
use crate::tree;

/// Text that says something was left open. Written in halves so that this list passes itself.
const LEFT_OPEN: [&str; 7] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("dbg", "!("),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
    concat!("#[ig", "nore"),
    concat!("<<<<", "<<<"),
];

const WRITTEN_BY_US: [&str; 10] = [
    "rs", "html", "css", "js", "sql", "sh", "py", "toml", "md", "txt",
];

/// Names that describe a drawer and not what is in it.
const NAMES_THAT_SAY_NOTHING: [&str; 9] = [
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "stuff",
];

const SQL_VERBS: [&str; 5] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];

pub(super) fn findings(root: &Path) -> Result<Findings> {
    let mut findings = Findings::new();
    for file in tree::files(root)? {
        let place = tree::shown(root, &file);
        let stem = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let parent = file
            .parent()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str());
        for name in [Some(stem), parent].into_iter().flatten() {
            if NAMES_THAT_SAY_NOTHING.contains(&name) {
                findings.push(format!(
                    "{place}: name it after what is in it, not `{name}`"
                ));
            }
        }
        if !tree::has_extension(&file, &WRITTEN_BY_US) || place.contains("/tests/vectors/") {
            continue;
        }
        let text = tree::read(&file)?;
        findings.extend(left_open(&place, &text));
        if place.starts_with("crates/store/") && place.ends_with(".rs") {
            findings.extend(assembled_sql(&place, &text));
        }
        if place.contains("/templates/") || place.contains("/notices/") {
            findings.extend(unescaped_values(&place, &text));
        }
    }
    Ok(findings)
}

fn left_open(place: &str, text: &str) -> Findings {
    let mut findings = Findings::new();
    for (number, line) in (1..).zip(text.lines()) {
        for mark in LEFT_OPEN {
            if line.contains(mark) {
                findings.push(format!("{place}:{number}: `{mark}` is left in the tree"));
            }
        }
    }
    findings
}

/// A `format!` whose text begins like a statement: values belong in parameters.
fn assembled_sql(place: &str, text: &str) -> Findings {
    let mut findings = Findings::new();
    for (position, call) in text.match_indices("format!(") {
        let literal = text[position + call.len()..]
            .trim_start()
            .trim_start_matches('r')
            .trim_start_matches('#');
        let Some(literal) = literal.strip_prefix('"') else {
            continue;
        };
        let first = literal.split_whitespace().next().unwrap_or_default();
        if SQL_VERBS.contains(&first) {
            let number = text[..position].matches('\n').count() + 1;
            findings.push(format!(
                "{place}:{number}: SQL is one constant text, not a `format!`"
            ));
        }
    }
    findings
}

/// The filter that switches escaping off, with whatever blanks around its bar.
fn unescaped_values(place: &str, text: &str) -> Findings {
    let mut findings = Findings::new();
    for (number, line) in (1..).zip(text.lines()) {
        let tight: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        let unescaped = tight.match_indices("|safe").any(|(position, filter)| {
            let next = tight[position + filter.len()..].chars().next();
            !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
        });
        if unescaped {
            findings.push(format!(
                "{place}:{number}: the `safe` filter switches escaping off"
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{LEFT_OPEN, assembled_sql, left_open, unescaped_values};

    #[test]
    fn whatever_is_left_open_is_found_with_its_line() {
        for mark in LEFT_OPEN {
            let expected = format!("a.rs:2: `{mark}` is left in the tree");
            assert_eq!(
                left_open("a.rs", &format!("fine\n// {mark} later")),
                [expected]
            );
        }
    }

    #[test]
    fn a_statement_in_a_format_is_found() {
        let found = ["a.rs:1: SQL is one constant text, not a `format!`"];
        assert_eq!(assembled_sql("a.rs", "format!(\"SELECT {column}\")"), found);
        assert_eq!(
            assembled_sql("a.rs", "format!(\n    r#\"WITH {x}\"#)"),
            found
        );
    }

    #[test]
    fn a_format_of_something_else_is_not_sql() {
        let nothing: [&str; 0] = [];
        assert_eq!(assembled_sql("a.rs", "format!(\"SELECTED {n}\")"), nothing);
        assert_eq!(assembled_sql("a.rs", "format!(concat!(\"a\"))"), nothing);
    }

    #[test]
    fn the_filter_that_switches_escaping_off_is_found() {
        let found = ["a.html:1: the `safe` filter switches escaping off"];
        for line in [
            "{{ body|safe }}",
            "{{ body | safe }}",
            "{{ body|lower|safe|trim }}",
        ] {
            assert_eq!(unescaped_values("a.html", line), found, "{line}");
        }
        assert!(unescaped_values("a.html", "{{ body|safe_link }}").is_empty());
    }
}
