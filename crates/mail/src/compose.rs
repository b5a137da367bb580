//! Composing a message from its parts (RFC 5322, MIME, RFC 2047, RFC 2231).
//!
//! What comes out is 7-bit, has CRLF line ends only and no line longer than 998 octets, whatever
//! went in: the body can be signed and handed to any server as it is. Blind recipients are not
//! part of a [`Draft`], so they can be in no header. Boundaries derive from the Message-ID, so
//! the same draft gives the same octets.

mod custom_header;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_STANDARD};
pub use custom_header::check_custom_header;
use mail_builder::{
    MessageBuilder,
    headers::{
        Header as _, HeaderType, address::Address as Addresses, content_type::ContentType,
        message_id::MessageId, raw::Raw, text::Text,
    },
    mime::{BodyPart, MimePart},
};
use postscale_model::{Invalid, Mailbox, Timestamp};

/// Octets of a subject (api.md: 998, a line of RFC 5322 §2.1.1).
const SUBJECT_OCTETS_MAX: usize = 998;
/// Octets of a file name.
const FILENAME_OCTETS_MAX: usize = 255;
/// Octets of an attachment's media type with its parameters.
const MEDIA_TYPE_OCTETS_MAX: usize = 255;
/// Octets of a base64 line (RFC 2045 §6.8).
const BASE64_COLUMNS: usize = 76;

/// Everything a message is composed of.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The author.
    pub from: Mailbox,
    /// Who sends it, when that is not the author.
    pub sender: Option<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// Subject, any Unicode but controls.
    pub subject: String,
    /// Plain text body.
    pub text: Option<String>,
    /// HTML body.
    pub html: Option<String>,
    /// Further fields in order. Those a client names pass [`check_custom_header`] first.
    pub headers: Vec<(String, String)>,
    /// Attached files and inline images.
    pub attachments: Vec<DraftAttachment>,
    /// `Message-ID` without brackets.
    pub message_id: String,
    /// `Date`.
    pub date: Timestamp,
}

/// A file to attach.
#[derive(Debug, Clone)]
pub struct DraftAttachment {
    /// Name shown to the reader.
    pub filename: String,
    /// Media type, `type/subtype` without parameters.
    pub content_type: String,
    /// Octets.
    pub content: Vec<u8>,
    /// `Content-ID` without brackets: makes it an inline part the HTML can refer to by `cid:`.
    pub content_id: Option<String>,
}

/// Composes the message.
///
/// # Errors
/// [`Invalid`] when a text that goes into the header has control characters or is too long, or a
/// media type or identifier is malformed.
pub fn compose(draft: &Draft) -> Result<Vec<u8>, Invalid> {
    check(draft)?;
    let mut builder = MessageBuilder::new()
        .header("From", addresses([&draft.from]))
        .header("Subject", Text::new(draft.subject.as_str()))
        .header("Date", Raw::new(draft.date.to_rfc5322()))
        .header("Message-ID", MessageId::new(draft.message_id.as_str()));
    if let Some(sender) = &draft.sender {
        builder = builder.header("Sender", addresses([sender]));
    }
    for (name, list) in [
        ("To", &draft.to),
        ("Cc", &draft.cc),
        ("Reply-To", &draft.reply_to),
    ] {
        if !list.is_empty() {
            builder = builder.header(name, addresses(list));
        }
    }
    for (name, value) in &draft.headers {
        builder = builder.header(name.as_str(), custom_value(value));
    }
    let mut message = Vec::new();
    builder
        .header("MIME-Version", Raw::new("1.0"))
        .body(body(draft))
        .serialize(&mut message);
    if !message.ends_with(b"\r\n") {
        message.extend_from_slice(b"\r\n");
    }
    Ok(message)
}

/// One address field, encoded and folded, with its line end.
pub(crate) fn mailbox_field(name: &str, list: &[Mailbox]) -> Vec<u8> {
    let mut out = format!("{name}: ").into_bytes();
    addresses(list).write_header(&mut out, name.len() + 2);
    out
}

fn addresses<'a>(list: impl IntoIterator<Item = &'a Mailbox>) -> HeaderType<'static> {
    let one = |mailbox: &Mailbox| {
        Addresses::new_address(mailbox.display_name.clone(), mailbox.address.to_string())
    };
    Addresses::new_list(list.into_iter().map(one).collect()).into()
}

