//! Encoding of bodies that have long lines (RFC 2045 §6).

use super::{LINE_OCTETS_MAX, cut, has_long};
use crate::{
    compose::base64_lines,
    parse::{quoted_printable, walk::Part},
};

/// Signs of an encoded line (RFC 2045 §6.7, §6.8).
const LINE_SIGNS_MAX: usize = 76;

/// The body of a leaf with shorter lines, and its new encoding, if that is another.
pub(super) fn encoded(part: &Part<'_>, body: &[u8]) -> (Option<&'static str>, Vec<u8>) {
    match part.encoding() {
        "base64" => return (None, each_long(body, push_base64)),
        "quoted-printable" => return (None, each_long(body, push_quoted)),
        _ => {}
    }
    let base64 = base64_lines(body).into_bytes();
    if part.media_type().starts_with("text/") {
        let quoted = quoted_printable(body);
        if quoted.len() <= base64.len() {
            return (Some("quoted-printable"), quoted);
        }
    }
    (Some("base64"), base64)
}

/// Text outside all parts, and delimiters with white space behind them.
pub(super) fn push_ignored(out: &mut Vec<u8>, octets: &[u8]) {
    if !has_long(octets) {
        return out.extend_from_slice(octets);
    }
    out.extend(each_long(octets, |out, line| {
        let line = line.trim_ascii_end();
        if line.len() <= LINE_OCTETS_MAX {
            return out.extend_from_slice(line);
        }
        // No piece of it may become a delimiter.
        for (at, piece) in line.chunks(LINE_OCTETS_MAX - 1).enumerate() {
            out.extend_from_slice(if at == 0 { b" " } else { b"\r\n " });
            out.extend_from_slice(piece);
        }
    }));
}

/// The octets with each line that is too long written otherwise.
fn each_long(octets: &[u8], mut push: impl FnMut(&mut Vec<u8>, &[u8])) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() + octets.len() / 16);
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        if has_long(line) {
            let (content, end) = cut(line);
            push(&mut out, content);
            out.extend_from_slice(end);
        } else {
            out.extend_from_slice(line);
        }
    }
    out
}

/// Base64 in several lines, without what readers skip (RFC 2045 §6.8).
fn push_base64(out: &mut Vec<u8>, line: &[u8]) {
    let is_sign = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/=".contains(octet);
    let signs: Vec<u8> = line.iter().copied().filter(is_sign).collect();
    for (at, piece) in signs.chunks(LINE_SIGNS_MAX).enumerate() {
        if at > 0 {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(piece);
    }
}

/// Quoted-printable with soft line breaks. White space at the end of a line is not meant (RFC 2045
/// §6.7), and would be if something followed.
fn push_quoted(out: &mut Vec<u8>, line: &[u8]) {
    let mut rest = line.trim_ascii_end();
    let mut signs = 0;
    while let Some(first) = rest.first() {
        let (token, after) = rest.split_at(if is_escape(rest) { 3 } else { 1 });
        if signs + token.len() >= LINE_SIGNS_MAX {
            out.extend_from_slice(b"=\r\n");
            signs = 0;
        }
        // A hyphen that begins a line could begin a delimiter.
        let is_hyphen = signs == 0 && *first == b'-';
        let token = if is_hyphen { b"=2D" } else { token };
        out.extend_from_slice(token);
        signs += token.len();
        rest = after;
    }
}

fn is_escape(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"=").and_then(|rest| rest.get(..2));
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}
