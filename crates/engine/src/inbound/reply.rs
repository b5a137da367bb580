//! Mail to reverse addresses: what a target of an alias writes to somebody the alias corresponds with.
//!
//! It leaves from the alias, into the outbound queue, inside the SMTP conversation: nothing else of it
//! is kept. Only a target that agreed may write, and only proven to be who it says (SPF or a signature
//! in line with its From, as DMARC wants it). Programs may not: an answering machine would tell the
//! stranger that somebody is away.

use postscale_access::SystemScope;
use postscale_mail::{
    authenticate::{Authentication, Proof},
    masked::{self, Unmasking},
    needs_smtputf8, parse, submission, trace,
};
use postscale_model::{
    Address, AliasAction, Domain, Email, EmailStatus, Environment, Mailbox, RecipientKind,
};
use postscale_smtp::ReversePath;
use postscale_store::{
    Body, Result, Tx,
    contact::{self, Reverse},
    email::{NewEmail, Submitter},
    forward_target,
    recipient::NewRecipient,
    rule,
    usage::{self, Quota},
};

use super::{forwarding, outgoing};
use crate::{EngineParts, bodies, scopes};

/// What came of a message to reverse addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replied {
    /// It is in the queue.
    Taken,
    /// Its author is none of the targets, or not proven to be.
    NotPermitted,
    /// Whether its author is who they say could not be found out now.
    Unproven,
    /// A program wrote it.
    Automatic,
    /// The plan has no room for it this month.
    NoRoom,
}

/// A message for reverse addresses.
#[derive(Debug)]
pub struct ReplyReceived<'a> {
    /// MAIL FROM.
    pub envelope_sender: &'a ReversePath,
    /// Whom it is for.
    pub reverses: &'a [Reverse],
    /// The message as it came, without anything of ours.
    pub message: &'a [u8],
    /// What was found out about its origin.
    pub authentication: &'a Authentication,
}

/// Takes a message over: all of it or nothing. After [`Replied::Taken`] it is durable.
///
/// # Errors
/// When it cannot be kept: the sender must be told to try again.
pub async fn receive(parts: &EngineParts, received: &ReplyReceived<'_>) -> Result<Replied> {
    let scope = scopes::INTAKE;
    let Some(author) = author(received.message) else {
        return Ok(Replied::NotPermitted);
    };
    for reverse in received.reverses {
        if !is_target(parts, &scope, reverse, &author).await? {
            return Ok(Replied::NotPermitted);
        }
    }
    let mail_from = received.envelope_sender.address().map(Address::domain);
    match received.authentication.proof_of(author.domain(), mail_from) {
        Proof::Given => {}
        Proof::Unknown => return Ok(Replied::Unproven),
        Proof::Missing => return Ok(Replied::NotPermitted),
    }
    // Programs that answer use the null path (RFC 3834 §3.3), and say what they are if at all.
    if received.envelope_sender.address().is_none() || trace::is_automatic(received.message) {
        return Ok(Replied::Automatic);
    }
    let mut ready = Vec::with_capacity(received.reverses.len());
    for reverse in received.reverses {
        ready.push(prepare(parts, &scope, received, reverse, &author).await?);
    }
    let mut tx = parts.store.write().await?;
    for (domain, new, reverse) in &ready {
        let (sources, now) = (&parts.sources, parts.sources.now());
        postscale_store::email::insert_forwarded(&mut tx, &scope, domain, new, sources).await?;
        contact::count_sent(&mut tx, &scope, reverse.contact.id, now).await?;
        let (organization, by) = (domain.organization_id, (&parts.plans, now));
        let counted = usage::count_reply(&mut tx, &scope, organization, new.email.id, by).await?;
        if counted != Quota::Within {
            drop(tx);
            for (_, new, _) in &ready {
                bodies::forget(parts, &new.body).await;
            }
            return Ok(Replied::NoRoom);
        }
    }
    tx.commit().await?;
    Ok(Replied::Taken)
}

/// The one author, read as strictly as of mail that is submitted.
fn author(message: &[u8]) -> Option<Address> {
    let authors = submission::authors(message).ok()?;
    match authors.from.as_slice() {
        [one] => Some(one.address.clone()),
        _ => None,
    }
}

