//! Taking over received mail before its sender is told 250.
//!
//! When [`receive`] returns `Ok` the message is durable: large bodies are synced before the rows, the
//! rows are one transaction for all recipients, and what has to be done next is due in them. Each
//! recipient has its own row, so that each organization can delete its own copy. Each counts for its
//! organization's quota, in the same transaction; what an alias drops is kept for nobody and counts
//! nothing.

use std::collections::BTreeMap;

use bytes::Bytes;
use postscale_mail::{
    authenticate::Authentication,
    dsn::{self, DsnAction},
    parse::{self, Parsed},
};
use postscale_model::{
    Address, Alias, AliasAction, Attachment, Domain, InboundEmail, InboundEmailId, InboundStatus,
    OrganizationId, RecipientId, RemoteReply, Sources,
};
use postscale_smtp::ReversePath;
use postscale_store::{
    BODY_IN_ROW_BYTES_MAX, Body, Result, Tx, alias, inbound_email,
    recipient::{self, LateBounce},
    usage::{self, Quota},
};

use crate::{
    EngineParts,
    delivery::outcome::{bounce_type_of_status, one_line},
    scopes,
    webhooks::events::{self, Owed},
};

/// A recipient somebody here takes mail for.
#[derive(Debug, Clone)]
pub struct IntakeRecipient {
    /// RCPT TO.
    pub address: Address,
    /// Its domain.
    pub domain: Domain,
    /// What takes it; none when the domain takes everything.
    pub alias: Option<Alias>,
}

/// A message received for some of our domains.
#[derive(Debug)]
pub struct Received<'a> {
    /// MAIL FROM.
    pub envelope_sender: &'a ReversePath,
    /// Who is to get it here.
    pub recipients: &'a [IntakeRecipient],
    /// The message with our trace and `Authentication-Results` on top.
    pub message: &'a Bytes,
    /// What was found out about its origin.
    pub authentication: &'a Authentication,
}

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// It is durable.
    Taken,
    /// It was not kept: nobody it is for has room for it this month.
    NobodyHasRoom,
    /// It was not kept for anybody: somebody it is for has no room for it this month.
    SomebodyHasNoRoom,
}

/// Takes a message over. After [`Intake::Taken`] it is durable.
///
/// # Errors
/// When it cannot be kept: the sender must be told to try again.
pub async fn receive(parts: &EngineParts, received: &Received<'_>) -> Result<Intake> {
    let parsed = parse::parse(received.message);
    let mut rows = Vec::with_capacity(received.recipients.len());
    let mut dropped = Vec::new();
    for to in received.recipients {
        match &to.alias {
            Some(alias) if alias.action == AliasAction::Drop => dropped.push(alias.id),
            _ => {
                let email = row(&parts.sources, received, to, &parsed);
                let body = keep(parts, email.id, received.message).await?;
                rows.push((email, body, attachments(&parts.sources, &parsed)));
            }
        }
    }
    let written = write(parts, &rows, &dropped).await;
    if !matches!(written, Ok(Intake::Taken)) {
        for (_, body, _) in &rows {
            forget(parts, body).await;
        }
        return written;
    }
    let count = u64::try_from(received.recipients.len()).unwrap_or(u64::MAX);
    metrics::counter!("postscale_messages_received_total").increment(count);
    written
}

type Kept = (InboundEmail, Body, Vec<Attachment>);

async fn write(
    parts: &EngineParts,
    rows: &[Kept],
    dropped: &[postscale_model::AliasId],
) -> Result<Intake> {
    let scope = scopes::INTAKE;
    let mut tx = parts.store.write().await?;
    for (email, body, attachments) in rows {
        inbound_email::insert(&mut tx, &scope, email, body, attachments).await?;
    }
    for id in dropped {
        alias::count_received(&mut tx, &scope, *id).await?;
    }
    let intake = count(parts, &mut tx, rows).await?;
    if intake == Intake::Taken {
        tx.commit().await?;
    }
    Ok(intake)
}

/// Counts the copies each organization keeps. In the order of their ids, so that two messages for the
/// same organizations never wait for each other.
async fn count(parts: &EngineParts, tx: &mut Tx, rows: &[Kept]) -> Result<Intake> {
    let mut copies: BTreeMap<OrganizationId, (InboundEmailId, usize)> = BTreeMap::new();
    for (email, ..) in rows {
        let counted = copies.entry(email.organization_id).or_insert((email.id, 0));
        counted.1 += 1;
    }
    let (scope, now) = (scopes::INTAKE, parts.sources.now());
    let mut full = 0;
    for (organization, counted) in &copies {
        let by = (&parts.plans, now);
        match usage::count_received(tx, &scope, *organization, *counted, by).await? {
            Quota::Within => {}
            Quota::Exceeded { .. } => full += 1,
        }
    }
    Ok(match full {
        0 => Intake::Taken,
        all if all == copies.len() => Intake::NobodyHasRoom,
        _ => Intake::SomebodyHasNoRoom,
    })
}

