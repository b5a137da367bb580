//! Relaxed canonicalization of fields and bodies (RFC 6376 §3.4.2, §3.4.4).

use aws_lc_rs::digest::{Context, SHA256};
use memchr::memmem::Finder;

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
///
/// Most of a body is canonical already: the three places where white space has to change are
/// searched for, and everything between them is taken as it stands.
pub(super) fn relaxed_body(body: &[u8], take: impl FnMut(&[u8])) {
    let body = without_trailing_blank_lines(body);
    let is_terminated = body.ends_with(b"\r\n");
    let body = if is_terminated {
        body
    } else {
        &body[..body.len() - blanks(body.iter().rev())]
    };
    let mut slices = Slices {
        held: Vec::with_capacity(SLICE_OCTETS),
        take,
    };
    let finders: [Finder<'_>; 3] = [b"\t".as_slice(), b"  ", b" \r\n"].map(Finder::new);
    let mut places = finders.each_ref().map(|finder| finder.find(body));
    let mut at = 0;
    while let Some(place) = places.iter().flatten().min() {
        let start = place - usize::from(*place > at && body[place - 1] == b' ');
        slices.push(&body[at..start]);
        at = start + blanks(body[start..].iter());
        if !body[at..].starts_with(b"\r\n") {
            slices.push(b" ");
        }
        for (finder, place) in finders.iter().zip(&mut places) {
            if place.is_some_and(|place| place < at) {
                *place = finder.find(&body[at..]).map(|found| at + found);
            }
        }
    }
    slices.push(&body[at..]);
    if !is_terminated && !body.is_empty() {
        slices.push(b"\r\n");
    }
    slices.flush();
}

/// Collects small pieces so that hashing sees large ones.
struct Slices<F> {
    held: Vec<u8>,
    take: F,
}

impl<F: FnMut(&[u8])> Slices<F> {
    fn push(&mut self, piece: &[u8]) {
        if self.held.len() + piece.len() > SLICE_OCTETS {
            self.flush();
        }
        if piece.len() > SLICE_OCTETS {
            (self.take)(piece);
        } else {
            self.held.extend_from_slice(piece);
        }
    }
    fn flush(&mut self) {
        (self.take)(&self.held);
        self.held.clear();
    }
}

/// Number of spaces and tabs at the start.
fn blanks<'b>(octets: impl Iterator<Item = &'b u8>) -> usize {
    octets
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

/// The body without the lines at its end that are empty once white space is reduced.
///
/// RFC 6376 §3.4.4 reduces white space first and ignores empty lines at the end after that, so a
/// line of spaces at the end counts as empty.
pub(crate) fn without_trailing_blank_lines(body: &[u8]) -> &[u8] {
    let mut end = body.len();
    loop {
        let text = body[..end].strip_suffix(b"\r\n").unwrap_or(&body[..end]);
        let line_start = text.len() - blanks(text.iter().rev());
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
            ("a \nb", "a \nb\r\n"),
            ("a \t \nb\t\tc \t\r\nd ", "a \nb c\r\nd\r\n"),
            ("\t\ta\r\n\t\r\n b", " a\r\n\r\n b\r\n"),
        ] {
            assert_eq!(body(text), want, "{text:?}");
        }
    }

    /// The rules of RFC 6376 §3.4.4 one after the other, as they are written.
    fn by_the_book(text: &str) -> String {
        let mut lines: Vec<String> = text
            .split("\r\n")
            .map(|line| {
                let ends_white = line.ends_with([' ', '\t']);
                let mut out = String::new();
                for c in line.chars() {
                    let c = if c == '\t' { ' ' } else { c };
                    if c != ' ' || !out.ends_with(' ') {
                        out.push(c);
                    }
                }
                if ends_white {
                    out.pop();
                }
                out
            })
            .collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines.into_iter().map(|line| line + "\r\n").collect()
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            failure_persistence: None,
            ..proptest::prelude::ProptestConfig::with_cases(2000)
        })]
        #[test]
        fn any_body_comes_out_as_by_the_book(text in "([ab]|[ \t]|\r\n|\r|\n){0,24}") {
            proptest::prop_assert_eq!(body(&text), by_the_book(&text));
        }
    }

    #[test]
    fn bodies_larger_than_a_slice_come_out_whole() {
        let text = format!("{} \r\n", "x".repeat(3 * SLICE_OCTETS)) + &"a  b\t\r\n".repeat(9000);
        assert_eq!(body(&text), by_the_book(&text));
    }
}
