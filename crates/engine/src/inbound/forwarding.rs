//! Sending on what an alias received, or what a rule sends on in its place.
//!
//! The copy goes out from the alias's own address, signed on the way when its domain has keys, with
//! a return path of ours (also when the original had none: what comes back to it is counted and never
//! answered). Only targets that agreed get it. Each instance that forwards leaves a mark only it can
//! make: a message an alias has sent on already, or that was sent on [`FORWARDS_MAX`] times, stays
//! here (security.md M13).

use aws_lc_rs::hmac;
use postscale_access::SystemScope;
use postscale_mail::{forward, parse, trace};
use postscale_model::{
    Address, Alias, Domain, Email, EmailId, EmailStatus, Environment, InboundEmail, Mailbox,
    RecipientKind,
};
use postscale_store::{
    BODY_IN_ROW_BYTES_MAX, Body, Result, Tx, domain,
    email::{self, NewEmail, Submitter},
    forward_target, inbound_email,
    recipient::NewRecipient,
};

use crate::EngineParts;

/// Times a message may have been forwarded by us.
const FORWARDS_MAX: usize = 3;
/// Carries the mark.
const MARK: &str = "X-Postscale-Forwarded";
/// Keeps the marks' MACs apart from any other use of the key.
const CONTEXT: &[u8] = b"postscale forward 1";

/// What is to be done.
pub(crate) enum Forward {
    /// Nothing can be.
    Refused(&'static str),
    /// This is to be queued.
    Ready(Box<Ready>),
}

/// A copy ready for the queue.
pub(crate) struct Ready {
    domain: Domain,
    new: NewEmail,
}

/// Who sends a message on: an alias, or a rule in its place.
struct Way<'a> {
    targets: &'a [Address],
    /// The address the copy comes from.
    from: Option<Address>,
    /// What the mark is made of.
    id: [u8; 16],
}

impl<'a> Way<'a> {
    /// A rule that decided sends on from the address the message came to.
    fn of(inbound: &'a InboundEmail, alias: Option<&'a Alias>) -> Option<Self> {
        match (&inbound.rule, alias) {
            (Some(rule), _) => Some(Self {
                targets: &rule.forward_to,
                from: inbound.envelope_recipient.parse().ok(),
                id: *rule.id.as_uuid().as_bytes(),
            }),
            (None, Some(alias)) => Some(Self {
                targets: &alias.forward_to,
                from: alias_address(alias),
                id: *alias.id.as_uuid().as_bytes(),
            }),
            (None, None) => None,
        }
    }
}

/// Makes the copy of a received message.
pub(crate) async fn prepare(
    parts: &EngineParts,
    scope: &SystemScope,
    inbound: &InboundEmail,
    alias: Option<&Alias>,
) -> Result<Forward> {
    let Some(way) = Way::of(inbound, alias) else {
        return Ok(Forward::Refused("the alias is gone"));
    };
    let mut tx = parts.store.read().await?;
    let Some(domain) = domain::find_for_job(&mut tx, scope, inbound.domain_id).await? else {
        return Ok(Forward::Refused("the domain is gone"));
    };
    let organization = inbound.organization_id;
    let targets = forward_target::confirmed(&mut tx, scope, organization, way.targets).await?;
    if targets.is_empty() {
        return Ok(Forward::Refused("no target has agreed"));
    }
    let stored = inbound_email::body_for_job(&mut tx, scope, inbound.id).await?;
    drop(tx);
    let message = match stored {
        Body::Row(octets) => octets.into(),
        Body::Blob(key) => match parts.blobs.get(&key).await? {
            Some(octets) => octets,
            None => return Ok(Forward::Refused("the message is gone")),
        },
    };
    let parsed = parse::parse(&message);
    let mark = mark(&parts.link_key, way.id);
    let marks = parsed
        .headers
        .iter()
        .filter(|h| h.name.eq_ignore_ascii_case(MARK));
    let marks: Vec<&str> = marks.map(|header| header.value.trim()).collect();
    if marks.contains(&mark.as_str()) || marks.len() >= FORWARDS_MAX || trace::is_looping(&message)
    {
        return Ok(Forward::Refused("it is going round in circles"));
    }
    let Some(from) = way.from else {
        return Ok(Forward::Refused("the alias has no valid address"));
    };
    let octets = render(&message, &from, &mark);
    let ready = ready(parts, inbound, domain, (from, targets), octets);
    Ok(Forward::Ready(Box::new(ready.with_body(parts).await?)))
}

/// The message as it goes out, but for the signature delivery puts on top.
fn render(message: &[u8], from: &Address, mark: &str) -> Vec<u8> {
    let mut octets = format!("{MARK}: {mark}\r\n").into_bytes();
    octets.extend(forward::rewrite_from(message, from));
    octets
}

fn ready(
    parts: &EngineParts,
    inbound: &InboundEmail,
    domain: Domain,
    (from, targets): (Address, Vec<Address>),
    octets: Vec<u8>,
) -> Ready {
    let sources = &parts.sources;
    let id: EmailId = sources.ordered_id();
    let message_id = inbound.message_id.trim_matches(['<', '>']).to_owned();
    let email = Email {
        id,
        organization_id: domain.organization_id,
        domain_id: domain.id,
        message_id,
        header_from: Mailbox::from(from),
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
    let recipients = targets.into_iter().map(|address| NewRecipient {
        id: sources.ordered_id(),
        address,
        kind: RecipientKind::Bcc,
        return_path: None,
    });
    let new = NewEmail {
        email,
        smtputf8: needs_smtputf8(&octets),
        body: Body::Row(octets),
        submitter: Submitter::Alias(inbound.id),
        recipients: recipients.collect(),
    };
    Ready { domain, new }
}

impl Ready {
    /// Puts a large body where large bodies are, before the row that names it.
    async fn with_body(mut self, parts: &EngineParts) -> Result<Self> {
        if let Body::Row(octets) = &mut self.new.body
            && octets.len() > BODY_IN_ROW_BYTES_MAX
        {
            let id = self.new.email.id.to_string();
            let key = format!("emails/{}/{id}", &id[id.len() - 2..]);
            parts.blobs.put(&key, std::mem::take(octets)).await?;
            self.new.body = Body::Blob(key);
        }
        Ok(self)
    }
}

/// Queues the copy.
pub(crate) async fn enqueue(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    ready: Ready,
) -> Result<()> {
    email::insert_forwarded(tx, scope, &ready.domain, &ready.new, &parts.sources).await
}

/// Only a header beyond ASCII asks for SMTPUTF8; a body does with 8BITMIME.
fn needs_smtputf8(message: &[u8]) -> bool {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    !message[..end.unwrap_or(message.len())].is_ascii()
}

fn alias_address(alias: &Alias) -> Option<Address> {
    Address::new(alias.local_part.clone(), alias.domain.parse().ok()?).ok()
}

/// What only this instance can write for this alias or rule.
fn mark(link_key: &[u8; 32], id: [u8; 16]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, link_key);
    let mut context = hmac::Context::with_key(&key);
    context.update(CONTEXT);
    context.update(&id);
    hex::encode(&context.sign().as_ref()[..12])
}
