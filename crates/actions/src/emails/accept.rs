//! What every way of sending goes through: readiness, the queue, durability.

use std::collections::BTreeMap;

use postscale_access::{Actor, Means, Sendable};
use postscale_model::{
    Address, Domain, Email, EmailId, EmailStatus, Environment, Invalid, Mailbox, RecipientKind,
    Sources, is_tag,
};
use postscale_store::{
    Body, Tx, dkim_key,
    email::{self, NewEmail, Submitter},
    recipient::NewRecipient,
    usage::{self, Quota},
    warming::{self, Reservation},
};

use super::send::RECIPIENTS_MAX;
use crate::{App, Result, Rule, warming::WarmingLimits};

/// Tags of one message.
const TAGS_MAX: usize = 10;
/// Pairs of metadata.
const METADATA_PAIRS_MAX: usize = 20;
/// Octets of metadata, names and values.
const METADATA_BYTES_MAX: usize = 4 * 1024;

/// A message about to be accepted.
pub(super) struct Ready {
    pub id: EmailId,
    pub message_id: String,
    pub header_from: Mailbox,
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    pub subject: String,
    pub tags: Vec<String>,
    pub metadata: BTreeMap<String, String>,
    pub recipients: Vec<NewRecipient>,
    pub body: Body,
    pub size_bytes: usize,
    /// It can only go to servers with SMTPUTF8, whoever it is for.
    pub smtputf8: bool,
}

/// Whether the domain can send now.
///
/// # Errors
/// [`Rule::DomainNotReady`] naming the missing check.
pub(super) async fn check_ready(tx: &mut Tx, domain: &Sendable<Domain>) -> Result<()> {
    let missing = if !domain.domain_type.sends() {
        "its type does not send; change it to outbound or both"
    } else if !domain.active {
        "it is paused"
    } else if !domain.ownership_verified {
        "its ownership record is not verified"
    } else if !domain.spf_verified {
        "its SPF record is not verified"
    } else if !dkim_key::has_signing(tx, domain).await? {
        "it has no active, verified DKIM key"
    } else if !domain.verified {
        "a record its type requires is not verified"
    } else {
        return Ok(());
    };
    Err(Rule::DomainNotReady(missing.to_owned()).into())
}

/// Writes the message and its recipients, and counts them; the caller commits.
///
/// # Errors
/// [`Rule::WarmingLimit`], [`Rule::QuotaReached`].
pub(super) async fn insert(
    app: &App,
    tx: &mut Tx,
    domain: &Sendable<Domain>,
    actor: &Actor,
    ready: Ready,
) -> Result<Email> {
    let smtputf8 = ready.smtputf8
        || ready
            .recipients
            .iter()
            .any(|recipient| recipient.address.needs_smtputf8());
    let key = match actor.means() {
        Means::Session { .. } => None,
        Means::Key { key, .. } => Some(*key),
    };
    let email = Email {
        id: ready.id,
        organization_id: domain.organization_id,
        domain_id: domain.id,
        message_id: ready.message_id,
        header_from: ready.header_from,
        to: ready.to,
        cc: ready.cc,
        bcc: ready.bcc,
        subject: ready.subject,
        status: match actor.environment() {
            Environment::Live => EmailStatus::Queued,
            Environment::Test => EmailStatus::Simulated,
        },
        environment: actor.environment(),
        tags: ready.tags,
        metadata: ready.metadata,
        size_bytes: i64::try_from(ready.size_bytes).unwrap_or(i64::MAX),
        created_at: app.sources.now(),
        scheduled_at: None,
        sent_at: None,
        delivered_at: None,
    };
    let new = NewEmail {
        email,
        body: ready.body,
        smtputf8,
        submitter: Submitter::User {
            user: actor.user(),
            key,
        },
        recipients: ready.recipients,
    };
    if new.email.environment == Environment::Live && app.warming == WarmingLimits::Enforced {
        let (recipients, now) = (new.recipients.len(), new.email.created_at);
        match warming::reserve(tx, domain, recipients, now).await? {
            Reservation::Made => {}
            Reservation::Refused(limit) => return Err(Rule::WarmingLimit(limit).into()),
        }
    }
    email::insert(tx, domain, &new, &app.sources).await?;
    // Last, so that others of the organization wait for the commit only.
    if new.email.environment == Environment::Live {
        let counted = (new.email.id, new.recipients.len());
        let now = new.email.created_at;
        match usage::count_sent(tx, domain, counted, &app.plans, now).await? {
            Quota::Within => {}
            Quota::Exceeded { limit } => return Err(Rule::QuotaReached { limit }.into()),
        }
    }
    Ok(new.email)
}

/// What a sender may mark a message with, however it comes.
///
/// # Errors
/// [`Invalid`] naming what is too much.
pub(super) fn check_marks(
    tags: &[String],
    metadata: &BTreeMap<String, String>,
) -> Result<(), Invalid> {
    if tags.len() > TAGS_MAX {
        return Err(Invalid::field("tags", "must be at most 10"));
    }
    if let Some(i) = tags.iter().position(|tag| !is_tag(tag)) {
        return Err(Invalid::field(
            format!("tags[{i}]"),
            "must have 1 to 64 characters, no controls",
        ));
    }
    if metadata.len() > METADATA_PAIRS_MAX {
        return Err(Invalid::field("metadata", "must have at most 20 members"));
    }
    let octets: usize = metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if octets > METADATA_BYTES_MAX {
        return Err(Invalid::field("metadata", "must have at most 4 KiB"));
    }
    Ok(())
}

/// Every recipient once, whatever fields name it.
///
/// # Errors
/// [`Invalid`] when there are none or too many.
pub(super) fn recipients(
    sources: &Sources,
    named: impl IntoIterator<Item = (RecipientKind, Address)>,
) -> Result<Vec<NewRecipient>, Invalid> {
    let mut seen = std::collections::HashSet::new();
    let mut recipients = Vec::new();
    for (kind, address) in named {
        if seen.insert(address.key()) {
            recipients.push(NewRecipient {
                id: sources.ordered_id(),
                address,
                kind,
                return_path: None,
            });
        }
    }
    match recipients.len() {
        0 => Err(Invalid::field("to", "must name at least one recipient")),
        n if n > RECIPIENTS_MAX => Err(Invalid::field(
            "to",
            "together with cc and bcc must name at most 50 recipients",
        )),
        _ => Ok(recipients),
    }
}
