//! Sending on what an alias received, or what a rule sends on in its place.
//!
//! The copy goes out from the alias's own address, signed on the way when its domain has keys, with a
//! return path of ours (also when the original had none). It is always ours and not the author's: a
//! copy under the author's name passes DMARC only while their signature survives, which nobody knows
//! beforehand, and never by SPF; and where they have no policy, receivers judge it by a host that has
//! nothing to do with them. So the alias speaks, and the author is named and gets the answers.
//!
//! Of a masked alias the target gets reverse addresses only, whom the alias corresponds with being
//! kept as contacts. Only targets that agreed and that exist get a copy. What comes back to the return
//! path is counted, and told to a sender that is known (see [`super::undelivered`]).
//!
//! Each instance that forwards leaves a mark only it can make: a message an alias has sent on already,
//! or that was sent on [`FORWARDS_MAX`] times, is refused where it is brought ([`circles`]), or stays
//! here (security.md M13).

mod way;

use aws_lc_rs::hmac;
use postscale_access::SystemScope;
use postscale_mail::{
    forward,
    masked::{self, Reverses},
    needs_smtputf8, reverse, trace,
};
use postscale_model::{
    Alias, AliasAction, Contact, ContactId, Domain, Email, EmailId, EmailStatus, Environment,
    InboundEmail, Mailbox, RecipientKind,
};
use postscale_store::{
    Body, Result, Tx, contact,
    email::{self, NewEmail, Submitter},
    inbound_email,
    recipient::NewRecipient,
};

use self::way::Way;
use super::{intake::IntakeRecipient, outgoing};
use crate::EngineParts;

/// Times a message may have been forwarded by us.
const FORWARDS_MAX: usize = 3;
/// Carries the mark.
const MARK: &str = "X-Postscale-Forwarded";
/// Keeps the marks' MACs apart from any other use of the key.
const CONTEXT: &[u8] = b"postscale forward 1";

