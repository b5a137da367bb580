//! Patterns of conditions: regular expressions that take time linear in what they look at.
//!
//! Compiled ones are kept by their text, so that a message does not compile them anew. Nothing but
//! the text decides what a pattern is, so keeping it cannot change an answer.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use regex::{Regex, RegexBuilder};

/// Characters of a pattern.
pub const PATTERN_CHARS_MAX: usize = 500;
/// Octets of each text a pattern looks at.
pub const PATTERN_LOOKS_AT_BYTES: usize = 4096;
/// Octets of a compiled pattern: some words of Unicode letters fit, a nest of counted repetitions
/// does not.
const COMPILED_BYTES_MAX: usize = 256 * 1024;
/// Octets a pattern may use to remember where it is; with less it goes on, slower.
const CACHE_BYTES_MAX: usize = 256 * 1024;
/// Levels of nesting.
const NESTING_MAX: u32 = 50;
/// Compiled patterns that are kept.
const KEPT_MAX: usize = 1024;

/// Why a text is no pattern we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It has more than [`PATTERN_CHARS_MAX`] characters.
    #[error("must have at most 500 characters")]
    TooLong,
    /// It would become too large.
    #[error("is too large a pattern; use fewer or smaller repetitions")]
    TooLarge,
    /// It is no regular expression, or one with look-around or back-references.
    #[error("is not a regular expression: {0}")]
    Syntax(String),
}

/// Whether a text is a pattern.
///
/// # Errors
/// [`PatternError`].
pub fn check_pattern(text: &str) -> Result<(), PatternError> {
    if text.chars().count() > PATTERN_CHARS_MAX {
        return Err(PatternError::TooLong);
    }
    compile(text).map(drop).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
        other => {
            let told = other.to_string();
            let last = told.lines().last().unwrap_or_default();
            PatternError::Syntax(last.trim_start_matches("error: ").to_owned())
        }
    })
}

fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(CACHE_BYTES_MAX)
        .nest_limit(NESTING_MAX)
        .build()
}

/// The pattern of that text; none when it is not one.
pub(super) fn compiled(text: &str) -> Option<Arc<Regex>> {
    static KEPT: LazyLock<Mutex<HashMap<String, Arc<Regex>>>> = LazyLock::new(Mutex::default);
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pattern) = kept().get(text) {
        return Some(Arc::clone(pattern));
    }
    let pattern = Arc::new(compile(text).ok()?);
    let mut kept = kept();
    if kept.len() >= KEPT_MAX {
        kept.clear();
    }
    kept.insert(text.to_owned(), Arc::clone(&pattern));
    Some(pattern)
}

/// As much of a text as a pattern looks at.
pub(super) fn looked_at(text: &str) -> &str {
    let mut end = text.len().min(PATTERN_LOOKS_AT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pattern_is_told() {
        assert_eq!(check_pattern("(?i)^re: .*invoice"), Ok(()));
        assert_eq!(check_pattern(&"a".repeat(501)), Err(PatternError::TooLong));
        let nested = "((((x{100}){100}){100}){100}){100}";
        assert_eq!(check_pattern(nested), Err(PatternError::TooLarge));
        for (text, why) in [
            ("(", "unclosed group"),
            ("a(?=b)", "look-around"),
            (r"(a)\1", "backreferences"),
            ("[z-a]", "invalid character class range"),
        ] {
            let told = check_pattern(text).unwrap_err().to_string();
            assert!(told.contains(why), "{text}: {told}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(looked_at("ä"), "ä");
        let long = "ä".repeat(PATTERN_LOOKS_AT_BYTES);
        assert_eq!(looked_at(&long).len(), PATTERN_LOOKS_AT_BYTES);
        let shifted = ["a", &long].concat();
        assert_eq!(looked_at(&shifted).len(), PATTERN_LOOKS_AT_BYTES - 1);
    }
}
