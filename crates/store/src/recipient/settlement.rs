//! Writing down what came of tries, and giving back what was not tried.

use std::collections::HashMap;

use postscale_access::SystemScope;
use postscale_model::{
    BounceType, EmailEvent, EmailStatus, EventType, Isp, ProviderPlace, RecipientId, RemoteReply,
    Sources, Timestamp,
};

use super::{Claimed, messages};
use crate::{
    Result, Row, Tx, Value, batch, email,
    email_event::{self, reply_columns},
    params,
    stats::{self, Tally},
};

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The recipient's server took it over.
    Delivered,
    /// To be tried again.
    Deferred {
        /// When.
        next_attempt_at: Timestamp,
    },
    /// Given up.
    Failed {
        /// Why.
        bounce_type: BounceType,
    },
    /// The sender lost the right to send it.
    Held,
}

impl Outcome {
    const fn status(self) -> EmailStatus {
        match self {
            Self::Delivered => EmailStatus::Delivered,
            Self::Deferred { .. } => EmailStatus::Deferred,
            Self::Failed { .. } => EmailStatus::Bounced,
            Self::Held => EmailStatus::Held,
        }
    }

    const fn events(self) -> &'static [EventType] {
        match self {
            Self::Delivered => &[EventType::Sent, EventType::Delivered],
            Self::Deferred { .. } => &[EventType::Deferred],
            Self::Failed { .. } => &[EventType::Bounced],
            Self::Held => &[],
        }
    }

    const fn next_attempt_at(self) -> Option<Timestamp> {
        match self {
            Self::Deferred { next_attempt_at } => Some(next_attempt_at),
            _ => None,
        }
    }
}

/// A try that is over.
#[derive(Debug, Clone)]
pub struct Settled {
    /// What was claimed.
    pub claimed: Claimed,
    /// What came of it.
    pub outcome: Outcome,
    /// The server's last answer.
    pub reply: Option<RemoteReply>,
    /// The server spoken to.
    pub mx_host: Option<String>,
}

/// Records what came of tries: recipients, messages and events. Returns the events, whose webhooks
/// are owed in the same transaction.
///
/// A recipient that was settled meanwhile (the lease was over and somebody else was quicker) stays as
/// it is and has no event; a late deferral does not undo a newer try, and one that is recorded twice,
/// because nobody knew whether the first time was committed, happened once.
///
/// # Errors
/// When the database refuses.
pub async fn settle(
    tx: &mut Tx,
    _scope: &SystemScope,
    settled: &[Settled],
    sources: &Sources,
    now: Timestamp,
) -> Result<Vec<EmailEvent>> {
    let mut changed: HashMap<RecipientId, Provider> = HashMap::with_capacity(settled.len());
    for run in batch::runs(settled) {
        let sql = [
            "WITH v (id, attempt, status, next_attempt_at, isp, reply_code, reply_enhanced, reply_text, delivered_at) AS (VALUES ",
            &batch::rows(
                1,
                run.len(),
                "(?, CAST(? AS BIGINT), ?, CAST(? AS BIGINT), ?, CAST(? AS BIGINT), ?, ?, CAST(? AS BIGINT))",
            ),
            ") UPDATE email_recipients SET status = v.status, next_attempt_at = v.next_attempt_at, \
             reply_code = v.reply_code, reply_enhanced = v.reply_enhanced, reply_text = v.reply_text, \
             delivered_at = v.delivered_at, \
             provider_place = NULLIF(email_recipients.provider_place, 'awaited'), isp = COALESCE(email_recipients.isp, v.isp), \
             isp_attempt = CASE WHEN email_recipients.isp IS NULL AND v.isp IS NOT NULL THEN v.attempt \
             ELSE email_recipients.isp_attempt END FROM v WHERE email_recipients.id = v.id \
             AND email_recipients.next_attempt_at IS NOT NULL \
             AND (v.next_attempt_at IS NULL OR (email_recipients.attempts = v.attempt AND email_recipients.status = 'sending')) \
             RETURNING email_recipients.id AS id, email_recipients.isp AS isp, email_recipients.isp_attempt AS isp_attempt",
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 9);
        for one in run {
            let delivered = one.outcome == Outcome::Delivered;
            parameters.extend(params![
                one.claimed.recipient_id,
                one.claimed.attempt,
                one.outcome.status(),
                one.outcome.next_attempt_at(),
                one.mx_host.as_deref().map(Isp::of),
            ]);
            parameters.extend(reply_columns(one.reply.as_ref()));
            parameters.push(Value::from(delivered.then_some(now)));
        }
        for row in tx.query(&sql, &parameters).await? {
            changed.insert(row.id("id")?, Provider::from_row(&row)?);
        }
    }
    count(&changed, settled, now).write(tx).await?;
    let changed: Vec<&Settled> = settled
        .iter()
        .filter(|one| changed.contains_key(&one.claimed.recipient_id))
        .collect();
    let events: Vec<EmailEvent> = changed
        .iter()
        .flat_map(|one| events_of(one, sources, now))
        .collect();
    email_event::insert(tx, &events).await?;
    email::update_status(
        tx,
        &messages(changed.iter().map(|one| Ok(one.claimed.email_id)))?,
    )
    .await?;
    Ok(events)
}

