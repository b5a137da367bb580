//! From the target to the stranger.
//!
//! The header section is made of what is known to say nothing of the target: every other field is
//! left out. In the body, addresses are replaced in text and in messages inside the message, whatever
//! their transfer encoding; what is attached as another kind of file is the author's own doing, but for calendars, which
//! programs answer invitations with.

use std::borrow::Cow;

use postscale_model::{Address, HostName, Mailbox, Timestamp};

use super::{
    header::{is_any, mailboxes, push_mailboxes, push_text, rest},
    scrub::Scrub,
    threads::{Threads, ids, push_ids},
    words,
};
use crate::{
    field, mailbox_list,
    parse::{Segment, content_ids, segments},
    reverse,
};

/// Reverse addresses looked for in one message.
pub const MENTIONED_MAX: usize = 50;
/// Fields that are kept as they are, beside `Content-*`.
const KEPT: [&str; 5] = [
    "Date",
    "MIME-Version",
    "Importance",
    "Priority",
    "X-Priority",
];

/// What is known about a message that leaves by way of a reverse address.
#[derive(Debug)]
pub struct Unmasking<'a> {
    /// Who it comes from.
    pub alias: &'a Address,
    /// Whom it goes to.
    pub contact: &'a Mailbox,
    /// Tokens of the alias's reverse addresses, and whom they stand for.
    pub contacts: &'a [(String, Mailbox)],
    /// Addresses nobody may learn.
    pub hidden: &'a [Address],
    /// The ids of the alias's conversations.
    pub threads: Threads<'a>,
    /// Its new `Message-ID`, without brackets.
    pub message_id: &'a str,
    /// When it was taken over; its date when it has none.
    pub at: Timestamp,
}

/// Tokens of what looks like reverse addresses anywhere in a message.
#[must_use]
pub fn mentioned(message: &[u8]) -> Vec<String> {
    let mut tokens = Vec::new();
    for segment in segments(message) {
        let text = segment.decoded();
        reverse::mentioned(&text, &mut tokens, MENTIONED_MAX);
    }
    tokens
}

/// The `Message-ID` the stranger knows a message by, without brackets; none when it has none that can
/// be told.
#[must_use]
pub fn message_id(message: &[u8], threads: Threads<'_>) -> Option<String> {
    let own = ids(&field::split(message), "Message-ID").into_iter().next();
    own.and_then(|own| threads.sealed(&own))
}

/// The message as the stranger gets it.
#[must_use]
pub fn unmask(message: &[u8], unmasking: &Unmasking<'_>) -> Vec<u8> {
    let sections = field::split(message);
    let mut scrub = unmasking.scrub();
    for id in content_ids(message) {
        unmasking.hide_content_id(&id, &mut scrub);
    }
    let mut out = Vec::with_capacity(message.len() + 512);
    push_mailboxes(&mut out, "From", &[unmasking.alias.clone().into()]);
    let to = unmasking.shown(mailboxes(&sections, "To"), &scrub);
    let cc = unmasking.shown(mailboxes(&sections, "Cc"), &scrub);
    if to.is_empty() && cc.is_empty() {
        push_mailboxes(&mut out, "To", std::slice::from_ref(unmasking.contact));
    }
    push_mailboxes(&mut out, "To", &to);
    push_mailboxes(&mut out, "Cc", &cc);
    if !sections.fields.iter().any(|field| field.is("Date")) {
        push_text(&mut out, "Date", &unmasking.at.to_rfc5322());
    }
    out.extend_from_slice(format!("Message-ID: <{}>\r\n", unmasking.message_id).as_bytes());
    for name in ["In-Reply-To", "References"] {
        let all = ids(&sections, name);
        let shown: Vec<String> = all.iter().flat_map(|id| unmasking.shown_ids(id)).collect();
        push_ids(&mut out, name, &shown);
    }
    for field in &sections.fields {
        let is_content = field
            .name_str()
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("content-"));
        if field.is("Subject") {
            let subject = mailbox_list::decode_words(&field.unfolded());
            push_text(&mut out, "Subject", &scrub.text(&subject));
        } else if is_content || is_any(field, &KEPT) {
            out.extend_from_slice(&words::scrubbed(&scrub, &scrub.apply(field.raw())));
        }
    }
    let (gap, rest) = rest(message, &sections);
    out.extend_from_slice(gap);
    let body_start = message.len() - rest.len();
    for segment in segments(message) {
        push_segment(&mut out, &segment, body_start, &scrub);
    }
    out
}

