//! The MIME structure of a message in one pass (RFC 2045, RFC 2046 §5.1).

use std::borrow::Cow;

use mail_parser::{ContentType, HeaderValue, parsers::MessageStream};

use super::{FIELD_OCTETS_MAX, decode};
use crate::{
    field::{self, Field},
    mailbox_list,
};

/// Nested multiparts that are opened (security.md M10).
const DEPTH_MAX: usize = 50;
/// Parts that are listed (security.md M10).
const PARTS_MAX: usize = 1000;
/// Octets of a boundary (RFC 2046 §5.1.1 says 70; some exceed it).
const BOUNDARY_OCTETS_MAX: usize = 256;

/// The parts in the order of the message.
pub(crate) struct Structure<'m> {
    pub parts: Vec<Part<'m>>,
    pub limits_exceeded: bool,
}

/// One part: a multipart or a leaf.
#[derive(Default)]
pub(crate) struct Part<'m> {
    media_type: String,
    charset: Option<String>,
    boundary: Option<String>,
    name: Option<String>,
    is_attachment: bool,
    encoding: String,
    content_id: Option<String>,
    /// Multiparts it is in.
    depth: usize,
    /// Where its header section starts in the message.
    header_start: usize,
    /// Where the body starts in the message.
    start: usize,
    body: &'m [u8],
}

impl<'m> Part<'m> {
    /// How many multiparts it is in.
    pub fn depth(&self) -> usize {
        self.depth
    }
    /// Where its header section starts.
    pub fn header_start(&self) -> usize {
        self.header_start
    }
    /// The body as it stands, and where it starts; that of a multipart is in its parts.
    pub fn body(&self) -> (usize, &'m [u8]) {
        (self.start, self.body)
    }
    pub fn encoding(&self) -> &str {
        &self.encoding
    }
    pub fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }
    pub fn is_multipart(&self) -> bool {
        self.boundary.is_some()
    }
    pub fn media_type(&self) -> &str {
        &self.media_type
    }
    pub fn filename(&self) -> Option<&str> {
        self.name.as_deref()
    }
    pub fn is_attachment(&self) -> bool {
        self.is_attachment
    }
    pub fn content_id(&self) -> Option<String> {
        self.content_id.clone()
    }
    /// The body with its transfer encoding undone.
    pub fn decoded(&self) -> Cow<'_, [u8]> {
        match self.encoding.as_str() {
            "base64" => decode::base64(self.body).into(),
            "quoted-printable" => decode::quoted_printable(self.body).into(),
            _ => self.body.into(),
        }
    }
    /// Octets of the decoded body.
    pub fn size(&self) -> usize {
        match self.encoding.as_str() {
            "base64" => decode::base64_size(self.body),
            "quoted-printable" => decode::quoted_printable(self.body).len(),
            _ => self.body.len(),
        }
    }
    /// The body as text.
    pub fn text(&self) -> String {
        decode::text(&self.decoded(), self.charset.as_deref())
    }
}

/// A multipart whose end has not been seen.
struct Open {
    boundary: Vec<u8>,
    is_digest: bool,
}

struct Walk<'m> {
    message: &'m [u8],
    structure: Structure<'m>,
    open: Vec<Open>,
    /// The leaf being read and where its body starts.
    leaf: Option<(usize, usize)>,
}

/// Walks the message.
pub(crate) fn walk(message: &[u8]) -> Structure<'_> {
    let mut walk = Walk {
        message,
        structure: Structure {
            parts: Vec::new(),
            limits_exceeded: false,
        },
        open: Vec::new(),
        leaf: None,
    };
    let mut at = walk.begin_part(0);
    while at < message.len() {
        let end = memchr::memchr(b'\n', &message[at..]).map_or(message.len(), |i| at + i + 1);
        match walk.delimiter(&message[at..end]) {
            Some((depth, closes)) => {
                walk.end_leaf(at);
                walk.open.truncate(if closes { depth } else { depth + 1 });
                at = if closes { end } else { walk.begin_part(end) };
            }
            None => at = end,
        }
    }
    walk.end_leaf(message.len());
    walk.structure
}

impl<'m> Walk<'m> {
    /// Which open multipart a line delimits, and whether it closes it.
    fn delimiter(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?.trim_ascii_end();
        let depth_of = |text: &[u8]| self.open.iter().rposition(|open| open.boundary == text);
        depth_of(text).map(|depth| (depth, false)).or_else(|| {
            let depth = depth_of(text.strip_suffix(b"--")?)?;
            Some((depth, true))
        })
    }