/// What is to be done.
pub(crate) enum Forward {
    /// Nothing can be: it stays here.
    Refused(&'static str),
    /// Nothing can be, and nobody reads it here: its sender is told.
    Undeliverable(&'static str),
    /// This is to be queued.
    Ready(Box<Ready>),
}

/// A copy ready for the queue.
pub(crate) struct Ready {
    domain: Domain,
    new: NewEmail,
    /// Who wrote it, of a masked alias.
    contact: Option<ContactId>,
}

/// Makes the copy of a received message.
pub(crate) async fn prepare(
    parts: &EngineParts,
    scope: &SystemScope,
    inbound: &InboundEmail,
    alias: Option<&Alias>,
) -> Result<Forward> {
    let mut tx = parts.store.read().await?;
    let way = match way::find(&mut tx, parts, scope, inbound, alias).await? {
        Ok(way) => way,
        Err(why_not) => return Ok(why_not),
    };
    let stored = inbound_email::body_for_job(&mut tx, scope, inbound.id).await?;
    drop(tx);
    let message = match stored {
        Body::Row(octets) => octets.into(),
        Body::Blob(key) => match parts.blobs.get(&key).await? {
            Some(octets) => octets,
            None => return Ok(Forward::Refused("the message is gone")),
        },
    };
    let mark = mark(&parts.link_key, &way.mark);
    if is_circling(&message, &mark) {
        return Ok(Forward::Undeliverable("it is going round in circles"));
    }
    let (rewritten, contact) = match way.masked {
        Some(alias) => mask(parts, scope, (alias, &way), &message).await?,
        None => (forward::rewrite_from(&message, &way.from), None),
    };
    let octets = [mark_field(parts, &way.mark), rewritten].concat();
    let new = copy(parts, inbound, &way, octets);
    let ready = Ready {
        domain: way.domain,
        new: outgoing::with_body(parts, new).await?,
        contact,
    };
    Ok(Forward::Ready(Box::new(ready)))
}

/// Whether an alias would have to send a message on that is going round in circles: known before it is
/// taken, so that whoever brings it is told.
#[must_use]
pub fn circles(parts: &EngineParts, to: &IntakeRecipient, message: &[u8]) -> bool {
    // What rules do with it is not known yet.
    let alias = to.alias.as_ref().filter(|_| !to.has_rules);
    let alias = alias.filter(|alias| alias.action == AliasAction::Forward);
    alias.is_some_and(|alias| {
        let mark = mark(&parts.link_key, alias.id.as_uuid().as_bytes());
        is_circling(message, &mark)
    })
}

/// Whether the message was sent on by the same alias, or too often, or has been on its way too long.
fn is_circling(message: &[u8], mark: &str) -> bool {
    let marks = trace::values(message, MARK);
    let is_ours = marks.iter().any(|found| found == mark);
    is_ours || marks.len() >= FORWARDS_MAX || trace::is_looping(message)
}

/// The message with reverse addresses, and the contact that wrote it.
async fn mask(
    parts: &EngineParts,
    scope: &SystemScope,
    (alias, way): (&Alias, &Way<'_>),
    message: &[u8],
) -> Result<(Vec<u8>, Option<ContactId>)> {
    let from = &way.from;
    let mut others = masked::correspondents(message, from);
    let is_target = |mailbox: &Mailbox| {
        let mut targets = alias.forward_to.iter().chain(&way.targets);
        targets.any(|target| target.key() == mailbox.address.key())
    };
    others.retain(|mailbox| !is_target(mailbox));
    let contacts = contacts(parts, scope, alias, &others).await?;
    let reverses: Reverses = contacts
        .iter()
        .filter_map(|contact| {
            let address = reverse::address(&contact.token, from.domain().clone())?;
            Some((contact.address.key(), address))
        })
        .collect();
    let author = others.first().map(|author| author.address.key());
    let author = contacts
        .iter()
        .find(|contact| author.as_ref() == Some(&contact.address.key()));
    let author = author.map(|contact| contact.id);
    let key = parts.thread_key();
    let masked = masked::mask(message, from, &reverses, key.of(from));
    Ok((masked, author))
}

/// The contacts with these addresses; those not known yet become known.
async fn contacts(
    parts: &EngineParts,
    scope: &SystemScope,
    alias: &Alias,
    others: &[Mailbox],
) -> Result<Vec<Contact>> {
    let mut tx = parts.store.read().await?;
    let known = contact::find_all(&mut tx, scope, alias, others).await?;
    drop(tx);
    if known.len() == others.len() {
        return Ok(known);
    }
    let mut tx = parts.store.write().await?;
    let kept = contact::keep(&mut tx, scope, alias, others, &parts.sources).await?;
    tx.commit().await?;
    Ok(kept)
}

fn copy(parts: &EngineParts, inbound: &InboundEmail, way: &Way<'_>, octets: Vec<u8>) -> NewEmail {
    let sources = &parts.sources;
    let id: EmailId = sources.ordered_id();
    let targets = &way.targets;
    let email = Email {
        id,
        organization_id: way.domain.organization_id,
        domain_id: way.domain.id,
        message_id: inbound.message_id.trim_matches(['<', '>']).to_owned(),
        header_from: Mailbox::from(way.from.clone()),
        to: targets.iter().cloned().map(Mailbox::from).collect(),
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: inbound.subject.clone(),
        status: EmailStatus::Queued,
        environment: Environment::Live,
        tags: Vec::new(),
        metadata: std::collections::BTreeMap::new(),
        size_bytes: i64::try_from(octets.len()).unwrap_or(i64::MAX),
        created_at: sources.now(),
        scheduled_at: None,
        sent_at: None,
        delivered_at: None,
    };
    let recipients = targets.iter().map(|address| NewRecipient {
        id: sources.ordered_id(),
        address: address.clone(),
        kind: RecipientKind::Bcc,
        return_path: None,
    });
    NewEmail {
        email,
        smtputf8: needs_smtputf8(&octets),
        body: Body::Row(octets),
        submitter: Submitter::Alias(inbound.id),
        recipients: recipients.collect(),
    }
}

/// Queues the copy.
pub(crate) async fn enqueue(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    ready: Ready,
) -> Result<()> {
    if let Some(contact) = ready.contact {
        contact::count_received(tx, scope, contact, parts.sources.now()).await?;
    }
    email::insert_forwarded(tx, scope, &ready.domain, &ready.new, &parts.sources).await
}

/// The field with the mark of what sends a message on.
pub(super) fn mark_field(parts: &EngineParts, of: &[u8]) -> Vec<u8> {
    format!("{MARK}: {}\r\n", mark(&parts.link_key, of)).into_bytes()
}

/// What only this instance can write for what sends a message on.
fn mark(link_key: &[u8; 32], of: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, link_key);
    let mut context = hmac::Context::with_key(&key);
    context.update(CONTEXT);
    context.update(of);
    hex::encode(&context.sign().as_ref()[..12])
}
