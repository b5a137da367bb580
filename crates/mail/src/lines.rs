//! The length of lines in what leaves (RFC 5322 §2.1.1, RFC 5321 §4.5.3.1.6).
//!
//! Lines of up to 8,192 octets come in, lines of at most 998 go out. [`shorten`] folds the fields
//! that have a longer one, and encodes the leaves that have one: text becomes quoted-printable, or
//! base64 where that is shorter, anything else base64; what is encoded already gets more line ends.
//! Readers see the same message. Whatever has no such line stays as it is, octet for octet.
//!
//! Containers cannot be encoded (RFC 2045 §6.4), so that multiparts and messages inside the message
//! are opened. What a `multipart/signed` covers must arrive as it was signed (RFC 1847 §2.1), and has
//! no long lines when it was made as that document demands: if it has one all the same, nothing is
//! changed and [`LineError::Signed`] says why the message cannot go out. What of a message is no part
//! of its structure, such as the text before a first delimiter, is broken where it must be.

mod body;
mod header;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, ops::Range};

use crate::parse::walk::{self, Part};

/// Octets of a line without CRLF (RFC 5322 §2.1.1).
pub const LINE_OCTETS_MAX: usize = 998;
/// Messages inside messages that are opened.
const DEPTH_MAX: usize = 5;

/// Why the lines of a message cannot be shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// A long line is in what a signature covers.
    #[error("a line of more than 998 octets is in a part that is signed and must not be changed")]
    Signed,
    /// A long line is in a part that may not be encoded, or whose structure goes beyond our limits.
    #[error("a line of more than 998 octets is in a part that cannot be encoded")]
    Structure,
}

/// The message without lines that are too long. It has CRLF line ends only.
///
/// # Errors
/// [`LineError`].
pub fn shorten(message: &[u8]) -> Result<Cow<'_, [u8]>, LineError> {
    if !has_long(message) {
        return Ok(message.into());
    }
    let mut out = Vec::with_capacity(message.len() + message.len() / 2);
    push_message(&mut out, message, DEPTH_MAX)?;
    Ok(out.into())
}

/// Whether a line is too long. Looks at the last line end of every thousand octets only.
fn has_long(octets: &[u8]) -> bool {
    let mut rest = octets;
    while rest.len() > LINE_OCTETS_MAX {
        let window = &rest[..rest.len().min(LINE_OCTETS_MAX + 2)];
        match memchr::memrchr(b'\n', window) {
            Some(at) => rest = &rest[at + 1..],
            None => return true,
        }
    }
    false
}

/// A line and what ends it.
fn cut(line: &[u8]) -> (&[u8], &[u8]) {
    let content = line.strip_suffix(b"\n").unwrap_or(line);
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    (content, &line[content.len()..])
}

fn push_message(out: &mut Vec<u8>, message: &[u8], depth: usize) -> Result<(), LineError> {
    let structure = walk::walk(message);
    if structure.limits_exceeded {
        return Err(LineError::Structure);
    }
    let mut signed = signed(&structure.parts, message.len());
    if signed.any(|range| has_long(&message[range])) {
        return Err(LineError::Signed);
    }
    let mut at = 0;
    for (index, part) in structure.parts.iter().enumerate() {
        body::push_ignored(out, &message[at..part.header_start()]);
        let (start, octets) = part.body();
        let header = &message[part.header_start()..start];
        if part.is_multipart() || !has_long(octets) {
            header::push(out, header);
            out.extend_from_slice(octets);
        } else if part.media_type().starts_with("message/") && !is_encoded(part) {
            header::push(out, header);
            push_inner(out, part, octets, depth)?;
        } else if header::is_multipart(header) {
            return Err(LineError::Structure);
        } else {
            let (encoding, encoded) = body::encoded(part, octets);
            header::push_encoded(out, header, encoding, index == 0);
            out.extend_from_slice(&encoded);
        }
        at = start + octets.len();
    }
    body::push_ignored(out, &message[at..]);
    Ok(())
}

fn is_encoded(part: &Part<'_>) -> bool {
    matches!(part.encoding(), "base64" | "quoted-printable")
}

/// A message inside the message, or fields about one. Neither may be encoded (RFC 2046 §5.2.1,
/// RFC 3464 §2.1); of others it is not known what may be done to them.
fn push_inner(
    out: &mut Vec<u8>,
    part: &Part<'_>,
    octets: &[u8],
    depth: usize,
) -> Result<(), LineError> {
    match part.media_type() {
        "message/rfc822" | "message/global" | "message/news" if depth > 0 => {
            push_message(out, octets, depth - 1)
        }
        "message/delivery-status"
        | "message/global-delivery-status"
        | "message/disposition-notification"
        | "message/global-disposition-notification"
        | "message/feedback-report" => {
            header::push_lines(out, octets);
            Ok(())
        }
        _ => Err(LineError::Structure),
    }
}

/// What signatures cover: the first part of each `multipart/signed` with everything in it.
fn signed(parts: &[Part<'_>], end: usize) -> impl Iterator<Item = Range<usize>> {
    let pairs = parts.iter().zip(parts.iter().skip(1)).enumerate();
    pairs.filter_map(move |(index, (outer, first))| {
        let is_signed = outer.media_type() == "multipart/signed" && first.depth() > outer.depth();
        let mut others = parts.iter().skip(index + 2);
        let next = others.find(|part| part.depth() <= first.depth());
        let end = next.map_or(end, Part::header_start);
        is_signed.then(|| first.header_start()..end)
    })
}
