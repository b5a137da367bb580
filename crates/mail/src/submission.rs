//! What a message submitted over SMTP needs before it is signed (RFC 6409 §8).
//!
//! [`authors`] says who the message claims to be from, strictly: anything two readers could read
//! differently is refused (security.md A12). [`prepare`] adds `Date` and `Message-ID` when they
//! are missing, takes out `Bcc`, `Return-Path` and our own `X-Postscale-*` fields, and refuses
//! octets that could be read as two messages (security.md M2). Nothing else is changed: long lines
//! are shortened on the way out (see [`lines`]), and refused here only where that is impossible.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use postscale_model::{Address, HostName, Mailbox, Sources};

use crate::{
    field::{self, Field, Sections},
    lines::{self, LineError},
    mailbox_list::{self, ListError},
};

/// Fields of a header section (security.md M10).
const FIELDS_MAX: usize = 1000;
/// Octets of a header section (security.md M10).
const HEADER_OCTETS_MAX: usize = 256 * 1024;
/// Mailboxes in From.
const AUTHORS_MAX: usize = 10;
const METADATA: &str = "X-Postscale-Metadata-";
const TAG: &str = "X-Postscale-Tag";
const TEMPLATE: &str = "X-Postscale-Template";

/// Whom a message claims to be from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authors {
    /// The mailboxes of `From`; at least one.
    pub from: Vec<Mailbox>,
    /// The mailbox of `Sender`.
    pub sender: Option<Mailbox>,
}

impl Authors {
    /// Every address of `From` and `Sender`.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.from.iter().chain(&self.sender).map(|m| &m.address)
    }
}

