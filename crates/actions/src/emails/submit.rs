//! A message is submitted over SMTP: the same gate, the same queue.

use postscale_access::{Caller, Gate, action};
use postscale_mail::{
    needs_smtputf8,
    submission::{authors, prepare},
};
use postscale_model::{Address, DomainName, Email, EmailId, Invalid, Mailbox, RecipientKind};

use super::accept::{self, Ready};
use crate::{App, Error, Result, body};

/// A message as an SMTP client handed it over.
#[derive(Debug)]
pub struct Submission {
    /// `MAIL FROM`; none is the null reverse path, which may not be submitted.
    pub envelope_sender: Option<Address>,
    /// `RCPT TO`, in order.
    pub recipients: Vec<Address>,
    /// The message as received, without dot-stuffing.
    pub message: Vec<u8>,
    /// Trace header of this hop, to be put before it.
    pub received: String,
}

fn domain_of(address: &Address) -> Option<DomainName> {
    address.domain().as_str().parse().ok()
}

/// Whether the credential may send from an address at all: an early answer to `MAIL FROM`. The
/// answer that counts is given again inside the transaction that accepts the message.
///
/// # Errors
/// [`Error::Denied`], one case for every domain that may not be sent from.
pub async fn check_sender(app: &App, caller: &Caller, sender: Option<&Address>) -> Result<()> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.sender(action::MESSAGE_SEND, sender.and_then(domain_of))
        .await?;
    Ok(())
}

/// Accepts a submitted message. Envelope sender, header From and header Sender must all be
/// writable for the credential; there must be exactly one From field.
///
/// # Errors
/// [`Error::Denied`], [`Rule::DomainNotReady`](crate::Rule::DomainNotReady),
/// [`Rule::WarmingLimit`](crate::Rule::WarmingLimit),
/// [`Rule::QuotaReached`](crate::Rule::QuotaReached), [`Invalid`].
pub async fn submit(app: &App, caller: &Caller, submission: Submission) -> Result<Email> {
    let Submission {
        envelope_sender,
        recipients,
        message,
        received,
    } = submission;
    let authors = authors(&message).map_err(|problem| Invalid::whole(problem.to_string()))?;
    let author = author(&authors.from)?;
    let from = author.address.domain().clone();
    let prepared = prepare(&message, &from, &app.sources)
        .map_err(|problem| Invalid::whole(problem.to_string()))?;
    let mut octets = received.into_bytes();
    octets.extend_from_slice(&prepared.message);
    let size_bytes = octets.len();
    let smtputf8 = needs_smtputf8(&octets);
    let id = app.sources.ordered_id();
    let named = recipients
        .into_iter()
        .map(|address| (kind(&address, &prepared.to, &prepared.cc), address));
    let recipients = accept::recipients(&app.sources, named)?;
    let bcc = recipients
        .iter()
        .filter(|recipient| recipient.kind == RecipientKind::Bcc);
    let bcc = bcc
        .map(|recipient| Mailbox::from(recipient.address.clone()))
        .collect();
    check_sender(app, caller, envelope_sender.as_ref()).await?;
    accept::check_marks(&prepared.tags, &prepared.metadata)?;
    let placed = body::place(app, &EmailId::to_string(&id), octets).await?;
    let sender = authors.sender.as_ref();
    let senders = [
        envelope_sender.as_ref().and_then(domain_of),
        sender.map_or_else(
            || domain_of(&author.address),
            |sender| domain_of(&sender.address),
        ),
        domain_of(&author.address),
    ];
    let ready = Ready {
        id,
        message_id: prepared.message_id,
        header_from: author.clone(),
        to: prepared.to,
        cc: prepared.cc,
        bcc,
        subject: prepared.subject,
        tags: prepared.tags,
        metadata: prepared.metadata,
        recipients,
        body: placed,
        size_bytes,
        smtputf8,
    };
    let written = write(app, caller, senders, ready).await;
    if let Err(error) = &written {
        body::take_back(app, &EmailId::to_string(&id), size_bytes, error).await;
    }
    written
}

/// Decides about envelope sender, Sender and author, in this order, and accepts, in one transaction.
async fn write(
    app: &App,
    caller: &Caller,
    [envelope_sender, sender, author]: [Option<DomainName>; 3],
    ready: Ready,
) -> Result<Email> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.sender(action::MESSAGE_SEND, envelope_sender).await?;
    if sender != author {
        gate.sender(action::MESSAGE_SEND, sender).await?;
    }
    let domain = gate.sender(action::MESSAGE_SEND, author).await?;
    let actor = gate
        .actor()
        .cloned()
        .ok_or_else(|| Error::Broken("granted without actor".into()))?;
    accept::check_ready(&mut tx, &domain).await?;
    let email = accept::insert(app, &mut tx, &domain, &actor, ready).await?;
    tx.commit().await?;
    Ok(email)
}

/// The one author: several From addresses cannot all be decided about as one sender.
fn author(from: &[Mailbox]) -> Result<&Mailbox, Invalid> {
    match from {
        [one] => Ok(one),
        _ => Err(Invalid::field("From", "must name exactly one author")),
    }
}

fn kind(address: &Address, to: &[Mailbox], cc: &[Mailbox]) -> RecipientKind {
    let among = |all: &[Mailbox]| {
        all.iter()
            .any(|mailbox| mailbox.address.key() == address.key())
    };
    if among(to) {
        RecipientKind::To
    } else if among(cc) {
        RecipientKind::Cc
    } else {
        RecipientKind::Bcc
    }
}