    /// Reads the header of a part; returns where its body starts.
    fn begin_part(&mut self, start: usize) -> usize {
        if self.structure.parts.len() >= PARTS_MAX {
            self.structure.limits_exceeded = true;
            return start;
        }
        let end = self.header_end(start);
        let in_digest = self.open.last().is_some_and(|open| open.is_digest);
        let header = field::split(&self.message[start..end]);
        // A stray line ends the header section and begins the body.
        let body = end - header.body.len();
        let mut part = self.read_header(&header.fields, in_digest);
        if self.open.len() >= DEPTH_MAX && part.boundary.take().is_some() {
            self.structure.limits_exceeded = true;
        }
        (part.depth, part.header_start, part.start) = (self.open.len(), start, body);
        match &part.boundary {
            Some(boundary) => self.open.push(Open {
                boundary: boundary.clone().into_bytes(),
                is_digest: part.media_type == "multipart/digest",
            }),
            None => self.leaf = Some((self.structure.parts.len(), body)),
        }
        self.structure.parts.push(part);
        body
    }

    /// Where the header section that starts here ends, its empty line included.
    fn header_end(&self, start: usize) -> usize {
        let mut at = start;
        while at < self.message.len() {
            let rest = &self.message[at..];
            let end = memchr::memchr(b'\n', rest).map_or(self.message.len(), |i| at + i + 1);
            let line = &self.message[at..end];
            if matches!(line, b"\r\n" | b"\n") {
                return end;
            }
            if self.delimiter(line).is_some() {
                return at;
            }
            at = end;
        }
        at
    }

    fn end_leaf(&mut self, end: usize) {
        let Some((index, start)) = self.leaf.take() else {
            return;
        };
        let body = &self.message[start..end.max(start)];
        // The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
        let body = if end == self.message.len() {
            body
        } else {
            let body = body.strip_suffix(b"\n").unwrap_or(body);
            body.strip_suffix(b"\r").unwrap_or(body)
        };
        if let Some(part) = self.structure.parts.get_mut(index) {
            part.body = body;
        }
    }

    fn read_header(&mut self, fields: &[Field<'_>], in_digest: bool) -> Part<'m> {
        let mut part = Part {
            media_type: if in_digest {
                "message/rfc822"
            } else {
                "text/plain"
            }
            .to_owned(),
            ..Part::default()
        };
        let (mut disposition_name, mut type_name) = (None, None);
        for field in fields {
            if field.raw().len() > FIELD_OCTETS_MAX {
                self.structure.limits_exceeded = true;
                continue;
            }
            let value = field.unfolded();
            match field.name_str().to_ascii_lowercase().as_str() {
                "content-type" => {
                    if let Some(content_type) = structured(&value) {
                        type_name = parameter(&content_type, "name");
                        read_content_type(&mut part, &content_type);
                    }
                }
                "content-disposition" => {
                    if let Some(disposition) = structured(&value) {
                        disposition_name = parameter(&disposition, "filename");
                        part.is_attachment = disposition.ctype().eq_ignore_ascii_case("attachment");
                    }
                }
                "content-transfer-encoding" => part.encoding = mechanism(&value),
                "content-id" => part.content_id = content_id(&value),
                _ => {}
            }
        }
        part.name = disposition_name.or(type_name);
        part
    }
}

fn read_content_type(part: &mut Part<'_>, content_type: &ContentType<'_>) {
    let kind = content_type.ctype().to_ascii_lowercase();
    let Some(subtype) = content_type.subtype().filter(|_| !kind.is_empty()) else {
        return;
    };
    part.media_type = decode::shown(&format!("{kind}/{}", subtype.to_ascii_lowercase()));
    part.charset = content_type.attribute("charset").map(str::to_owned);
    part.boundary = content_type
        .attribute("boundary")
        .map(|boundary| boundary.trim_end().to_owned())
        .filter(|boundary| {
            kind == "multipart" && (1..=BOUNDARY_OCTETS_MAX).contains(&boundary.len())
        });
    if kind == "multipart" && part.boundary.is_none() {
        "text/plain".clone_into(&mut part.media_type);
    }
}

fn structured(value: &str) -> Option<ContentType<'static>> {
    let line = format!("{value}\n");
    match MessageStream::new(line.as_bytes())
        .parse_content_type()
        .into_owned()
    {
        HeaderValue::ContentType(content_type) => Some(content_type),
        _ => None,
    }
}

/// The name of a transfer encoding, without a comment or parameters it cannot have.
fn mechanism(value: &str) -> String {
    let name = value.split([' ', '\t', ';', '(']).next();
    name.unwrap_or_default().to_ascii_lowercase()
}

fn parameter(content_type: &ContentType<'_>, name: &str) -> Option<String> {
    content_type.attribute(name).map(mailbox_list::decode_words)
}

fn content_id(value: &str) -> Option<String> {
    let id = decode::shown(value.trim_matches(['<', '>', ' ']));
    (!id.is_empty() && id.len() <= 255).then_some(id)
}
