//! A message cut into stretches, so that its text can be changed without its structure: header
//! sections and delimiters as they stand, and the bodies of leaves with their transfer encoding.
//!
//! One after the other the stretches are the message. A message inside the message is cut as well, as
//! far as its own body is not encoded (RFC 2046 §5.2.1 forbids that).

use std::borrow::Cow;

use super::{
    decode,
    walk::{self, Part},
};
use crate::compose::base64_lines;

/// Messages inside messages that are cut.
const DEPTH_MAX: usize = 5;
/// Signs of an encoded line (RFC 2045 §6.7).
const LINE_SIGNS_MAX: usize = 76;

/// How a leaf is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    Base64,
    QuotedPrintable,
}

/// A stretch of a message.
#[derive(Debug)]
pub(crate) struct Segment<'m> {
    /// Where it starts.
    pub start: usize,
    /// Its octets.
    pub raw: &'m [u8],
    encoding: Encoding,
    is_wide: bool,
}

impl Segment<'_> {
    /// Whether text is hidden in it by a transfer encoding.
    pub fn is_encoded(&self) -> bool {
        self.encoding != Encoding::Plain
    }
    /// Whether it is text in UTF-16.
    pub fn is_wide(&self) -> bool {
        self.is_wide
    }
    /// Its octets without the transfer encoding.
    pub fn decoded(&self) -> Cow<'_, [u8]> {
        match self.encoding {
            Encoding::Plain => self.raw.into(),
            Encoding::Base64 => decode::base64(self.raw).into(),
            Encoding::QuotedPrintable => decode::quoted_printable(self.raw).into(),
        }
    }
    /// Other octets in its transfer encoding.
    pub fn encode(&self, octets: &[u8]) -> Vec<u8> {
        match self.encoding {
            Encoding::Plain => octets.to_vec(),
            Encoding::Base64 => base64_lines(octets).into_bytes(),
            Encoding::QuotedPrintable => quoted_printable(octets),
        }
    }
}

/// Cuts a message.
pub(crate) fn segments(message: &[u8]) -> Vec<Segment<'_>> {
    let mut out = Vec::new();
    cut(message, 0, DEPTH_MAX, &mut out);
    out
}

fn cut<'m>(message: &'m [u8], offset: usize, depth: usize, out: &mut Vec<Segment<'m>>) {
    let structure = walk::walk(message);
    let mut at = 0;
    for part in &structure.parts {
        let (start, body) = part.body();
        if part.is_multipart() || body.is_empty() {
            continue;
        }
        out.push(plain(message, at..start, offset));
        at = start + body.len();
        let encoding = encoding(part);
        let is_message = part.media_type().starts_with("message/");
        if is_message && encoding == Encoding::Plain && depth > 0 {
            cut(body, offset + start, depth - 1, out);
            continue;
        }
        let charset = part.charset().unwrap_or_default().to_ascii_lowercase();
        out.push(Segment {
            start: offset + start,
            raw: body,
            encoding,
            is_wide: charset.starts_with("utf-16"),
        });
    }
    out.push(plain(message, at..message.len(), offset));
}

fn plain(message: &[u8], range: std::ops::Range<usize>, offset: usize) -> Segment<'_> {
    Segment {
        start: offset + range.start,
        raw: &message[range],
        encoding: Encoding::Plain,
        is_wide: false,
    }
}

/// Only text is looked into: what else is encoded has no address to be read. A calendar is text under
/// whatever name.
fn encoding(part: &Part<'_>) -> Encoding {
    let is_text = ["text/", "message/", "application/ics"]
        .iter()
        .any(|kind| part.media_type().starts_with(kind));
    match part.encoding() {
        "base64" if is_text => Encoding::Base64,
        "quoted-printable" if is_text => Encoding::QuotedPrintable,
        _ => Encoding::Plain,
    }
}

/// Octets as quoted-printable, with the line ends they have. No line begins with a hyphen that could
/// begin a delimiter.
pub(crate) fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() + octets.len() / 8);
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let content = line.strip_suffix(b"\r\n").unwrap_or(line);
        let mut signs = 0;
        for (at, octet) in content.iter().enumerate() {
            let is_last = at + 1 == content.len();
            let is_space = matches!(octet, b' ' | b'\t') && !is_last;
            let is_plain = is_space || (octet.is_ascii_graphic() && *octet != b'=');
            let width = if is_plain { 1 } else { 3 };
            if signs + width >= LINE_SIGNS_MAX {
                out.extend_from_slice(b"=\r\n");
                signs = 0;
            }
            let is_plain = is_plain && !(signs == 0 && *octet == b'-');
            let width = if is_plain { 1 } else { 3 };
            if is_plain {
                out.push(*octet);
            } else {
                out.extend_from_slice(format!("={octet:02X}").as_bytes());
            }
            signs += width;
        }
        if content.len() < line.len() {
            out.extend_from_slice(b"\r\n");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretches_are_the_message() {
        let message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\nhello\r\n--b\r\n\r\nplain\r\n--b\r\n\
            Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+\r\n--b\r\n\
            Content-Type: message/rfc822\r\n\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3Db\r\n--b--\r\nend\r\n";
        let all = segments(message);
        let joined: Vec<u8> = all.iter().flat_map(|one| one.raw.to_vec()).collect();
        assert_eq!(joined, message);
        assert!(
            all.iter()
                .all(|one| message[one.start..].starts_with(one.raw))
        );
        let hidden = all.iter().filter(|one| one.is_encoded());
        let hidden: Vec<_> = hidden.map(|one| one.decoded().into_owned()).collect();
        assert_eq!(hidden, [&b"<b>"[..], b"a=b"]);
    }

    #[test]
    fn what_is_encoded_again_reads_as_before() {
        for text in [
            "",
            "a=b \r\n\tx\r\n",
            "é".repeat(50).as_str(),
            "x".repeat(200).as_str(),
            "--b=\r\n-- \r\n-",
            "-".repeat(200).as_str(),
        ] {
            let encoded = quoted_printable(text.as_bytes());
            let mut lines = encoded.split(|octet| *octet == b'\n');
            assert!(!lines.any(|line| line.starts_with(b"-")), "{text}");
            assert!(
                encoded
                    .split(|octet| *octet == b'\n')
                    .all(|line| line.len() <= 77)
            );
            assert_eq!(
                decode::quoted_printable(&encoded),
                text.as_bytes(),
                "{text}"
            );
        }
    }
}
