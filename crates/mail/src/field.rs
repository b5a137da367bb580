//! The header section of a message as a list of raw fields (RFC 5322 §2.2).
//!
//! Splits only; nothing is decoded here. Octets of a field are kept as they are, so that what is
//! written back is what was read. A line that is neither a field nor a continuation ends the
//! section, as if the body began there.

/// Fields of one section; the body begins at the next, so that a message of nothing but fields
/// costs no more memory than others. The limits for accepting mail are far below.
const FIELDS_MAX: usize = 10_000;

/// One field with its folding and its final line end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'m> {
    raw: &'m [u8],
    colon: usize,
}

/// A message cut into fields and body.
#[derive(Debug)]
pub(crate) struct Sections<'m> {
    /// The fields in order.
    pub fields: Vec<Field<'m>>,
    /// Everything after the empty line.
    pub body: &'m [u8],
    /// Whether the section ended at an empty line or the end of the message, not at a stray line.
    pub well_formed: bool,
}

impl<'m> Field<'m> {
    /// The name as written, without white space before the colon.
    pub fn name(&self) -> &'m [u8] {
        self.raw[..self.colon].trim_ascii_end()
    }
    /// The name as text, empty when it is not ASCII.
    pub fn name_str(&self) -> &'m str {
        std::str::from_utf8(self.name()).unwrap_or_default()
    }
    /// The field body with its folding and line end.
    pub fn body(&self) -> &'m [u8] {
        &self.raw[self.colon + 1..]
    }
    /// The whole field with its line end.
    pub fn raw(&self) -> &'m [u8] {
        self.raw
    }
    /// Whether this is the field of that name.
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name.as_bytes())
    }
    /// The body unfolded (RFC 5322 §2.2.3) and trimmed; octets that are no UTF-8 are replaced.
    pub fn unfolded(&self) -> String {
        let text = String::from_utf8_lossy(self.body());
        text.replace(['\r', '\n'], "").trim().to_owned()
    }
}

/// Cuts a message into its fields and its body.
pub(crate) fn split(message: &[u8]) -> Sections<'_> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut start = 0;
    while start < message.len() {
        let end = line_end(message, start);
        let line = &message[start..end];
        if matches!(line, b"\r\n" | b"\n") {
            return Sections {
                fields,
                body: &message[end..],
                well_formed: true,
            };
        }
        let continues = matches!(line.first(), Some(b' ' | b'\t'));
        let is_full = fields.len() == FIELDS_MAX;
        let colon = field_name_end(line).filter(|_| !continues && !is_full);
        match (fields.last_mut().filter(|_| continues), colon) {
            (Some(field), _) => {
                let from = start - field.raw.len();
                field.raw = &message[from..end];
            }
            (None, Some(colon)) => fields.push(Field { raw: line, colon }),
            (None, None) => {
                return Sections {
                    fields,
                    body: &message[start..],
                    well_formed: false,
                };
            }
        }
        start = end;
    }
    Sections {
        fields,
        body: &[],
        well_formed: true,
    }
}

/// Index after the line feed that ends the line starting at `start`.
fn line_end(message: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &message[start..]).map_or(message.len(), |at| start + at + 1)
}

/// Index of the colon when the line starts with a field name (`ftext`, RFC 5322 §3.6.8).
fn field_name_end(line: &[u8]) -> Option<usize> {
    let colon = memchr::memchr(b':', line)?;
    is_field_name(line[..colon].trim_ascii_end()).then_some(colon)
}

/// Whether the octets are a field name: visible ASCII without a colon.
pub(crate) fn is_field_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| (33..=126).contains(b) && *b != b':')
}

/// Whether a message can only go to servers with SMTPUTF8 (RFC 6531 §3.1): a header beyond ASCII asks
/// for it, a body does with 8BITMIME.
#[must_use]
pub fn needs_smtputf8(message: &[u8]) -> bool {
    let end = memchr::memmem::find(message, b"\r\n\r\n");
    !message[..end.unwrap_or(message.len())].is_ascii()
}

/// Whether a CR or LF stands alone, or there is a NUL.
pub(crate) fn has_stray_line_breaks(message: &[u8]) -> bool {
    memchr::memchr3_iter(b'\r', b'\n', 0, message).any(|at| match message[at] {
        b'\r' => message.get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || message[at - 1] != b'\r',
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_into_fields_and_body() {
        let message = b"From: a@b.example\r\nSubject: one\r\n two\r\n\r\nbody\r\n";
        let sections = split(message);
        assert!(sections.well_formed);
        assert_eq!(sections.body, b"body\r\n");
        assert_eq!(sections.fields.len(), 2);
        assert_eq!(sections.fields[1].name_str(), "Subject");
        assert_eq!(sections.fields[1].unfolded(), "one two");
        assert_eq!(sections.fields[1].raw(), b"Subject: one\r\n two\r\n");
    }

    #[test]
    fn a_stray_line_ends_the_header_section() {
        let sections = split(b"A: 1\r\nnot a field\r\nB: 2\r\n\r\n");
        assert!(!sections.well_formed);
        assert_eq!(sections.fields.len(), 1);
        assert!(sections.body.starts_with(b"not a field"));
    }

    #[test]
    fn a_message_of_nothing_but_fields_costs_little() {
        let message = "a:\n".repeat(100_000);
        let sections = split(message.as_bytes());
        assert_eq!(sections.fields.len(), FIELDS_MAX);
        assert!(!sections.well_formed);
    }

    #[test]
    fn stray_line_breaks_and_nul_are_seen() {
        for (message, stray) in [
            (&b"a\r\nb\r\n"[..], false),
            (b"", false),
            (b"a\nb", true),
            (b"a\rb", true),
            (b"a\r", true),
            (b"\n", true),
            (b"a\r\r\n", true),
            (b"a\0b", true),
        ] {
            assert_eq!(has_stray_line_breaks(message), stray, "{message:?}");
        }
    }
}
