//! Header fields as both ways write them.

use mail_builder::headers::{Header as _, text::Text};
use postscale_model::Mailbox;

use crate::{
    compose,
    field::{Field, Sections},
    mailbox_list,
};

/// Mailboxes of one field that are read.
const MAILBOXES_MAX: usize = 100;

/// The mailboxes of every field of that name.
pub(super) fn mailboxes(sections: &Sections<'_>, name: &str) -> Vec<Mailbox> {
    let fields = sections.fields.iter().filter(|field| field.is(name));
    let all = fields.flat_map(|field| mailbox_list::parse_leniently(&field.unfolded()));
    all.take(MAILBOXES_MAX).collect()
}

/// Whether the field is one of these.
pub(super) fn is_any(field: &Field<'_>, names: &[&str]) -> bool {
    names.iter().any(|name| field.is(name))
}

/// An address field, unless it would name nobody.
pub(super) fn push_mailboxes(out: &mut Vec<u8>, name: &str, list: &[Mailbox]) {
    if !list.is_empty() {
        out.extend(compose::mailbox_field(name, list));
    }
}

/// A field of free text, encoded and folded.
pub(super) fn push_text(out: &mut Vec<u8>, name: &str, text: &str) {
    let visible: String = text.chars().filter(|c| !c.is_control()).collect();
    out.extend_from_slice(format!("{name}: ").as_bytes());
    Text::new(visible).write_header(&mut *out, name.len() + 2);
}

/// Everything after the header section, its empty line first.
pub(super) fn rest<'m>(message: &'m [u8], sections: &Sections<'_>) -> (&'static [u8], &'m [u8]) {
    let header: usize = sections.fields.iter().map(|field| field.raw().len()).sum();
    let rest = &message[header..];
    if rest.starts_with(b"\r\n") {
        (b"", rest)
    } else {
        (b"\r\n", rest)
    }
}
