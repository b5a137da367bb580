//! Table `email_recipients`: the outbound queue, one row per recipient.
//!
//! A worker claims due rows in a transaction of its own: they become `sending` and their next
//! attempt moves to the end of a lease, so that work of a worker that died falls due again by
//! itself. The worker talks to the network with no transaction open and settles what came of it.
//! Delivery is therefore at least once: a crash between the final dot and its settlement sends one
//! more copy, and losing mail is worse. `attempts` counts claims, so a message that kills its worker
//! is noticed.
//!
//! Not here: when to try again, which hosts to ask, what a reply means.

use std::{collections::HashSet, time::Duration};

use postscale_access::SystemScope;
use postscale_model::{
    Address, ApiKeyId, BounceType, DomainId, DomainName, Email, EmailEvent, EmailId, EmailStatus,
    EventType, HostName, InboundEmailId, Mailbox, OrganizationId, Recipient, RecipientId,
    RecipientKind, RemoteReply, Sources, Timestamp, UserId,
};

use crate::{
    Error, Result, Row, Tx, Value, batch, email,
    email_event::{self, reply, reply_columns},
    params,
    row::readable,
};

/// The wake-up channel of the queue.
pub const CHANNEL: &str = "email_recipients";

/// How many destinations [`claim_due`] can be told to leave alone.
pub const EXCLUDED_DESTINATIONS_MAX: usize = 32;

/// A recipient of a message to be accepted.
#[derive(Debug, Clone)]
pub struct NewRecipient {
    /// Row id, which signed return paths carry.
    pub id: RecipientId,
    /// Where to.
    pub address: Address,
    /// In which field.
    pub kind: RecipientKind,
    /// The return path; none for the usual signed one.
    pub return_path: Option<Address>,
}

fn from_row(row: &Row) -> Result<Recipient> {
    Ok(Recipient {
        id: row.id("id")?,
        email_id: row.id("email_id")?,
        address: row.id("address")?,
        kind: row.word("kind")?,
        status: row.word("status")?,
        attempts: row.int("attempts")?,
        last_reply: reply(row)?,
        delivered_at: row.opt_timestamp("delivered_at")?,
    })
}

pub(crate) async fn insert(
    tx: &mut Tx,
    email: &Email,
    status: EmailStatus,
    recipients: &[NewRecipient],
) -> Result<()> {
    let due = email.scheduled_at.unwrap_or(email.created_at);
    let due = (status == EmailStatus::Queued).then_some(due);
    for run in batch::runs(recipients) {
        let sql = [
            "INSERT INTO email_recipients (id, email_id, address, destination, kind, status, attempts, \
             next_attempt_at, return_path, created_at) VALUES ",
            &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?, 0, ?, ?, ?)"),
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 9);
        for recipient in run {
            parameters.extend(params![
                recipient.id,
                email.id,
                &recipient.address,
                recipient.address.domain(),
                recipient.kind,
                status,
                due,
                recipient.return_path.as_ref(),
                email.created_at,
            ]);
        }
        tx.execute(&sql, &parameters).await?;
    }
    Ok(())
}

pub(crate) async fn list(tx: &mut Tx, email: EmailId) -> Result<Vec<Recipient>> {
    let rows = tx
        .query(
            "SELECT * FROM email_recipients WHERE email_id = $1 \
             ORDER BY CASE kind WHEN 'to' THEN 1 WHEN 'cc' THEN 2 ELSE 3 END, address, id",
            &params![email],
        )
        .await?;
    rows.iter().map(from_row).collect()
}

/// Cancels what waits; returns the addresses.
pub(crate) async fn cancel(tx: &mut Tx, email: EmailId) -> Result<Vec<String>> {
    let rows = tx
        .query(
            "UPDATE email_recipients SET status = 'canceled', next_attempt_at = NULL \
             WHERE email_id = $1 AND status IN ('queued', 'deferred') RETURNING address",
            &params![email],
        )
        .await?;
    rows.iter().map(|row| row.text("address")).collect()
}

/// How much to claim.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// For how long: nobody else takes it meanwhile.
    pub lease: Duration,
    /// Recipients at most.
    pub limit: u32,
    /// Recipients at most of one destination, so that a long line for one does not hold up others.
    pub limit_per_destination: u32,
    /// Destinations that have enough to do; only the first [`EXCLUDED_DESTINATIONS_MAX`] count.
    pub excluded: &'a [HostName],
}

/// A recipient this worker delivers to now.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The recipient.
    pub recipient_id: RecipientId,
    /// Where to.
    pub address: Address,
    /// Whose servers take it.
    pub destination: HostName,
    /// The return path; none for the usual signed one.
    pub return_path: Option<Address>,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// The message.
    pub email_id: EmailId,
    /// Its organization.
    pub organization_id: OrganizationId,
    /// Its domain.
    pub domain_id: DomainId,
    /// Its author.
    pub header_from: Mailbox,
    /// The user by whose right it is sent; none for forwarded mail.
    pub submitted_user_id: Option<UserId>,
    /// The key by whose right it is sent.
    pub submitted_key_id: Option<ApiKeyId>,
    /// Its size in octets.
    pub size_bytes: i64,
    /// Whether it needs SMTPUTF8.
    pub smtputf8: bool,
    /// Takes its delayed bounces at `ps-bounces.` below it, when that record was seen.
    pub bounce_domain: Option<DomainName>,
    /// The received message an alias forwards with it.
    pub inbound_email_id: Option<InboundEmailId>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was to leave, if not at once.
    pub scheduled_at: Option<Timestamp>,
}

