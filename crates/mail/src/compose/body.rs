//! The MIME tree of a draft (RFC 2046 §5.1): alternatives, the images of the HTML, files.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use mail_builder::{
    headers::content_type::ContentType,
    mime::{BodyPart, MimePart},
};

use super::{Draft, DraftAttachment};

/// Octets of a base64 line (RFC 2045 §6.8).
const BASE64_COLUMNS: usize = 76;

/// The body of the message as one part.
pub(super) fn body(draft: &Draft) -> MimePart<'_> {
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
    let content_type = ContentType::new(attachment.content_type.as_str())
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

fn base64_lines(content: &[u8]) -> String {
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
