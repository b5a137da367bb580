//! Statements over many rows at once, with few different texts, so that prepared statements are
//! found again: rows are cut into runs of 64, 32, 16, … 1.

use std::fmt::Write as _;

const RUN_MAX: usize = 64;

/// Cuts `rows` into runs whose lengths are powers of two.
pub(crate) fn runs<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let largest = rows.len().checked_ilog2()?;
        let (run, rest) = rows.split_at(RUN_MAX.min(1 << largest));
        rows = rest;
        Some(run)
    })
}

/// `$first, $first+1, …`, `count` of them.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    rows(first, count, "?")
}

/// `count` copies of `row`, joined by commas, every `?` in them the next placeholder from `$first`.
pub(crate) fn rows(first: usize, count: usize, row: &str) -> String {
    let mut sql = String::with_capacity(count * (row.len() + 8));
    let mut next = first;
    for index in 0..count {
        if index > 0 {
            sql.push_str(", ");
        }
        for (part, text) in row.split('?').enumerate() {
            if part > 0 {
                let _infallible = write!(sql, "${next}");
                next += 1;
            }
            sql.push_str(text);
        }
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_lengths() {
        for (count, want) in [
            (0, vec![]),
            (1, vec![1]),
            (5, vec![4, 1]),
            (200, vec![64, 64, 64, 8]),
        ] {
            let all: Vec<usize> = (0..count).collect();
            let lengths: Vec<usize> = runs(&all).map(<[usize]>::len).collect();
            assert_eq!(lengths, want);
            assert_eq!(runs(&all).flatten().copied().collect::<Vec<_>>(), all);
        }
    }

    #[test]
    fn placeholders_are_numbered_across_rows() {
        assert_eq!(rows(3, 2, "(?, ?)"), "($3, $4), ($5, $6)");
        assert_eq!(placeholders(1, 3), "$1, $2, $3");
    }
}
