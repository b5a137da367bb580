//! Taking over received mail before its sender is told 250.
//!
//! When [`receive`] returns `Ok` the message is durable: large bodies are synced before the rows, the
//! rows of all recipients are written in one transaction (`keeping`), and what has to be done next is
//! due in them. Each recipient has its own row, so that each organization can delete its own copy. Each
//! counts for its organization's quota, in the same transaction; what an alias or a rule drops is kept
//! for nobody and counts nothing. What a rule refuses for some of the recipients while others take it
//! leaves them a row without the message, which counts nothing either.

use bytes::Bytes;
use postscale_mail::{
    authenticate::Authentication,
    dsn::{self, DsnAction},
    parse::{self, Parsed},
};
use postscale_model::{
    Address, Alias, Attachment, Domain, InboundAction, InboundEmail, InboundStatus, RecipientId,
    RemoteReply, Sources,
};
use postscale_smtp::ReversePath;
use postscale_store::{
    Body, Result,
    recipient::{self, LateBounce},
};

use super::{
    came_back::{self, CameBack},
    intakes::OnTheWay,
    keeping::{self, Writes},
    process,
    rules::{self, Fate},
};
use crate::{
    EngineParts, bodies,
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
    /// Whether rules of the domain are switched on.
    pub has_rules: bool,
    /// Whether what takes it has blocked anybody.
    pub has_blocked: bool,
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
    /// Whether anybody else here has taken it already: then it can be refused no more.
    pub elsewhere: Elsewhere,
}

/// Whether a message is for anybody beside recipients with rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// It is for nobody else.
    Nobody,
    /// A return path or the postmaster has taken it.
    Taken,
}

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// It is durable.
    Taken,
    /// It was not kept: a rule of everybody it is for refuses it.
    Rejected {
        /// What the rule tells the sender.
        text: Option<String>,
    },
    /// It was not kept: nobody it is for has room for it this month.
    NobodyHasRoom,
    /// It was not kept for anybody: somebody it is for has no room for it this month.
    SomebodyHasNoRoom,
}

/// Takes a message over that was on the way till now. After [`Intake::Taken`] it is durable.
///
/// # Errors
/// When it cannot be kept: the sender must be told to try again.
pub async fn receive(
    parts: &EngineParts,
    received: &Received<'_>,
    on_the_way: Option<OnTheWay>,
) -> Result<Intake> {
    let parsed = parse::parse(received.message);
    let fates = rules::judge(parts, received, &parsed).await?;
    let is_rejected = |fate: &Fate| fate.action == InboundAction::Reject;
    if received.elsewhere == Elsewhere::Nobody && !fates.is_empty() && fates.iter().all(is_rejected)
    {
        drop(on_the_way);
        return rules::refuse(parts, fates).await;
    }
    let mut writes = Writes {
        hits: rules::count(&fates),
        ..Writes::default()
    };
    for (to, fate) in received.recipients.iter().zip(fates) {
        if fate.action == InboundAction::Drop {
            writes
                .dropped
                .extend(to.alias.as_ref().map(|alias| alias.id));
            continue;
        }
        let email = row(&parts.sources, (received, to), &parsed, fate);
        let kept = if email.action == InboundAction::Reject {
            (email, Body::Row(Vec::new()), Vec::new())
        } else {
            let body = bodies::place(parts, "inbound", email.id, received.message.clone()).await?;
            (email, body, attachments(&parts.sources, &parsed))
        };
        writes.rows.push(kept);
    }
    let intake = keeping::keep(parts, writes, on_the_way).await?;
    if intake == Intake::Taken {
        let count = u64::try_from(received.recipients.len()).unwrap_or(u64::MAX);
        metrics::counter!("postscale_messages_received_total").increment(count);
    }
    Ok(intake)
}

fn row(
    sources: &Sources,
    (received, to): (&Received<'_>, &IntakeRecipient),
    parsed: &Parsed,
    fate: Fate,
) -> InboundEmail {
    let first_to = parsed.to.first().map(|to| &to.address);
    let sender = received.envelope_sender.address();
    let email = InboundEmail {
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
        action: fate.action,
        rule: fate.rule,
        tags: fate.tags,
        spf: received.authentication.spf,
        dkim: received.authentication.dkim,
        dmarc: received.authentication.dmarc,
        arc: received.authentication.arc,
        limits_exceeded: parsed.limits_exceeded,
        has_attachments: !parsed.attachments.is_empty(),
        size_bytes: i64::try_from(received.message.len()).unwrap_or(i64::MAX),
        received_at: sources.now(),
        processed_at: None,
    };
    if process::is_announced(&email) {
        return email;
    }
    InboundEmail {
        status: InboundStatus::Delivered,
        processed_at: Some(email.received_at),
        ..email
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
    if let Some((recipient, email)) = found {
        let origin = recipient::origin(&mut tx, &scope, recipient_id).await?;
        let came_back = CameBack {
            email_id: email.id,
            message_id: &email.message_id,
            accepted_at: email.created_at,
            target: &recipient.address,
            bounce_type: late.bounce_type,
        };
        came_back::settle(&mut tx, parts, &scope, &origin, &came_back).await?;
        if origin.forwarded.is_none() {
            let owed = Owed {
                organization_id: email.organization_id,
                event: &event,
                next_attempt_at: None,
            };
            events::owe(&mut tx, &scope, sources, &[owed]).await?;
        }
    }
    tx.commit().await?;
    metrics::counter!("postscale_messages_bounced_total").increment(1);
    Ok(())
}