/// Whose servers take a recipient's mail, and which try reached them first.
struct Provider {
    isp: Option<Isp>,
    first_attempt: Option<i64>,
}

impl Provider {
    fn from_row(row: &Row) -> Result<Self> {
        Ok(Self {
            isp: row.opt_word("isp")?,
            first_attempt: row.opt_int("isp_attempt")?,
        })
    }
}

/// Counts what changed for the domains of the messages. Forwarding is not a domain's sending.
fn count(changed: &HashMap<RecipientId, Provider>, settled: &[Settled], now: Timestamp) -> Tally {
    let mut tally = Tally::default();
    for one in settled {
        let (claimed, provider) = (&one.claimed, changed.get(&one.claimed.recipient_id));
        let Some(provider) = provider.filter(|_| claimed.inbound_email_id.is_none()) else {
            continue;
        };
        let mut counts = stats::tried(one.outcome);
        tally.count((claimed.domain_id, &claimed.tags), now, counts);
        if let Some(isp) = provider.isp {
            counts.sent = u64::from(provider.first_attempt == Some(claimed.attempt));
            tally.count_at((claimed.domain_id, isp), now, counts);
        }
    }
    tally
}

/// The events of a try, with ids in their order.
fn events_of(one: &Settled, sources: &Sources, now: Timestamp) -> Vec<EmailEvent> {
    let types = one.outcome.events();
    let mut ids: Vec<_> = types.iter().map(|_| sources.ordered_id()).collect();
    ids.sort_unstable();
    let bounce_type = match one.outcome {
        Outcome::Failed { bounce_type } => Some(bounce_type),
        _ => None,
    };
    let event = |(id, event_type): (_, &EventType)| EmailEvent {
        id,
        email_id: one.claimed.email_id,
        domain_id: one.claimed.domain_id,
        event_type: *event_type,
        recipient: one.claimed.address.to_string(),
        at: now,
        attempt: one.claimed.attempt,
        mx_host: one.mx_host.clone(),
        reply: one.reply.clone(),
        bounce_type,
    };
    ids.into_iter().zip(types).map(event).collect()
}

/// Gives claimed recipients back untried, due at `at`: at once when shutting down, later when the
/// destination takes nothing now. The try does not count.
///
/// # Errors
/// When the database refuses.
pub async fn release(
    tx: &mut Tx,
    _scope: &SystemScope,
    claimed: &[Claimed],
    at: Timestamp,
) -> Result<()> {
    give_back(tx, claimed, at, None).await
}

/// The same, and says what is known of their places.
pub(super) async fn give_back(
    tx: &mut Tx,
    claimed: &[Claimed],
    at: Timestamp,
    place: Option<ProviderPlace>,
) -> Result<()> {
    for run in batch::runs(claimed) {
        let sql = [
            "WITH v (id, attempt) AS (VALUES ",
            &batch::rows(3, run.len(), "(?, CAST(? AS BIGINT))"),
            ") UPDATE email_recipients SET next_attempt_at = $1, attempts = email_recipients.attempts - 1, \
             provider_place = COALESCE($2, email_recipients.provider_place), \
             status = CASE WHEN email_recipients.attempts > 1 THEN 'deferred' ELSE 'queued' END \
             FROM v WHERE email_recipients.id = v.id AND email_recipients.attempts = v.attempt \
             AND email_recipients.status = 'sending'",
        ]
        .concat();
        let mut parameters = Vec::from(params![at, place]);
        for one in run {
            parameters.extend(params![one.recipient_id, one.attempt]);
        }
        tx.execute(&sql, &parameters).await?;
    }
    email::update_status(tx, &messages(claimed.iter().map(|one| Ok(one.email_id)))?).await
}