/// ASCII goes out as it is, folded at its spaces; anything else as encoded words.
fn custom_value(value: &str) -> HeaderType<'_> {
    if value.is_ascii() {
        Raw::new(value).into()
    } else {
        Text::new(value).into()
    }
}

fn body(draft: &Draft) -> MimePart<'_> {
    let mut boundaries = Boundaries::new(&draft.message_id);
    let (inline, attached): (Vec<_>, Vec<_>) = draft
        .attachments
        .iter()
        .partition(|attachment| attachment.content_id.is_some() && draft.html.is_some());
    let html = draft.html.as_deref().map(|html| {
        let part = MimePart::new("text/html", with_crlf(html));
        boundaries.wrap(
            "related",
            part,
            inline.into_iter().map(attachment).collect(),
        )
    });
    let text = draft
        .text
        .as_deref()
        .map(|text| MimePart::new("text/plain", with_crlf(text)));
    let readable = match (text, html) {
        (Some(text), Some(html)) => boundaries.wrap("alternative", text, vec![html]),
        (Some(part), None) | (None, Some(part)) => part,
        (None, None) => MimePart::new("text/plain", ""),
    };
    boundaries.wrap(
        "mixed",
        readable,
        attached.into_iter().map(attachment).collect(),
    )
}

/// Every kind of line end as CRLF.
fn with_crlf(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        out.push_str(&rest[..at]);
        out.push_str("\r\n");
        let end = if rest[at..].starts_with("\r\n") { 2 } else { 1 };
        rest = &rest[at + end..];
    }
    out.push_str(rest);
    out
}

fn attachment(attachment: &DraftAttachment) -> MimePart<'_> {
    let kind = if attachment.content_id.is_some() {
        "inline"
    } else {
        "attachment"
    };
    let content_type = media_type(&attachment.content_type)
        .expect("BUG: a draft is checked before its parts are made")
        .attribute("name", attachment.filename.as_str());
    let disposition = ContentType::new(kind).attribute("filename", attachment.filename.as_str());
    let mut part = MimePart::new(
        content_type,
        BodyPart::Text(base64_lines(&attachment.content).into()),
    )
    .header("Content-Disposition", disposition)
    .transfer_encoding("base64");
    if let Some(content_id) = &attachment.content_id {
        part = part.cid(content_id.as_str());
    }
    part
}

pub(crate) fn base64_lines(content: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(content);
    let mut out = String::with_capacity(text.len() + text.len() / BASE64_COLUMNS * 2 + 2);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(BASE64_COLUMNS));
        out.push_str(line);
        out.push_str("\r\n");
        rest = after;
    }
    out
}

/// Makes boundaries nobody can have written into a body: `=_` occurs in no encoded text, and the
/// rest is a hash of the unpredictable Message-ID.
struct Boundaries {
    stem: String,
    next: usize,
}

impl Boundaries {
    fn new(message_id: &str) -> Self {
        let hash = digest(&SHA256, message_id.as_bytes());
        let mut stem = String::with_capacity(32);
        for byte in &hash.as_ref()[..16] {
            write!(stem, "{byte:02x}").expect("BUG: writing to a String cannot fail");
        }
        Self { stem, next: 0 }
    }

    /// `first` and `others` as one multipart, or `first` alone when there are no others.
    fn wrap<'x>(
        &mut self,
        subtype: &str,
        first: MimePart<'x>,
        others: Vec<MimePart<'x>>,
    ) -> MimePart<'x> {
        if others.is_empty() {
            return first;
        }
        let boundary = format!("=_{}_{}", self.next, self.stem);
        self.next += 1;
        let content_type =
            ContentType::new(format!("multipart/{subtype}")).attribute("boundary", boundary);
        let mut parts = vec![first];
        parts.extend(others);
        MimePart::new(content_type, parts)
    }
}