/// Whether mail to the alias is sent on to the author: by the alias, or by a rule in its place.
async fn is_target(
    parts: &EngineParts,
    scope: &SystemScope,
    reverse: &Reverse,
    author: &Address,
) -> Result<bool> {
    let alias = &reverse.alias;
    let mut tx = parts.store.read().await?;
    let mut targets = Vec::new();
    if alias.action == AliasAction::Forward {
        targets.extend_from_slice(&alias.forward_to);
    }
    for rule in rule::list_for_intake(&mut tx, scope, alias.domain_id).await? {
        if rule.alias_id.is_none_or(|id| id == alias.id) {
            targets.extend_from_slice(rule.action.forward_to());
        }
    }
    targets.retain(|target| target.key() == author.key());
    let agreed = forward_target::confirmed(&mut tx, scope, alias.organization_id, &targets).await?;
    Ok(!agreed.is_empty())
}

type Ready<'a> = (Domain, NewEmail, &'a Reverse);

async fn prepare<'a>(
    parts: &EngineParts,
    scope: &SystemScope,
    received: &ReplyReceived<'_>,
    reverse: &'a Reverse,
    author: &Address,
) -> Result<Ready<'a>> {
    let alias = &reverse.alias;
    let corrupt = || postscale_store::Error::Corrupt("an alias without a valid address".to_owned());
    let from = alias.address().ok_or_else(corrupt)?;
    let mut tx = parts.store.read().await?;
    let domain = outgoing::domain(&mut tx, parts, scope, alias).await?;
    let domain = domain.ok_or_else(corrupt)?;
    let contacts = contacts(&mut tx, scope, received.message, reverse).await?;
    drop(tx);
    let mut hidden = alias.forward_to.clone();
    hidden.push(author.clone());
    hidden.extend(received.envelope_sender.address().cloned());
    let sources = &parts.sources;
    let key = parts.thread_key();
    let threads = key.of(&from);
    let message_id = masked::message_id(received.message, threads)
        .unwrap_or_else(|| format!("{}@{}", sources.hex::<16>(), from.domain()));
    let to = reverse.contact.mailbox();
    let unmasking = Unmasking {
        alias: &from,
        contact: &to,
        contacts: &contacts,
        hidden: &hidden,
        threads,
        message_id: &message_id,
        at: sources.now(),
    };
    let mark = forwarding::mark_field(parts, alias.id.as_uuid().as_bytes());
    let octets = [mark, masked::unmask(received.message, &unmasking)].concat();
    let submitter = Submitter::Reply {
        alias: alias.id,
        author: author.clone(),
    };
    let email = email(parts, &domain, (from, to), message_id, &octets);
    let new = NewEmail {
        recipients: vec![NewRecipient {
            id: parts.sources.ordered_id(),
            address: reverse.contact.address.clone(),
            kind: RecipientKind::To,
            return_path: None,
        }],
        email,
        smtputf8: needs_smtputf8(&octets),
        submitter,
        body: Body::Row(octets),
    };
    Ok((domain, outgoing::with_body(parts, new).await?, reverse))
}

/// Whom the reverse addresses in the message stand for: those of the alias.
async fn contacts(
    tx: &mut Tx,
    scope: &SystemScope,
    message: &[u8],
    reverse: &Reverse,
) -> Result<Vec<(String, Mailbox)>> {
    let own = &reverse.contact;
    let mut contacts = vec![(own.token.clone(), own.mailbox())];
    let Ok(host) = reverse.alias.domain.parse() else {
        return Ok(contacts);
    };
    let tokens = masked::mentioned(message);
    for other in contact::find_reverse(tx, scope, &host, &tokens).await? {
        if other.alias.id == reverse.alias.id && other.contact.id != own.id {
            contacts.push((other.contact.token.clone(), other.contact.mailbox()));
        }
    }
    Ok(contacts)
}

fn email(
    parts: &EngineParts,
    domain: &Domain,
    (from, to): (Address, Mailbox),
    message_id: String,
    octets: &[u8],
) -> Email {
    let sources = &parts.sources;
    Email {
        id: sources.ordered_id(),
        organization_id: domain.organization_id,
        domain_id: domain.id,
        message_id,
        header_from: Mailbox::from(from),
        to: vec![to],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: parse::parse(octets).subject,
        status: EmailStatus::Queued,
        environment: Environment::Live,
        tags: Vec::new(),
        metadata: std::collections::BTreeMap::new(),
        size_bytes: i64::try_from(octets.len()).unwrap_or(i64::MAX),
        created_at: sources.now(),
        scheduled_at: None,
        sent_at: None,
        delivered_at: None,
    }
}