fn claimed_from_row(row: &Row) -> Result<Claimed> {
    Ok(Claimed {
        recipient_id: row.id("recipient_id")?,
        address: row.id("address")?,
        destination: row.id("destination")?,
        return_path: row.opt_id("return_path")?,
        attempt: row.int("attempts")?,
        email_id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.id("domain_id")?,
        header_from: row.id("header_from")?,
        submitted_user_id: row.opt_id("submitted_user_id")?,
        submitted_key_id: row.opt_id("submitted_key_id")?,
        size_bytes: row.int("size_bytes")?,
        smtputf8: row.bool("smtputf8")?,
        bounce_domain: row.opt_id("bounce_domain")?,
        inbound_email_id: row.opt_id("inbound_email_id")?,
        created_at: row.timestamp("created_at")?,
        scheduled_at: row.opt_timestamp("scheduled_at")?,
    })
}

/// Claims due recipients, those due longest first. Commit before talking to anybody.
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(
    tx: &mut Tx,
    _scope: &SystemScope,
    claim: &Claim<'_>,
    now: Timestamp,
) -> Result<Vec<Claimed>> {
    // Looks a little further than it takes, so that one destination in front hides no other.
    let window = i64::from(claim.limit).saturating_mul(8);
    let sql = [
        "WITH due AS (SELECT id, destination, next_attempt_at FROM email_recipients \
         WHERE next_attempt_at <= $1 AND destination NOT IN (",
        &batch::placeholders(6, EXCLUDED_DESTINATIONS_MAX),
        ") ORDER BY next_attempt_at LIMIT $5 ",
        tx.engine().claim_suffix(),
        "), ranked AS (SELECT id, next_attempt_at, \
           ROW_NUMBER() OVER (PARTITION BY destination ORDER BY next_attempt_at, id) AS place FROM due), \
         chosen AS (SELECT id FROM ranked WHERE place <= $4 ORDER BY next_attempt_at, id LIMIT $3) \
         UPDATE email_recipients SET status = 'sending', attempts = attempts + 1, next_attempt_at = $2 \
         WHERE id IN (SELECT id FROM chosen) RETURNING id, email_id",
    ]
    .concat();
    let mut parameters = Vec::from(params![
        now,
        now.plus(claim.lease),
        claim.limit,
        claim.limit_per_destination,
        window,
    ]);
    let excluded = claim.excluded.iter().map(HostName::to_string);
    let padding = std::iter::repeat_with(String::new);
    parameters.extend(
        excluded
            .chain(padding)
            .take(EXCLUDED_DESTINATIONS_MAX)
            .map(Value::from),
    );
    let rows = tx.query(&sql, &parameters).await?;
    let ids: Vec<RecipientId> = rows.iter().map(|row| row.id("id")).collect::<Result<_>>()?;
    email::update_status(tx, &messages(rows.iter().map(|row| row.id("email_id")))?).await?;
    describe(tx, &ids).await
}

async fn describe(tx: &mut Tx, ids: &[RecipientId]) -> Result<Vec<Claimed>> {
    let mut claimed = Vec::with_capacity(ids.len());
    for run in batch::runs(ids) {
        let sql = [
            "SELECT r.id AS recipient_id, r.address, r.destination, r.return_path, r.attempts, e.*, \
             d.name AS bounce_domain FROM email_recipients r JOIN emails e ON e.id = r.email_id \
             LEFT JOIN domains d ON d.id = e.domain_id AND d.return_path_verified WHERE r.id IN (",
            &batch::placeholders(1, run.len()),
            ")",
        ]
        .concat();
        let parameters: Vec<Value> = run.iter().map(Value::from).collect();
        let rows = tx.query(&sql, &parameters).await?;
        claimed.extend(readable(&rows, claimed_from_row));
    }
    Ok(claimed)
}

