//! Steps through a long list.

use askama::Template;
use askama::filters::urlencode_strict;

use super::component;

/// Which part of a list is shown, and the ways to the parts before and after it.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    /// Position of the first entry shown, from 1; 0 when nothing is shown.
    pub first: u64,
    /// Position of the last entry shown.
    pub last: u64,
    /// How many there are, when that is known.
    pub total: Option<u64>,
    /// Address of the part before.
    pub previous: Option<String>,
    /// Address of the part after.
    pub next: Option<String>,
}
component!(Pager);

/// How many of a list are shown, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Entries before the first one shown.
    pub offset: u64,
    /// The most that is shown at once.
    pub limit: u64,
    /// How many are shown.
    pub shown: u64,
}

impl Pager {
    /// A pager of the list at `path` with the filters `query`. Without a `total`, a full page
    /// is taken to have another one behind it.
    #[must_use]
    pub fn new(path: &str, query: &[(&str, &str)], slice: Slice, total: Option<u64>) -> Self {
        let Slice {
            offset,
            limit,
            shown,
        } = slice;
        let last = offset + shown;
        let more = total.map_or(shown == limit, |total| last < total);
        Self {
            first: if shown == 0 { 0 } else { offset + 1 },
            last,
            total,
            previous: (offset > 0).then(|| address_of(path, query, offset.saturating_sub(limit))),
            next: (more && shown > 0).then(|| address_of(path, query, last)),
        }
    }

    /// Whether there is anywhere to go.
    #[must_use]
    pub const fn has_other_pages(&self) -> bool {
        self.previous.is_some() || self.next.is_some()
    }
}

/// An address with those parts of a query that are not empty.
#[must_use]
pub fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    let mut separator = '?';
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        let Ok(value) = urlencode_strict(value);
        address.push_str(&format!("{separator}{name}={value}"));
        separator = '&';
    }
    address
}

fn address_of(path: &str, query: &[(&str, &str)], offset: u64) -> String {
    let offset = match offset {
        0 => String::new(),
        offset => offset.to_string(),
    };
    let mut query = query.to_vec();
    query.push(("offset", &offset));
    address(path, &query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_list_have_one_way_only() {
        let slice = |offset, shown| Slice {
            offset,
            limit: 50,
            shown,
        };
        let first = Pager::new(
            "/emails",
            &[("to", "a&b c"), ("from", "")],
            slice(0, 50),
            Some(51),
        );
        assert_eq!(first.previous, None);
        assert_eq!(
            first.next.as_deref(),
            Some("/emails?to=a%26b%20c&offset=50")
        );
        let last = Pager::new("/emails", &[], slice(50, 1), Some(51));
        assert_eq!((last.first, last.last), (51, 51));
        assert_eq!(last.previous.as_deref(), Some("/emails"));
        assert_eq!(last.next, None);
    }

    #[test]
    fn without_a_total_a_full_page_has_another_behind_it() {
        let slice = |shown| Slice {
            offset: 0,
            limit: 2,
            shown,
        };
        assert!(Pager::new("/domains", &[], slice(2), None).next.is_some());
        assert!(!Pager::new("/domains", &[], slice(1), None).has_other_pages());
        assert!(!Pager::new("/domains", &[], slice(0), None).has_other_pages());
    }
}
