//! Reading a received message within limits (RFC 5322, MIME; security.md M10).
//!
//! The structure is walked here in one pass with an explicit stack, so that no nesting can use up
//! the call stack and no boundary costs a second look; a message inside the message is one
//! attachment and is not opened. Field values, charsets and encoded words are decoded by
//! mail-parser, behind `catch_unwind`. Whatever goes beyond a limit is left out and
//! [`Parsed::limits_exceeded`] is set: the stored message remains the truth.

mod decode;
mod pictures;
mod segment;
#[cfg(test)]
mod tests;
pub(crate) mod walk;

use std::panic::{AssertUnwindSafe, catch_unwind};

use postscale_model::{Mailbox, MessageHeader};

use crate::{
    field::{self, Field},
    mailbox_list,
};
pub(crate) use pictures::pictures;
pub(crate) use segment::{Segment, quoted_printable, segments};
use walk::Part;

/// Fields of the header section that are read.
const FIELDS_MAX: usize = 1000;
/// Octets of the header section that are read.
const HEADER_OCTETS_MAX: usize = 256 * 1024;
/// Octets of one field.
const FIELD_OCTETS_MAX: usize = 100 * 1024;
/// Octets of a file name that are kept.
const FILENAME_OCTETS_MAX: usize = 255;

/// What a message says.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The fields in order, unfolded and decoded.
    pub headers: Vec<MessageHeader>,
    /// `Message-ID` as written, with its brackets; empty when there is none.
    pub message_id: String,
    /// First mailbox of `From`.
    pub from: Option<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// Subject, decoded; empty when there is none.
    pub subject: String,
    /// The plain text parts shown as the body.
    pub text: Option<String>,
    /// The HTML parts shown as the body; not cleaned.
    pub html: Option<String>,
    /// Everything else.
    pub attachments: Vec<ParsedAttachment>,
    /// Something was left out because the message is larger or deeper than we read.
    pub limits_exceeded: bool,
}

/// A part that is not shown as the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedAttachment {
    /// Index of the MIME part, for [`attachment`].
    pub part: i64,
    /// File name without path and controls; made up when there is none.
    pub filename: String,
    /// Media type in lower case, without parameters.
    pub content_type: String,
    /// `Content-ID` without brackets.
    pub content_id: Option<String>,
    /// Octets, decoded.
    pub size_bytes: i64,
}

/// Reads a message. Never panics.
#[must_use]
pub fn parse(message: &[u8]) -> Parsed {
    catch_unwind(AssertUnwindSafe(|| read(message))).unwrap_or_else(|_| {
        tracing::warn!(
            message.size_bytes = message.len(),
            "the message parser panicked"
        );
        Parsed {
            limits_exceeded: true,
            ..Parsed::default()
        }
    })
}

/// The ids of a message's parts, without their brackets.
pub(crate) fn content_ids(message: &[u8]) -> Vec<String> {
    let structure = walk::walk(message);
    structure
        .parts
        .iter()
        .filter_map(Part::content_id)
        .collect()
}

/// The decoded octets of one part, by the index [`parse`] gave it. Never panics.
#[must_use]
pub fn attachment(message: &[u8], part: i64) -> Option<Vec<u8>> {
    catch_unwind(AssertUnwindSafe(|| {
        let structure = walk::walk(message);
        let part = structure.parts.get(usize::try_from(part).ok()?)?;
        (!part.is_multipart()).then(|| part.decoded().into_owned())
    }))
    .unwrap_or_default()
}

fn read(message: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    let (fields, complete) = within_limits(field::split(message).fields);
    parsed.limits_exceeded = !complete;
    let unfolded = |name: &str| {
        let mut found = fields.iter().filter(|field| field.is(name));
        found.next().map(Field::unfolded).unwrap_or_default()
    };
    parsed.message_id = unfolded("Message-ID");
    parsed.subject = decode::shown(&mailbox_list::decode_words(&unfolded("Subject")));
    let mailboxes = |name: &str| mailbox_list::parse_leniently(&unfolded(name));
    parsed.from = mailboxes("From").into_iter().next();
    parsed.to = mailboxes("To");
    parsed.cc = mailboxes("Cc");
    parsed.reply_to = mailboxes("Reply-To");
    parsed.headers = fields
        .iter()
        .map(|field| MessageHeader {
            name: field.name_str().to_owned(),
            value: decode::shown(&mailbox_list::decode_words(&field.unfolded())),
        })
        .collect();
    let structure = walk::walk(message);
    parsed.limits_exceeded |= structure.limits_exceeded;
    for (index, part) in structure.parts.iter().enumerate() {
        place(&mut parsed, index, part);
    }
    parsed
}

/// Puts a part where it belongs: body text, body HTML, or attachments.
fn place(parsed: &mut Parsed, index: usize, part: &Part<'_>) {
    if part.is_multipart() {
        return;
    }
    let shown = !part.is_attachment() && part.filename().is_none();
    let body = match part.media_type() {
        "text/plain" if shown => &mut parsed.text,
        "text/html" if shown => &mut parsed.html,
        _ => {
            parsed.attachments.push(ParsedAttachment {
                part: i64::try_from(index).unwrap_or(i64::MAX),
                filename: filename(index, part),
                content_type: part.media_type().to_owned(),
                content_id: part.content_id(),
                size_bytes: i64::try_from(part.size()).unwrap_or(i64::MAX),
            });
            return;
        }
    };
    let text = part.text();
    match body {
        _ if text.is_empty() => {}
        Some(before) => {
            before.push('\n');
            before.push_str(&text);
        }
        None => *body = Some(text),
    }
}

fn within_limits(mut fields: Vec<Field<'_>>) -> (Vec<Field<'_>>, bool) {
    let all = fields.len();
    fields.truncate(FIELDS_MAX);
    let mut octets = 0;
    fields.retain(|field| {
        octets += field.raw().len();
        field.raw().len() <= FIELD_OCTETS_MAX && octets <= HEADER_OCTETS_MAX
    });
    let complete = fields.len() == all;
    (fields, complete)
}

/// The last component of the path a sender wrote, without anything that acts on a file system.
fn filename(index: usize, part: &Part<'_>) -> String {
    let written = part.filename().unwrap_or_default();
    let name = written.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name: String = name
        .chars()
        .filter(|c| !c.is_control() && !is_bidirectional(*c) && !"<>:\"|?*".contains(*c))
        .collect();
    let mut end = name.len().min(FILENAME_OCTETS_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    let name = name.trim_matches([' ', '.']);
    if !name.is_empty() {
        return name.to_owned();
    }
    match part.media_type() {
        "message/rfc822" | "message/global" => format!("message-{index}.eml"),
        "text/plain" => format!("attachment-{index}.txt"),
        "text/html" => format!("attachment-{index}.html"),
        "text/calendar" => format!("attachment-{index}.ics"),
        _ => format!("attachment-{index}"),
    }
}

/// Marks that reorder text and so can disguise the end of a file name.
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
