//! A message is sent over HTTP.

use std::collections::BTreeMap;

use postscale_access::{Caller, Gate, Late, action};
use postscale_mail::{
    compose::{Draft, check_custom_header, compose},
    needs_smtputf8,
};
use postscale_model::{DomainName, Email, EmailId, Invalid, Mailbox, RecipientKind};

use super::accept::{self, Ready};
use crate::{App, Error, Result, body};

/// Recipients of one message over all its fields.
pub const RECIPIENTS_MAX: usize = 50;

/// What a caller wants sent: who it is from, and the rest, which is judged later.
#[derive(Debug)]
pub struct NewMessage {
    /// The author, if the input's could be read at all.
    pub from: Mailbox,
    /// Everything else, or what is wrong with it.
    pub rest: Result<Rest, Invalid>,
}

/// Everything but the author.
#[derive(Debug)]
pub struct Rest {
    /// The message without `Message-ID` and `Date`, which are set here.
    pub draft: Draft,
    /// Recipients that stand in no field.
    pub bcc: Vec<Mailbox>,
    /// Tags.
    pub tags: Vec<String>,
    /// Correlation data.
    pub metadata: BTreeMap<String, String>,
}

/// An accepted message. It is durable.
#[derive(Debug)]
pub struct Accepted {
    /// The message.
    pub email: Email,
}

/// A message composed ahead of the transaction that accepts it.
struct Composed {
    id: EmailId,
    rest: Rest,
    message: Vec<u8>,
}

/// Accepts a message for delivery. Nothing of the input but its author is judged before the
/// sender is permitted; whatever the answer, it is given after the commit.
///
/// # Errors
/// [`Error::Denied`], [`Rule::DomainNotReady`](crate::Rule::DomainNotReady),
/// [`Rule::WarmingLimit`](crate::Rule::WarmingLimit),
/// [`Rule::QuotaReached`](crate::Rule::QuotaReached), [`Invalid`].
pub async fn send(app: &App, caller: &Caller, new: Late<NewMessage>) -> Result<Accepted> {
    // Composing needs no transaction and must not hold one.
    let new = new.and_then(|new| Ok((new.from, new.rest.and_then(|rest| compose_now(app, rest)))));
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let sender = |new: &(Mailbox, _)| new.0.address.domain().as_str().parse().ok();
    let (domain, (from, composed)) = gate.sender_of(action::MESSAGE_SEND, new, sender).await??;
    accept::check_ready(&mut tx, &domain).await?;
    drop(tx);
    let Composed { id, rest, message } = composed?;
    let size_bytes = message.len();
    let smtputf8 = needs_smtputf8(&message);
    // Base64 makes four octets of three; the rest is room for text and headers.
    if size_bytes > app.limits.message_bytes_max / 3 * 4 + 1024 * 1024 {
        return Err(Invalid::field("attachments", "make the message larger than 50 MiB").into());
    }
    let Rest {
        draft,
        bcc,
        tags,
        metadata,
    } = rest;
    let named = [
        (RecipientKind::To, &draft.to),
        (RecipientKind::Cc, &draft.cc),
        (RecipientKind::Bcc, &bcc),
    ];
    let named = named
        .into_iter()
        .flat_map(|(kind, all)| all.iter().map(move |one| (kind, one.address.clone())));
    let recipients = accept::recipients(&app.sources, named)?;
    let placed = body::place(app, &id.to_string(), message).await?;
    let ready = Ready {
        id,
        message_id: draft.message_id,
        header_from: from,
        to: draft.to,
        cc: draft.cc,
        bcc,
        subject: draft.subject,
        tags,
        metadata,
        recipients,
        body: placed,
        size_bytes,
        smtputf8,
    };
    match write(app, caller, domain.name.clone(), ready).await {
        Ok(email) => Ok(Accepted { email }),
        Err(error) => {
            body::take_back(app, &id.to_string(), size_bytes, &error).await;
            Err(error)
        }
    }
}

/// Decides again and accepts, in one transaction.
async fn write(app: &App, caller: &Caller, sender: DomainName, ready: Ready) -> Result<Email> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.sender(action::MESSAGE_SEND, Some(sender)).await?;
    let actor = gate
        .actor()
        .cloned()
        .ok_or_else(|| Error::Broken("granted without actor".into()))?;
    accept::check_ready(&mut tx, &domain).await?;
    let email = accept::insert(app, &mut tx, &domain, &actor, ready).await?;
    tx.commit().await?;
    Ok(email)
}

fn compose_now(app: &App, mut rest: Rest) -> Result<Composed, Invalid> {
    check(&rest)?;
    let domain = rest.draft.from.address.domain();
    rest.draft.message_id = format!("{}@{domain}", app.sources.hex::<16>());
    rest.draft.date = app.sources.now();
    let message = compose(&rest.draft)?;
    Ok(Composed {
        id: app.sources.ordered_id(),
        rest,
        message,
    })
}

fn check(rest: &Rest) -> Result<(), Invalid> {
    for (name, value) in &rest.draft.headers {
        check_custom_header(name, value)?;
    }
    accept::check_marks(&rest.tags, &rest.metadata)
}