/// Why it is not clear whom a message is from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorError {
    /// There is no `From`.
    #[error("the message has no From field")]
    NoFrom,
    /// `From` or `Sender` occurs more than once.
    #[error("the message has more than one {0} field")]
    Repeated(&'static str),
    /// `From` has too many mailboxes, or `Sender` more than one.
    #[error("the {0} field names too many mailboxes")]
    TooMany(&'static str),
    /// The field cannot be read in exactly one way.
    #[error("the {0} field {1}")]
    Unclear(&'static str, String),
}

/// Why a message cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// A CR or LF stands alone, or there is a NUL.
    #[error("the message has a CR or LF that stands alone, or a NUL")]
    StrayLineBreak,
    /// A line of the header section is no field.
    #[error("the message has a line among its header fields that is no field")]
    Header,
    /// More than 1,000 fields or 256 KiB of them.
    #[error("the header section of the message is too large")]
    HeaderTooLarge,
    /// A line of more than 998 octets where it cannot be made shorter.
    #[error(transparent)]
    Line(#[from] LineError),
}

/// A submitted message ready to be signed, and what it says.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The message, CRLF only, ending in CRLF.
    pub message: Vec<u8>,
    /// `Message-ID` without brackets.
    pub message_id: String,
    /// Subject, decoded.
    pub subject: String,
    /// `To`, as far as it can be read.
    pub to: Vec<Mailbox>,
    /// `Cc`, as far as it can be read.
    pub cc: Vec<Mailbox>,
    /// `X-Postscale-Metadata-<key>`, keys in lower case.
    pub metadata: BTreeMap<String, String>,
    /// `X-Postscale-Tag`, repeated or separated by commas.
    pub tags: Vec<String>,
    /// `X-Postscale-Template`.
    pub template: Option<String>,
}

/// Reads `From` and `Sender`.
///
/// # Errors
/// [`AuthorError`].
pub fn authors(message: &[u8]) -> Result<Authors, AuthorError> {
    let fields = field::split(message).fields;
    let from = mailboxes(&fields, "From")?.ok_or(AuthorError::NoFrom)?;
    if from.len() > AUTHORS_MAX {
        return Err(AuthorError::TooMany("From"));
    }
    let sender = match mailboxes(&fields, "Sender")? {
        None => None,
        Some(mut list) if list.len() == 1 => list.pop(),
        Some(_) => return Err(AuthorError::TooMany("Sender")),
    };
    Ok(Authors { from, sender })
}

fn mailboxes(
    fields: &[Field<'_>],
    name: &'static str,
) -> Result<Option<Vec<Mailbox>>, AuthorError> {
    let mut found = fields.iter().filter(|field| field.is(name));
    let Some(field) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        return Err(AuthorError::Repeated(name));
    }
    if std::str::from_utf8(field.body()).is_err() {
        return Err(AuthorError::Unclear(name, "is not valid UTF-8".to_owned()));
    }
    mailbox_list::parse(&field.unfolded())
        .map(Some)
        .map_err(|error: ListError| AuthorError::Unclear(name, error.to_string()))
}

/// Makes a submitted message ready to be signed.
///
/// A new `Message-ID` ends in `@id_domain`.
///
/// # Errors
/// [`PrepareError`].
pub fn prepare(
    message: &[u8],
    id_domain: &HostName,
    sources: &Sources,
) -> Result<Prepared, PrepareError> {
    let sections = check(message)?;
    let fields = &sections.fields;
    let unfolded = |name: &str| {
        let mut found = fields.iter().filter(|field| field.is(name));
        found
            .next()
            .map(Field::unfolded)
            .filter(|value| !value.is_empty())
    };
    let mut out = Vec::with_capacity(message.len() + 128);
    if unfolded("Date").is_none() {
        let date = format!("Date: {}\r\n", sources.now().to_rfc5322());
        out.extend_from_slice(date.as_bytes());
    }
    let message_id = unfolded("Message-ID").unwrap_or_else(|| {
        let id = format!("<{}@{id_domain}>", sources.hex::<16>());
        out.extend_from_slice(format!("Message-ID: {id}\r\n").as_bytes());
        id
    });
    let mut prepared = Prepared {
        message: Vec::new(),
        message_id: without_brackets(&message_id).to_owned(),
        subject: mailbox_list::decode_words(&unfolded("Subject").unwrap_or_default()),
        to: mailbox_list::parse_leniently(&unfolded("To").unwrap_or_default()),
        cc: mailbox_list::parse_leniently(&unfolded("Cc").unwrap_or_default()),
        metadata: BTreeMap::new(),
        tags: Vec::new(),
        template: None,
    };
    for field in fields {
        let is_empty = || field.unfolded().is_empty();
        let is_replaced = (field.is("Date") || field.is("Message-ID")) && is_empty();
        if !is_replaced && !take_own_field(field, &mut prepared) {
            out.extend_from_slice(field.raw());
        }
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(sections.body);
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    lines::shorten(&out)?;
    prepared.message = out;
    Ok(prepared)
}

/// What stands between the brackets; a comment may follow them.
fn without_brackets(text: &str) -> &str {
    let inner = text.split_once('<').map_or(text, |(_, inner)| inner);
    inner.split('>').next().unwrap_or(inner).trim()
}

fn check(message: &[u8]) -> Result<Sections<'_>, PrepareError> {
    if field::has_stray_line_breaks(message) {
        return Err(PrepareError::StrayLineBreak);
    }
    let sections = field::split(message);
    if !sections.well_formed {
        return Err(PrepareError::Header);
    }
    let octets: usize = sections.fields.iter().map(|f| f.raw().len()).sum();
    if sections.fields.len() > FIELDS_MAX || octets > HEADER_OCTETS_MAX {
        return Err(PrepareError::HeaderTooLarge);
    }
    Ok(sections)
}

/// Reads a field that must not go out; false for any other field.
fn take_own_field(field: &Field<'_>, prepared: &mut Prepared) -> bool {
    let name = field.name_str();
    let value = || mailbox_list::decode_words(&field.unfolded());
    let metadata_key = name
        .get(..METADATA.len())
        .filter(|start| start.eq_ignore_ascii_case(METADATA))
        .map(|_| name[METADATA.len()..].to_ascii_lowercase());
    if let Some(key) = metadata_key {
        prepared.metadata.insert(key, value());
    } else if field.is(TAG) {
        let value = value();
        let tags = value
            .split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty());
        prepared.tags.extend(tags.map(str::to_owned));
    } else if field.is(TEMPLATE) {
        prepared.template = Some(value());
    } else {
        return field.is("Bcc") || field.is("Resent-Bcc") || field.is("Return-Path");
    }
    true
}
