//! Notes people keep on their things.

use postscale_model::Invalid;

/// Characters of a note at most.
const NOTE_CHARS_MAX: usize = 500;

/// A note: trimmed, at most 500 characters, perhaps several lines, perhaps empty.
pub(crate) fn check_note(field: &str, note: &str) -> Result<String, Invalid> {
    let note = note.trim();
    let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
    if note.chars().count() > NOTE_CHARS_MAX {
        Err(Invalid::field(field, "must have at most 500 characters"))
    } else if note.chars().any(bad) {
        Err(Invalid::field(field, "must not contain control characters"))
    } else {
        Ok(note.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_trimmed_and_bounded() {
        assert_eq!(
            check_note("description", " for shops\n").unwrap(),
            "for shops"
        );
        assert_eq!(check_note("description", "").unwrap(), "");
        assert!(check_note("description", "a\0b").is_err());
        assert!(check_note("description", &"a".repeat(501)).is_err());
    }
}
