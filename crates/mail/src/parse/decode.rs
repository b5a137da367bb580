//! Decoding of bodies (RFC 2045 §6) and of text for showing. Lenient: broken input gives what
//! can be read of it.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use mail_parser::decoders::charsets::map::charset_decoder;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Base64; everything outside the alphabet is skipped, and what follows padding is ignored.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut letters: Vec<u8> = letters(text).collect();
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    LENIENT.decode(letters).unwrap_or_default()
}

fn letters(text: &[u8]) -> impl Iterator<Item = u8> {
    let before_padding = text.iter().copied().take_while(|byte| *byte != b'=');
    before_padding.filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// Octets that [`base64`] gives, without the memory they take.
pub(super) fn base64_size(text: &[u8]) -> usize {
    // Two letters make one octet, three make two, and one alone makes none.
    letters(text).count() * 3 / 4
}

/// Quoted-printable; a `=` that escapes nothing stands for itself.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii_end();
        let is_soft = content.ends_with(b"=");
        let content = content.strip_suffix(b"=").unwrap_or(content);
        let mut rest = content;
        while let Some(at) = memchr::memchr(b'=', rest) {
            out.extend_from_slice(&rest[..at]);
            let digit = |i: usize| rest.get(at + i).and_then(|b| char::from(*b).to_digit(16));
            match (digit(1), digit(2)) {
                (Some(high), Some(low)) => {
                    out.push((high * 16 + low) as u8);
                    rest = &rest[at + 3..];
                }
                _ => {
                    out.push(b'=');
                    rest = &rest[at + 1..];
                }
            }
        }
        out.extend_from_slice(rest);
        if !is_soft && line.ends_with(b"\n") {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

/// Text in a named charset; unknown or missing means UTF-8, and what is no UTF-8 is replaced.
pub(super) fn text(octets: &[u8], charset: Option<&str>) -> String {
    let utf8 = || std::str::from_utf8(octets).ok().map(str::to_owned);
    let named = || charset.and_then(|name| charset_decoder(name.as_bytes()));
    if charset.is_none_or(|name| name.eq_ignore_ascii_case("us-ascii"))
        && let Some(text) = utf8()
    {
        return text;
    }
    named().map_or_else(
        || String::from_utf8_lossy(octets).into_owned(),
        |decode| decode(octets),
    )
}

/// A field value for showing: no controls.
pub(super) fn shown(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    text.trim().chars().map(visible).collect()
}
