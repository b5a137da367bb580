//! Folding of fields (RFC 5322 §2.2.3).
//!
//! A line is broken before white space, which unfolding undoes. Where there is none for too long, a
//! subject is written in encoded words, which changes nothing either; other fields get a space after
//! a comma or semicolon, or wherever they must.

use mail_builder::headers::{Header as _, text::Text};

use super::{LINE_OCTETS_MAX, cut, has_long};
use crate::{
    field::{self, Field},
    mailbox_list,
};

/// Octets of a line that is folded, as far as its words allow (RFC 5322 §2.1.1).
const FOLD_OCTETS: usize = 78;
const ENCODING: &str = "Content-Transfer-Encoding";

/// Whether the header section declares a multipart.
pub(super) fn is_multipart(header: &[u8]) -> bool {
    let mut fields = field::split(header).fields.into_iter();
    let is_multipart = |value: &str| value.to_ascii_lowercase().starts_with("multipart/");
    fields.any(|field| field.is("Content-Type") && is_multipart(&field.unfolded()))
}

/// A header section with its empty line.
pub(super) fn push(out: &mut Vec<u8>, header: &[u8]) {
    push_encoded(out, header, None, false);
}

/// The header section of a part whose body is encoded otherwise than before, or has no new encoding.
pub(super) fn push_encoded(
    out: &mut Vec<u8>,
    header: &[u8],
    encoding: Option<&str>,
    is_message: bool,
) {
    let fields = field::split(header).fields;
    let end: usize = fields.iter().map(|field| field.raw().len()).sum();
    for field in &fields {
        if encoding.is_none() || !field.is(ENCODING) {
            push_field(out, field);
        }
    }
    let gap = &header[end..];
    if let Some(encoding) = encoding {
        if is_message && !fields.iter().any(|field| field.is("MIME-Version")) {
            out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        }
        out.extend_from_slice(format!("{ENCODING}: {encoding}\r\n").as_bytes());
        out.extend_from_slice(if gap.is_empty() { b"\r\n" } else { gap });
    } else {
        out.extend_from_slice(gap);
    }
}

fn push_field(out: &mut Vec<u8>, field: &Field<'_>) {
    if !has_long(field.raw()) {
        return out.extend_from_slice(field.raw());
    }
    let name = field.name_str();
    // Such a name cannot be folded, or could be taken for a delimiter when its field is.
    if name.len() >= LINE_OCTETS_MAX || name.starts_with("--") {
        return;
    }
    let is_blank = |octet: &u8| matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
    let mut words = field.body().split(is_blank);
    if field.is("Subject") && words.any(|word| word.len() >= LINE_OCTETS_MAX) {
        let subject = mailbox_list::decode_words(&field.unfolded());
        out.extend_from_slice(format!("{name}: ").as_bytes());
        Text::new(subject).write_header(out, name.len() + 2);
        return;
    }
    push_lines(out, &[name.as_bytes(), b":", field.body()].concat());
}

/// Lines of fields.
pub(super) fn push_lines(out: &mut Vec<u8>, lines: &[u8]) {
    for line in lines.split_inclusive(|octet| *octet == b'\n') {
        if !has_long(line) {
            out.extend_from_slice(line);
            continue;
        }
        let (content, end) = cut(line);
        // A line of nothing but white space would end the section once it is shorter.
        if !content.trim_ascii().is_empty() {
            push_folded(out, content);
            out.extend_from_slice(end);
        }
    }
}

/// A long line in several. White space at its end says nothing and is left out.
fn push_folded(out: &mut Vec<u8>, line: &[u8]) {
    let is_blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let mut column = 0;
    if line.starts_with(b"--") {
        out.push(b' ');
        column = 1;
    }
    let mut rest = line;
    let mut words = 0;
    while !rest.is_empty() {
        let start = rest.iter().position(|octet| !is_blank(octet));
        let Some(start) = start else { break };
        let (mut gap, word) = rest.split_at(start);
        let end = word.iter().position(is_blank).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        if !gap.is_empty() && gap.len() + word.len() > LINE_OCTETS_MAX {
            gap = b" ";
        }
        let width = column + gap.len() + word.len();
        // The first word after a name stays with it if it can, or as much of it as can.
        let goes_on = match words {
            0 => true,
            1 => width <= LINE_OCTETS_MAX || word.len() >= LINE_OCTETS_MAX,
            _ => width <= FOLD_OCTETS,
        };
        if !goes_on {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        out.extend_from_slice(gap);
        column = push_word(out, column + gap.len(), word);
        words += 1;
        rest = after;
    }
}

/// A word, in pieces if it must be; returns the column after it.
fn push_word(out: &mut Vec<u8>, mut column: usize, mut word: &[u8]) -> usize {
    while column + word.len() > LINE_OCTETS_MAX {
        let (piece, after) = word.split_at(break_in(&word[..LINE_OCTETS_MAX - column]));
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n ");
        (column, word) = (1, after);
    }
    out.extend_from_slice(word);
    column + word.len()
}

/// Where to break what fits of a word: behind its last comma or semicolon, else between two
/// characters.
fn break_in(piece: &[u8]) -> usize {
    if let Some(at) = memchr::memrchr2(b',', b';', piece) {
        return at + 1;
    }
    let last = piece.iter().rposition(|octet| octet & 0xc0 != 0x80);
    let is_whole = piece.is_ascii();
    last.filter(|at| *at > 0 && !is_whole)
        .unwrap_or(piece.len())
}
