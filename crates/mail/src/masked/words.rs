//! Addresses in encoded words (RFC 2047), which stand in header sections wherever these are.

use std::{borrow::Cow, sync::LazyLock};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use regex::bytes::{Captures, Regex};

use super::scrub::Scrub;
use crate::mailbox_list::decode_words;

/// Encoded words with nothing but white space between them, which is no part of what they say.
static RUN: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=";
    Regex::new(&format!(r"{word}(?:[ \t\r\n]+{word})*")).expect("BUG: the pattern is a constant")
});
/// Octets of text in one encoded word: with them it has less than 75 signs (§2).
const WORD_OCTETS_MAX: usize = 42;

/// The octets with every address replaced that encoded words spell out.
pub(super) fn scrubbed<'t>(scrub: &Scrub, text: &'t [u8]) -> Cow<'t, [u8]> {
    RUN.replace_all(text, |run: &Captures<'_>| {
        let raw = run.get(0).map_or(&[][..], |run| run.as_bytes());
        let shown = String::from_utf8_lossy(raw).replace(['\r', '\n'], "");
        let shown = decode_words(&shown);
        let clean = scrub.text(&shown);
        if clean == shown {
            raw.to_vec()
        } else {
            encoded(&clean).into_bytes()
        }
    })
}

/// Text as encoded words on lines of their own.
fn encoded(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(WORD_OCTETS_MAX.min(rest.len()));
        let (word, after) = rest.split_at(end);
        words.push(format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(word)));
        rest = after;
    }
    words.join("\r\n ")
}