/// Each message once.
fn messages(ids: impl Iterator<Item = Result<EmailId>>) -> Result<Vec<EmailId>> {
    let mut ids = ids.collect::<Result<Vec<_>>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

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
/// it is and has no event; a late deferral does not undo a newer try.
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
    let mut changed: HashSet<RecipientId> = HashSet::with_capacity(settled.len());
    for run in batch::runs(settled) {
        let sql = [
            "WITH v (id, attempt, status, next_attempt_at, reply_code, reply_enhanced, reply_text, delivered_at) AS (VALUES ",
            &batch::rows(
                1,
                run.len(),
                "(?, CAST(? AS BIGINT), ?, CAST(? AS BIGINT), CAST(? AS BIGINT), ?, ?, CAST(? AS BIGINT))",
            ),
            ") UPDATE email_recipients SET status = v.status, next_attempt_at = v.next_attempt_at, \
             reply_code = v.reply_code, reply_enhanced = v.reply_enhanced, reply_text = v.reply_text, \
             delivered_at = v.delivered_at FROM v WHERE email_recipients.id = v.id \
             AND email_recipients.next_attempt_at IS NOT NULL \
             AND (v.next_attempt_at IS NULL OR email_recipients.attempts = v.attempt) \
             RETURNING email_recipients.id AS id",
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 8);
        for one in run {
            let delivered = one.outcome == Outcome::Delivered;
            parameters.extend(params![
                one.claimed.recipient_id,
                one.claimed.attempt,
                one.outcome.status(),
                one.outcome.next_attempt_at(),
            ]);
            parameters.extend(reply_columns(one.reply.as_ref()));
            parameters.push(Value::from(delivered.then_some(now)));
        }
        for row in tx.query(&sql, &parameters).await? {
            changed.insert(row.id("id")?);
        }
    }
    let changed: Vec<&Settled> = settled
        .iter()
        .filter(|one| changed.contains(&one.claimed.recipient_id))
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
    for run in batch::runs(claimed) {
        let sql = [
            "WITH v (id, attempt) AS (VALUES ",
            &batch::rows(2, run.len(), "(?, CAST(? AS BIGINT))"),
            ") UPDATE email_recipients SET next_attempt_at = $1, attempts = email_recipients.attempts - 1, \
             status = CASE WHEN email_recipients.attempts > 1 THEN 'deferred' ELSE 'queued' END \
             FROM v WHERE email_recipients.id = v.id AND email_recipients.attempts = v.attempt \
             AND email_recipients.status = 'sending'",
        ]
        .concat();
        let mut parameters = Vec::from(params![at]);
        for one in run {
            parameters.extend(params![one.recipient_id, one.attempt]);
        }
        tx.execute(&sql, &parameters).await?;
    }
    email::update_status(tx, &messages(claimed.iter().map(|one| Ok(one.email_id)))?).await
}

/// When the next recipient falls due; in the past when one is.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_due_at(tx: &mut Tx, _scope: &SystemScope) -> Result<Option<Timestamp>> {
    let sql =
        "SELECT MIN(next_attempt_at) AS at FROM email_recipients WHERE next_attempt_at IS NOT NULL";
    tx.query_one(sql, &[]).await?.opt_timestamp("at")
}

/// How many recipients wait for delivery, everybody's.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_waiting(tx: &mut Tx, _scope: &SystemScope) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM email_recipients WHERE next_attempt_at IS NOT NULL";
    tx.query_one(sql, &[]).await?.int("n")
}

/// The recipient a returned message speaks of, and its message.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_for_bounce(
    tx: &mut Tx,
    scope: &SystemScope,
    id: RecipientId,
) -> Result<Option<(Recipient, Email)>> {
    let row = tx
        .query_opt("SELECT * FROM email_recipients WHERE id = $1", &params![id])
        .await?;
    let Some(row) = row else { return Ok(None) };
    let recipient = from_row(&row)?;
    let email = email::find_for_job(tx, scope, recipient.email_id).await?;
    Ok(Some((
        recipient,
        email.ok_or_else(|| Error::corrupt("a recipient of no message"))?,
    )))
}

/// A bounce that came later, as a message.
#[derive(Debug, Clone)]
pub struct LateBounce {
    /// Whose.
    pub recipient_id: RecipientId,
    /// Why.
    pub bounce_type: BounceType,
    /// What the report says the other server said.
    pub reply: Option<RemoteReply>,
    /// Who reports.
    pub mx_host: Option<String>,
}

/// Records a bounce that came later; counts once. Nothing when the recipient is unknown, was never
/// taken over by a server, or bounced already.
///
/// # Errors
/// When the database refuses.
pub async fn bounce(
    tx: &mut Tx,
    scope: &SystemScope,
    bounce: &LateBounce,
    sources: &Sources,
    now: Timestamp,
) -> Result<Option<EmailEvent>> {
    let mut parameters = Vec::from(params![bounce.recipient_id]);
    parameters.extend(reply_columns(bounce.reply.as_ref()));
    let changed = tx
        .execute(
            "UPDATE email_recipients SET status = 'bounced', delivered_at = NULL, reply_code = $2, \
             reply_enhanced = $3, reply_text = $4 WHERE id = $1 AND status = 'delivered'",
            &parameters,
        )
        .await?;
    if changed == 0 {
        return Ok(None);
    }
    let Some((recipient, email)) = find_for_bounce(tx, scope, bounce.recipient_id).await? else {
        return Ok(None);
    };
    let event = EmailEvent {
        id: sources.ordered_id(),
        email_id: email.id,
        domain_id: email.domain_id,
        event_type: EventType::Bounced,
        recipient: recipient.address.to_string(),
        at: now,
        attempt: recipient.attempts,
        mx_host: bounce.mx_host.clone(),
        reply: bounce.reply.clone(),
        bounce_type: Some(bounce.bounce_type),
    };
    email_event::insert(tx, std::slice::from_ref(&event)).await?;
    email::update_status(tx, &[email.id]).await?;
    Ok(Some(event))
}
