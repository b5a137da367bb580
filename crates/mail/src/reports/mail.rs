//! The files of a message that may be reports, whatever type and name they have.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::container::{is_packed, is_plain};
use crate::parse::walk::{Part, walk};

/// Files of one message that are read.
pub const FILES_MAX: usize = 4;
/// Types of files that are text for people and never a report.
const FOR_PEOPLE: [&str; 2] = ["text/html", "text/calendar"];

/// The files of a message that may hold a report, in their order. Never panics.
#[must_use]
pub fn files(message: &[u8]) -> Vec<Vec<u8>> {
    let read = || {
        let structure = walk(message);
        let leaves = structure.parts.iter().filter(|part| !part.is_multipart());
        leaves.filter_map(report).take(FILES_MAX).collect()
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
}

fn report(part: &Part<'_>) -> Option<Vec<u8>> {
    let octets = part.decoded();
    let may_be = is_packed(&octets)
        || (is_plain(&octets) && !FOR_PEOPLE.contains(&part.media_type()))
        // Packed, but damaged on the way or of a kind nobody unpacks: worth saying so.
        || says_packed(part);
    (may_be && !octets.is_empty()).then(|| octets.into_owned())
}

fn says_packed(part: &Part<'_>) -> bool {
    let ends = part.filename().is_some_and(|name| {
        let name = name.to_lowercase();
        [".gz", ".zip", ".xml", ".json"]
            .iter()
            .any(|end| name.ends_with(end))
    });
    ends || part.media_type().contains("zip")
}