/// The octets in the row when small, else in the blob store, synced.
async fn keep(parts: &EngineParts, id: InboundEmailId, message: &Bytes) -> Result<Body> {
    if message.len() <= BODY_IN_ROW_BYTES_MAX {
        return Ok(Body::Row(message.to_vec()));
    }
    let id = id.to_string();
    let key = format!("inbound/{}/{id}", &id[id.len() - 2..]);
    parts.blobs.put(&key, message.clone()).await?;
    Ok(Body::Blob(key))
}

async fn forget(parts: &EngineParts, body: &Body) {
    if let Body::Blob(key) = body
        && let Err(error) = parts.blobs.delete(key).await
    {
        tracing::warn!(%error, "the body of a refused message stays in the blob store");
    }
}

fn row(
    sources: &Sources,
    received: &Received<'_>,
    to: &IntakeRecipient,
    parsed: &Parsed,
) -> InboundEmail {
    let first_to = parsed.to.first().map(|to| &to.address);
    let sender = received.envelope_sender.address();
    InboundEmail {
        id: sources.ordered_id(),
        organization_id: to.domain.organization_id,
        domain_id: to.domain.id,
        alias_id: to.alias.as_ref().map(|alias| alias.id),
        message_id: one_line(&parsed.message_id),
        envelope_sender: sender.map_or_else(String::new, Address::to_string),
        envelope_recipient: to.address.to_string(),
        from_address: parsed
            .from
            .as_ref()
            .map_or_else(String::new, |from| from.address.to_string()),
        to_address: first_to.unwrap_or(&to.address).to_string(),
        subject: parsed.subject.clone(),
        status: InboundStatus::Received,
        action: to
            .alias
            .as_ref()
            .map_or(AliasAction::Store, |alias| alias.action),
        spf: received.authentication.spf,
        dkim: received.authentication.dkim,
        dmarc: received.authentication.dmarc,
        arc: received.authentication.arc,
        limits_exceeded: parsed.limits_exceeded,
        has_attachments: !parsed.attachments.is_empty(),
        size_bytes: i64::try_from(received.message.len()).unwrap_or(i64::MAX),
        received_at: sources.now(),
        processed_at: None,
    }
}

fn attachments(sources: &Sources, parsed: &Parsed) -> Vec<Attachment> {
    let attachment = |one: &parse::ParsedAttachment| Attachment {
        id: sources.ordered_id(),
        filename: one.filename.clone(),
        content_type: one.content_type.clone(),
        size_bytes: one.size_bytes,
        part: one.part,
    };
    parsed.attachments.iter().map(attachment).collect()
}

/// The recipient a return path of ours names, when it is genuine and not too old.
#[must_use]
pub fn bounced_recipient(parts: &EngineParts, local_part: &str) -> Option<RecipientId> {
    let now = parts.sources.now();
    parts.return_path_key().decode(local_part, now)
}

/// Takes over what came back to a return path of ours. A notification that the message failed
/// settles its recipient, once; anything else is of no use to anybody and is not answered.
///
/// # Errors
/// When it cannot be written down: the sender must be told to try again.
pub async fn bounce(parts: &EngineParts, recipient_id: RecipientId, message: &[u8]) -> Result<()> {
    let failed = dsn::read(message).and_then(|recipients| {
        let mut recipients = recipients.into_iter();
        recipients.find(|recipient| recipient.action == DsnAction::Failed)
    });
    let Some(failed) = failed else {
        return Ok(());
    };
    let scope = scopes::INTAKE;
    let (sources, now) = (&parts.sources, parts.sources.now());
    let late = LateBounce {
        recipient_id,
        bounce_type: bounce_type_of_status(&failed.status),
        reply: Some(RemoteReply {
            code: 0,
            enhanced: Some(failed.status).filter(|status| !status.is_empty()),
            text: one_line(&failed.diagnostic_code.unwrap_or_default()),
        }),
        mx_host: None,
    };
    let mut tx = parts.store.write().await?;
    let Some(event) = recipient::bounce(&mut tx, &scope, &late, sources, now).await? else {
        return Ok(());
    };
    let found = recipient::find_for_bounce(&mut tx, &scope, recipient_id).await?;
    if let Some((_, email)) = found {
        let owed = Owed {
            organization_id: email.organization_id,
            event: &event,
            next_attempt_at: None,
        };
        events::owe(&mut tx, &scope, sources, &[owed]).await?;
    }
    tx.commit().await?;
    metrics::counter!("postscale_messages_bounced_total").increment(1);
    Ok(())
}
