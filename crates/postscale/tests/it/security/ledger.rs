//! Which rows of the lists of threats no test shows, and why.

use std::{collections::BTreeSet, fs, path::Path};

/// Rows A1 to A30 and I1 to I17.
const ROWS: [(char, u32); 2] = [('a', 30), ('i', 17)];

/// Rows about what the product does not have yet. Each leaves the list with the feature.
const NOT_YET: [(&str, &str); 2] = [
    ("a13", "there is no sending of batches"),
    ("a22", "there are no idempotency keys"),
];

/// The functions of every test of the workspace whose name begins with that of a row.
fn named(directory: &Path, rows: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            if !path.ends_with("target") {
                named(&path, rows);
            }
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            rows.extend(text.split("fn ").skip(1).filter_map(row));
        }
    }
}

/// `a07` of `a07_an_open_session_…`.
fn row(name: &str) -> Option<String> {
    let (row, _) = name.split_once('_')?;
    let (letter, number) = row.split_at_checked(1)?;
    let is_row = matches!(letter, "a" | "i") && number.len() == 2 && number.parse::<u32>().is_ok();
    is_row.then(|| row.to_owned())
}

#[test]
fn every_row_has_a_test_of_its_name_or_a_reason_not_to() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut shown = BTreeSet::new();
    named(crates, &mut shown);
    let rows = ROWS
        .iter()
        .flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number:02}")));
    let rows: BTreeSet<String> = rows.collect();
    let exempt: BTreeSet<String> = NOT_YET.iter().map(|(row, _)| (*row).to_owned()).collect();
    let missing: Vec<_> = rows
        .difference(&shown)
        .filter(|row| !exempt.contains(*row))
        .collect();
    assert!(missing.is_empty(), "no test shows {missing:?}");
    let unknown: Vec<_> = shown.difference(&rows).collect();
    assert!(unknown.is_empty(), "there are no rows {unknown:?}");
    let done: Vec<_> = shown.intersection(&exempt).collect();
    assert!(
        done.is_empty(),
        "take {done:?} out of the list of what is not there yet"
    );
}
