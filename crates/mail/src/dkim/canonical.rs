//! Relaxed canonicalization of fields and bodies (RFC 6376 §3.4.2, §3.4.4).

use aws_lc_rs::digest::{Context, SHA256};

/// Octets collected before they are hashed.
const SLICE_OCTETS: usize = 32 * 1024;

/// Appends the canonical form of one field, without its line end.
pub(super) fn relaxed_field(raw: &[u8], out: &mut Vec<u8>) {
    let colon = memchr::memchr(b':', raw).unwrap_or(raw.len());
    let (name, body) = raw.split_at(colon);
    out.extend(name.trim_ascii_end().iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let mut space = false;
    for &byte in body.get(1..).unwrap_or_default().trim_ascii() {
        match byte {
            b'\r' | b'\n' => {}
            b' ' | b'\t' => space = true,
            byte => {
                if std::mem::take(&mut space) {
                    out.push(b' ');
                }
                out.push(byte);
            }
        }
    }
}

/// SHA-256 of the canonical body.
pub(super) fn relaxed_body_hash(body: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    relaxed_body(body, |slice| context.update(slice));
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Hands over the canonical body in large slices.
pub(super) fn relaxed_body(body: &[u8], mut take: impl FnMut(&[u8])) {
    let mut rest = without_trailing_blank_lines(body);
    let mut out = Vec::with_capacity(rest.len().min(SLICE_OCTETS) + 1024);
    while !rest.is_empty() {
        let (line, after) = next_line(rest);
        rest = after;
        if memchr::memchr2(b' ', b'\t', line).is_none() {
            out.extend_from_slice(line);
        } else {
            relaxed_line(line, &mut out);
        }
        out.extend_from_slice(b"\r\n");
        if out.len() >= SLICE_OCTETS {
            take(&out);
            out.clear();
        }
    }
    take(&out);
}

fn relaxed_line(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(at) = memchr::memchr2(b' ', b'\t', rest) {
        out.extend_from_slice(&rest[..at]);
        let white = |byte: &u8| matches!(byte, b' ' | b'\t');
        let run = rest[at..].iter().take_while(|byte| white(byte)).count();
        rest = &rest[at + run..];
        if rest.is_empty() {
            return;
        }
        out.push(b' ');
    }
    out.extend_from_slice(rest);
}

/// The first line without its CRLF, and what follows it.
fn next_line(text: &[u8]) -> (&[u8], &[u8]) {
    for at in memchr::memchr_iter(b'\n', text) {
        if at > 0 && text[at - 1] == b'\r' {
            return (&text[..at - 1], &text[at + 1..]);
        }
    }
    (text, &[])
}

/// The body without the lines at its end that are empty once white space is reduced.
///
/// RFC 6376 §3.4.4 reduces white space first and ignores empty lines at the end after that, so a
/// line of spaces at the end counts as empty.
pub(crate) fn without_trailing_blank_lines(body: &[u8]) -> &[u8] {
    let mut end = body.len();
    loop {
        let text = body[..end].strip_suffix(b"\r\n").unwrap_or(&body[..end]);
        let white = |byte: &&u8| matches!(**byte, b' ' | b'\t');
        let blanks = text.iter().rev().take_while(white).count();
        let line_start = text.len() - blanks;
        let is_blank_line = line_start == 0 || body[..line_start].ends_with(b"\r\n");
        if end == 0 || !is_blank_line {
            return &body[..end];
        }
        end = line_start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> String {
        let mut out = Vec::new();
        relaxed_body(text.as_bytes(), |slice| out.extend_from_slice(slice));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_examples_of_rfc_6376_3_4_5_come_out_right() {
        let mut out = Vec::new();
        relaxed_field(b"A: X\r\n", &mut out);
        out.extend_from_slice(b"\r\n");
        relaxed_field(b"B : Y\t\r\n\tZ  \r\n", &mut out);
        assert_eq!(out, b"a:X\r\nb:Y Z");
        assert_eq!(body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
    }

    #[test]
    fn lines_of_white_space_at_the_end_count_as_empty() {
        for (text, want) in [
            ("", ""),
            ("\r\n", ""),
            (" \r\n\t\r\n", ""),
            ("a", "a\r\n"),
            ("a\r\n", "a\r\n"),
            ("a \r\n \t \r\n\r\n", "a\r\n"),
            ("a\r\n  ", "a\r\n"),
            ("a\r\n\r\n \r\nb\r\n", "a\r\n\r\n\r\nb\r\n"),
            (" a", " a\r\n"),
            ("a\nb \r\n", "a\nb\r\n"),
        ] {
            assert_eq!(body(text), want, "{text:?}");
        }
    }
}
