//! From the stranger to the target.

use std::collections::HashMap;

use postscale_model::{Address, Mailbox};

use super::{
    header::{is_any, mailboxes, push_mailboxes, push_text, rest},
    threads::{Threads, ids, push_ids},
};
use crate::field::{self, Sections};

/// Addresses of one message that get a reverse address; others are left out.
pub const CORRESPONDENTS_MAX: usize = 50;

/// Reverse addresses by the [`Address::key`] of whom they stand for.
pub type Reverses = HashMap<String, Address>;

/// Fields that are written anew.
const REWRITTEN: [&str; 7] = [
    "From",
    "Reply-To",
    "To",
    "Cc",
    "List-Unsubscribe",
    "In-Reply-To",
    "References",
];
/// Fields that spoke for the way so far, for another domain, or would have the target's program or
/// the target write to somebody directly.
const REMOVED: [&str; 21] = [
    "Bcc",
    "Sender",
    "DKIM-Signature",
    "Return-Path",
    "Disposition-Notification-To",
    "Return-Receipt-To",
    "X-Confirm-Reading-To",
    "Errors-To",
    "Mail-Followup-To",
    "Mail-Reply-To",
    "Followup-To",
    "Resent-From",
    "Resent-Sender",
    "Resent-To",
    "Resent-Cc",
    "Resent-Reply-To",
    "List-Post",
    "List-Owner",
    "List-Help",
    "List-Subscribe",
    "Autocrypt",
];

/// Whom somebody who got this message could answer, the author first.
#[must_use]
pub fn correspondents(message: &[u8], alias: &Address) -> Vec<Mailbox> {
    let sections = field::split(message);
    let first = |name| mailboxes(&sections, name).into_iter().take(1);
    let all = first("From").chain(first("Reply-To"));
    let others = ["To", "Cc"].map(|name| mailboxes(&sections, name));
    let mut seen = vec![alias.key()];
    let mut found: Vec<Mailbox> = all.chain(others.into_iter().flatten()).collect();
    found.retain(|mailbox| {
        let key = mailbox.address.key();
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    });
    found.truncate(CORRESPONDENTS_MAX);
    found
}

/// The message as the target of a masked alias gets it. Whoever has no reverse address is left out of
/// the fields that are answered to.
#[must_use]
pub fn mask(message: &[u8], alias: &Address, reverses: &Reverses, threads: Threads<'_>) -> Vec<u8> {
    let sections = field::split(message);
    let list = |name| mailboxes(&sections, name);
    let masked = |all: Vec<Mailbox>| -> Vec<Mailbox> {
        all.iter()
            .filter_map(|mailbox| masked(mailbox, alias, reverses))
            .collect()
    };
    let mut out = Vec::with_capacity(message.len() + 512);
    let from = masked(list("From").into_iter().take(1).collect());
    let nobody = || Mailbox {
        display_name: Some(format!("Unknown via {alias}")),
        address: alias.clone(),
    };
    let from = from.into_iter().next().unwrap_or_else(nobody);
    let reply_to = masked(list("Reply-To").into_iter().take(1).collect());
    push_mailboxes(&mut out, "From", std::slice::from_ref(&from));
    if reply_to.iter().any(|other| other.address != from.address) {
        push_mailboxes(&mut out, "Reply-To", &reply_to);
    }
    let mut to = masked(list("To"));
    let cc = masked(list("Cc"));
    if to.is_empty() && cc.is_empty() {
        to.push(alias.clone().into());
    }
    push_mailboxes(&mut out, "To", &to);
    push_mailboxes(&mut out, "Cc", &cc);
    for name in ["In-Reply-To", "References"] {
        push_ids(&mut out, name, &known_ids(&sections, name, threads));
    }
    for field in &sections.fields {
        if field.is("List-Unsubscribe") {
            unsubscribe_by_web(&mut out, &field.unfolded());
        } else if !is_any(field, &REWRITTEN) && !is_any(field, &REMOVED) {
            out.extend_from_slice(field.raw());
        }
    }
    let (gap, rest) = rest(message, &sections);
    out.extend_from_slice(gap);
    out.extend_from_slice(rest);
    out
}

/// The ids of a thread as the target's program knows them, each once.
fn known_ids(sections: &Sections<'_>, name: &str, threads: Threads<'_>) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for id in ids(sections, name) {
        let id = threads.opened(&id).unwrap_or(id);
        if !known.contains(&id) {
            known.push(id);
        }
    }
    known
}

/// A mailbox as the target sees it: named, and reached by way of the alias.
fn masked(mailbox: &Mailbox, alias: &Address, reverses: &Reverses) -> Option<Mailbox> {
    if mailbox.address.key() == alias.key() {
        return Some(mailbox.clone());
    }
    let address = reverses.get(&mailbox.address.key())?.clone();
    // No `@` in a name: programs warn of names that look like other addresses.
    let who = mailbox.address.to_string().replace('@', " at ");
    let display_name = match &mailbox.display_name {
        Some(name) if !name.contains('@') => format!("{name} ({who})"),
        _ => who,
    };
    Some(Mailbox {
        display_name: Some(display_name),
        address,
    })
}

/// Keeps the ways to unsubscribe that need no mail from the target (RFC 2369 §3.2, RFC 8058).
fn unsubscribe_by_web(out: &mut Vec<u8>, value: &str) {
    let ways = value.split(',').map(str::trim);
    let is_web = |way: &&str| {
        let lower = way.to_ascii_lowercase();
        lower.starts_with("<https://") || lower.starts_with("<http://")
    };
    let kept: Vec<&str> = ways.filter(is_web).collect();
    if !kept.is_empty() {
        push_text(out, "List-Unsubscribe", &kept.join(", "));
    }
}