/// A stretch of the message behind its header section, without hidden addresses.
fn push_segment(out: &mut Vec<u8>, segment: &Segment<'_>, body_start: usize, scrub: &Scrub) {
    let skipped = body_start
        .saturating_sub(segment.start)
        .min(segment.raw.len());
    let raw = &segment.raw[skipped..];
    if !segment.is_encoded() {
        let is_wide = segment.is_wide();
        if is_wide {
            out.extend_from_slice(&scrub.apply_wide(raw));
        } else {
            out.extend_from_slice(&words::scrubbed(scrub, &scrub.apply(raw)));
        }
        return;
    }
    let decoded = segment.decoded();
    let clean = if segment.is_wide() {
        scrub.apply_wide(&decoded)
    } else {
        scrub.apply(&decoded)
    };
    match clean {
        Cow::Borrowed(_) => out.extend_from_slice(raw),
        Cow::Owned(clean) => out.extend(segment.encode(&clean)),
    }
}

impl Unmasking<'_> {
    fn scrub(&self) -> Scrub {
        let mut scrub = Scrub::default();
        for (token, contact) in self.contacts {
            let reverse = reverse::address(token, self.alias.domain().clone());
            if let Some(reverse) = reverse {
                scrub.replace(&reverse.to_string(), &contact.address.to_string());
            }
        }
        let alias = self.alias.to_string();
        for address in self.hidden {
            scrub.replace_address(address, &alias);
        }
        scrub
    }

    /// Programs make the ids of pictures in a text of the author's domain (RFC 2392).
    fn hide_content_id(&self, id: &str, scrub: &mut Scrub) {
        if self.is_telling(id)
            && let Some((left, _)) = id.rsplit_once('@')
        {
            scrub.replace(id, &format!("{left}@{}", self.alias.domain()));
        }
    }

    /// Mailboxes as the stranger sees them: contacts by their own address, the target as the alias.
    fn shown(&self, all: Vec<Mailbox>, scrub: &Scrub) -> Vec<Mailbox> {
        let mut shown: Vec<Mailbox> = Vec::with_capacity(all.len());
        for mailbox in all {
            let one = self.one(mailbox, scrub);
            let is_new = |one: &Mailbox| shown.iter().all(|known| known.address != one.address);
            if let Some(one) = one.filter(is_new) {
                shown.push(one);
            }
        }
        shown
    }

    fn one(&self, mailbox: Mailbox, scrub: &Scrub) -> Option<Mailbox> {
        let address = &mailbox.address;
        if self
            .hidden
            .iter()
            .any(|hidden| hidden.key() == address.key())
        {
            return Some(self.alias.clone().into());
        }
        if let Some(token) = reverse::token(address.local_part())
            && address.domain() == self.alias.domain()
        {
            let mut known = self.contacts.iter().filter(|(known, _)| *known == token);
            return known.next().map(|(_, contact)| contact.clone());
        }
        Some(Mailbox {
            display_name: mailbox.display_name.map(|name| scrub.text(&name)),
            address: mailbox.address,
        })
    }

    /// An id of the thread as the stranger knows it. The target's own is known by another name; whose
    /// one is that names neither's host cannot be seen, so it stands there both ways.
    fn shown_ids(&self, id: &str) -> impl Iterator<Item = String> + use<> {
        let is_targets = self.is_of_target(id);
        let as_it_is = (!self.is_telling(id)).then(|| id.to_owned());
        let sealed = (is_targets || !self.is_of_stranger(id))
            .then(|| self.threads.sealed(id))
            .flatten();
        as_it_is.into_iter().chain(sealed)
    }

    /// Whether an id names a host of the target that the stranger does not know anyway.
    fn is_telling(&self, id: &str) -> bool {
        self.is_of_target(id) && !self.is_of_stranger(id)
    }

    fn is_of_target(&self, id: &str) -> bool {
        let mut domains = self.hidden.iter().map(Address::domain);
        domains.any(|domain| is_of(id, domain))
    }

    /// Whether an id names a host of the alias or of whom it writes to.
    fn is_of_stranger(&self, id: &str) -> bool {
        is_of(id, self.alias.domain()) || is_of(id, self.contact.address.domain())
    }
}

/// Whether the host of an id is in a domain.
fn is_of(id: &str, domain: &HostName) -> bool {
    let host = id.rsplit('@').next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    let before = host.strip_suffix(domain.as_str());
    before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
}