fn check(draft: &Draft) -> Result<(), Invalid> {
    if draft.subject.len() > SUBJECT_OCTETS_MAX {
        return Err(Invalid::field("subject", "is longer than 998 bytes"));
    }
    no_controls("subject", &draft.subject)?;
    identifier("message_id", &draft.message_id)?;
    let mailboxes = [&draft.to, &draft.cc, &draft.reply_to]
        .into_iter()
        .flatten();
    for mailbox in mailboxes.chain([&draft.from]).chain(&draft.sender) {
        if let Some(name) = &mailbox.display_name {
            no_controls("name", name)?;
        }
    }
    for (name, value) in &draft.headers {
        custom_header::check_syntax(name, value)?;
    }
    for (index, attachment) in draft.attachments.iter().enumerate() {
        let field = |member: &str| format!("attachments[{index}].{member}");
        if attachment.filename.len() > FILENAME_OCTETS_MAX || attachment.filename.is_empty() {
            return Err(Invalid::field(
                field("filename"),
                "must have 1 to 255 bytes",
            ));
        }
        no_controls(&field("filename"), &attachment.filename)?;
        if let Err(why) = media_type(&attachment.content_type) {
            return Err(Invalid::field(field("content_type"), why));
        }
        if let Some(content_id) = &attachment.content_id {
            identifier(&field("content_id"), content_id)?;
        }
    }
    Ok(())
}

fn no_controls(field: &str, text: &str) -> Result<(), Invalid> {
    if text.chars().any(is_unprintable) {
        return Err(Invalid::field(field, "must not contain control characters"));
    }
    Ok(())
}

/// Controls, and the two separators that some readers take for line ends.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A Message-ID or Content-ID: printable ASCII without white space or brackets (RFC 5322 §3.6.4).
fn identifier(field: &str, text: &str) -> Result<(), Invalid> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>()\"\\,;:".contains(&byte);
    if (1..=255).contains(&text.len()) && text.bytes().all(plain) {
        Ok(())
    } else {
        Err(Invalid::field(
            field,
            "must be 1 to 255 letters, digits and plain signs",
        ))
    }
}

/// A media type with its parameters (RFC 2045 §5.1), without those that are ours to set. The type is
/// neither a container nor a message, which must not be base64 (RFC 2046 §5).
fn media_type(text: &str) -> Result<ContentType<'_>, &'static str> {
    const FORM: &str = "must be a media type such as application/pdf or text/plain; charset=utf-8";
    if text.len() > MEDIA_TYPE_OCTETS_MAX || text.chars().any(is_unprintable) {
        return Err(FORM);
    }
    let (essence, mut rest) = text.split_once(';').unwrap_or((text, ""));
    let essence = essence.trim();
    let word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    match essence.split_once('/') {
        Some((kind, _)) if kind.eq_ignore_ascii_case("multipart") => {
            return Err("is a multipart, which cannot be attached: attach its parts");
        }
        Some((kind, _)) if kind.eq_ignore_ascii_case("message") => {
            return Err(
                "is a message's, which mail forbids to encode as attachments are: attach it as \
                 application/octet-stream, with a filename that ends in .eml",
            );
        }
        Some((kind, subtype)) if word(kind) && word(subtype) => {}
        _ => return Err(FORM),
    }
    let mut media_type = ContentType::new(essence);
    while !rest.trim_start().is_empty() {
        let (name, value, after) = parameter(rest).ok_or(FORM)?;
        rest = after;
        // Names with asterisks are parts of encoded ones (RFC 2231), mostly of `name`.
        let is_ours = ["name", "boundary"]
            .iter()
            .any(|ours| name.eq_ignore_ascii_case(ours))
            || name.contains('*');
        let mut known = media_type.attributes.iter();
        if !is_ours && !known.any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            media_type = media_type.attribute(name, value);
        }
    }
    Ok(media_type)
}

/// The first parameter, its name and value, and what follows its semicolon.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let is_token = |text: &str| {
        let plain = |b: u8| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b);
        !text.is_empty() && text.bytes().all(plain)
    };
    let (name, rest) = text.split_once('=')?;
    let (name, rest) = (name.trim(), rest.trim_start());
    let (value, rest) = if let Some(quoted) = rest.strip_prefix('"') {
        let mut value = String::new();
        let mut signs = quoted.chars();
        loop {
            match signs.next()? {
                '"' => break,
                '\\' => value.push(signs.next()?),
                sign => value.push(sign),
            }
        }
        (value, signs.as_str().trim_start())
    } else {
        let (value, rest) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let value = value.trim_end();
        is_token(value).then(|| (value.to_owned(), rest))?
    };
    let after = match rest.strip_prefix(';') {
        Some(after) => after,
        None if rest.is_empty() => rest,
        None => return None,
    };
    is_token(name).then_some((name, value, after))
}
