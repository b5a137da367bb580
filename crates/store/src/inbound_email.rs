//! Tables `inbound_emails`, `inbound_bodies` and `inbound_attachments`: received messages.
//!
//! A message is written in one transaction before its sender is told 250. What has to be done with
//! it afterwards is claimed and settled like the outbound queue; a try may therefore run twice.

use std::time::Duration;

use postscale_access::{Granted, Scope, SystemScope, Writable};
use postscale_model::{
    AliasId, Attachment, AttachmentId, DomainId, InboundEmail, InboundEmailId, InboundStatus,
    Timestamp,
};

use crate::{
    Body, Listed, Page, Result, Row, Tx, Value, batch, conditions::Conditions, params,
    row::readable, visible,
};

/// The wake-up channel of messages that wait to be processed.
pub const CHANNEL: &str = "inbound_emails";

const CLAUSES: visible::Clauses = visible::clauses!("i.domain_id", "i.organization_id");

pub(crate) fn from_row(row: &Row) -> Result<InboundEmail> {
    Ok(InboundEmail {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.id("domain_id")?,
        alias_id: row.opt_id("alias_id")?,
        message_id: row.text("message_id")?,
        envelope_sender: row.text("envelope_sender")?,
        envelope_recipient: row.text("envelope_recipient")?,
        from_address: row.text("from_address")?,
        to_address: row.text("to_address")?,
        subject: row.text("subject")?,
        status: row.word("status")?,
        action: row.word("action")?,
        spf: row.word("spf")?,
        dkim: row.word("dkim")?,
        dmarc: row.word("dmarc")?,
        has_attachments: row.bool("has_attachments")?,
        size_bytes: row.int("size_bytes")?,
        received_at: row.timestamp("received_at")?,
        processed_at: row.opt_timestamp("processed_at")?,
    })
}

/// Keeps a received message, due to be processed at once, and counts it for its alias.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    _scope: &SystemScope,
    email: &InboundEmail,
    body: &Body,
    attachments: &[Attachment],
) -> Result<()> {
    tx.execute(
        "INSERT INTO inbound_emails (id, organization_id, domain_id, alias_id, message_id, envelope_sender, \
         envelope_recipient, from_address, to_address, subject, status, action, spf, dkim, dmarc, has_attachments, \
         size_bytes, next_attempt_at, attempts, received_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'received', $11, $12, $13, $14, $15, $16, $17, 0, $17)",
        &params![
            email.id,
            email.organization_id,
            email.domain_id,
            email.alias_id,
            &email.message_id,
            &email.envelope_sender,
            &email.envelope_recipient,
            &email.from_address,
            &email.to_address,
            &email.subject,
            email.action,
            email.spf,
            email.dkim,
            email.dmarc,
            email.has_attachments,
            email.size_bytes,
            email.received_at,
        ],
    )
    .await?;
    let [octets, blob] = body.columns();
    tx.execute(
        "INSERT INTO inbound_bodies (inbound_email_id, octets, blob) VALUES ($1, $2, $3)",
        &[email.id.into(), octets, blob],
    )
    .await?;
    insert_attachments(tx, email.id, attachments).await?;
    if let Some(alias) = email.alias_id {
        let sql = "UPDATE aliases SET emails_received = emails_received + 1 WHERE id = $1";
        tx.execute(sql, &params![alias]).await?;
    }
    tx.wake(CHANNEL);
    Ok(())
}

async fn insert_attachments(
    tx: &mut Tx,
    email: InboundEmailId,
    attachments: &[Attachment],
) -> Result<()> {
    for run in batch::runs(attachments) {
        let sql = [
            "INSERT INTO inbound_attachments (id, inbound_email_id, filename, content_type, size_bytes, part) VALUES ",
            &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?)"),
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 6);
        for one in run {
            let Attachment {
                id,
                filename,
                content_type,
                size_bytes,
                part,
            } = one;
            parameters.extend(params![
                *id,
                email,
                filename,
                content_type,
                *size_bytes,
                *part
            ]);
        }
        tx.execute(&sql, &parameters).await?;
    }
    Ok(())
}

/// A received message by id. Unchecked: only the gate asks.
pub(crate) async fn find(tx: &mut Tx, id: InboundEmailId) -> Result<Option<InboundEmail>> {
    let row = tx
        .query_opt("SELECT * FROM inbound_emails WHERE id = $1", &params![id])
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// A received message by id, for work nobody asked for just now.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: InboundEmailId,
) -> Result<Option<InboundEmail>> {
    find(tx, id).await
}

/// Which received messages of those in scope. Texts are substrings in any case.
#[derive(Debug, Default, Clone)]
pub struct InboundFilter {
    /// In sender, recipient, subject or message id.
    pub query: Option<String>,
    /// In header From.
    pub from: Option<String>,
    /// In header To.
    pub to: Option<String>,
    /// In the subject.
    pub subject: Option<String>,
    /// In the envelope sender.
    pub envelope_sender: Option<String>,
    /// State.
    pub status: Option<InboundStatus>,
    /// Of this domain.
    pub domain_id: Option<DomainId>,
    /// Taken by this alias.
    pub alias_id: Option<AliasId>,
    /// With or without attachments.
    pub has_attachments: Option<bool>,
    /// Received then or later.
    pub from_date: Option<Timestamp>,
    /// Received then or earlier.
    pub to_date: Option<Timestamp>,
    /// By what the rows are sorted.
    pub sort: InboundSort,
    /// Which end comes first.
    pub direction: Direction,
}

/// By what received messages are sorted. Ties are by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InboundSort {
    /// When they came.
    #[default]
    ReceivedAt,
    /// When their processing ended; what is not processed counts as oldest.
    ProcessedAt,
    /// Header From.
    From,
    /// Header To.
    To,
    /// Subject.
    Subject,
    /// State.
    Status,
}

/// Which end of a sorted listing comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// The lowest.
    Ascending,
    /// The highest.
    #[default]
    Descending,
}

const fn order(sort: InboundSort, direction: Direction) -> &'static str {
    use Direction::{Ascending, Descending};
    match (sort, direction) {
        (InboundSort::ReceivedAt, Ascending) => "i.received_at, i.id",
        (InboundSort::ReceivedAt, Descending) => "i.received_at DESC, i.id DESC",
        (InboundSort::ProcessedAt, Ascending) => "COALESCE(i.processed_at, 0), i.id",
        (InboundSort::ProcessedAt, Descending) => "COALESCE(i.processed_at, 0) DESC, i.id DESC",
        (InboundSort::From, Ascending) => "LOWER(i.from_address), i.id",
        (InboundSort::From, Descending) => "LOWER(i.from_address) DESC, i.id DESC",
        (InboundSort::To, Ascending) => "LOWER(i.to_address), i.id",
        (InboundSort::To, Descending) => "LOWER(i.to_address) DESC, i.id DESC",
        (InboundSort::Subject, Ascending) => "LOWER(i.subject), i.id",
        (InboundSort::Subject, Descending) => "LOWER(i.subject) DESC, i.id DESC",
        (InboundSort::Status, Ascending) => "i.status, i.id",
        (InboundSort::Status, Descending) => "i.status DESC, i.id DESC",
    }
}

/// The received messages in scope.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    filter: &InboundFilter,
    page: Page,
    now: Timestamp,
) -> Result<Listed<InboundEmail>> {
    const SEARCHED: [&str; 6] = [
        "i.from_address",
        "i.envelope_sender",
        "i.to_address",
        "i.envelope_recipient",
        "i.subject",
        "i.message_id",
    ];
    let mut conditions = Conditions::visible(scope, &CLAUSES, now);
    conditions.and_contains(&SEARCHED, filter.query.as_deref());
    conditions.and_contains(&["i.from_address"], filter.from.as_deref());
    conditions.and_contains(&["i.to_address"], filter.to.as_deref());
    conditions.and_contains(&["i.subject"], filter.subject.as_deref());
    conditions.and_contains(&["i.envelope_sender"], filter.envelope_sender.as_deref());
    conditions.and_given("i.status = ?", filter.status);
    conditions.and_given("i.domain_id = ?", filter.domain_id);
    conditions.and_given("i.alias_id = ?", filter.alias_id);
    conditions.and_given("i.has_attachments = ?", filter.has_attachments);
    conditions.and_given("i.received_at >= ?", filter.from_date);
    conditions.and_given("i.received_at <= ?", filter.to_date);
    let select = (
        "i.*",
        "inbound_emails i",
        order(filter.sort, filter.direction),
    );
    conditions.list(tx, select, page, from_row).await
}

fn attachment_from_row(row: &Row) -> Result<Attachment> {
    Ok(Attachment {
        id: row.id("id")?,
        filename: row.text("filename")?,
        content_type: row.text("content_type")?,
        size_bytes: row.int("size_bytes")?,
        part: row.int("part")?,
    })
}

/// What is attached to a received message, in its order: names and sizes, not the octets.
///
/// # Errors
/// When the database cannot answer.
pub async fn attachments<C>(
    tx: &mut Tx,
    email: &Granted<InboundEmail, C>,
) -> Result<Vec<Attachment>> {
    attachments_of(tx, email.id).await
}

/// As [`attachments`], for announcing a message.
///
/// # Errors
/// When the database cannot answer.
pub async fn attachments_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: InboundEmailId,
) -> Result<Vec<Attachment>> {
    attachments_of(tx, id).await
}

async fn attachments_of(tx: &mut Tx, id: InboundEmailId) -> Result<Vec<Attachment>> {
    let sql = "SELECT * FROM inbound_attachments WHERE inbound_email_id = $1 ORDER BY part, id";
    let rows = tx.query(sql, &params![id]).await?;
    rows.iter().map(attachment_from_row).collect()
}

/// One attachment of a received message whose octets may be read.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_attachment(
    tx: &mut Tx,
    email: &Writable<InboundEmail>,
    id: AttachmentId,
) -> Result<Option<Attachment>> {
    let sql = "SELECT * FROM inbound_attachments WHERE inbound_email_id = $1 AND id = $2";
    let row = tx.query_opt(sql, &params![email.id, id]).await?;
    row.map(|row| attachment_from_row(&row)).transpose()
}

/// The octets of a received message.
///
/// # Errors
/// When the database cannot answer or the octets are gone.
pub async fn body(tx: &mut Tx, email: &Writable<InboundEmail>) -> Result<Body> {
    body_of(tx, email.id).await
}

/// As [`body`], for forwarding and announcing a message.
///
/// # Errors
/// As [`body`].
pub async fn body_for_job(tx: &mut Tx, _scope: &SystemScope, id: InboundEmailId) -> Result<Body> {
    body_of(tx, id).await
}

async fn body_of(tx: &mut Tx, id: InboundEmailId) -> Result<Body> {
    let sql = "SELECT octets, blob FROM inbound_bodies WHERE inbound_email_id = $1";
    Body::from_row(&tx.query_one(sql, &params![id]).await?)
}

/// Has a message processed once more.
///
/// # Errors
/// When the database refuses.
pub async fn replay(tx: &mut Tx, email: &Writable<InboundEmail>, now: Timestamp) -> Result<()> {
    let sql = "UPDATE inbound_emails SET status = 'received', attempts = 0, next_attempt_at = $2 WHERE id = $1";
    tx.execute(sql, &params![email.id, now]).await?;
    tx.wake(CHANNEL);
    Ok(())
}

/// Deletes a received message. Returns where its octets were: a blob is the caller's to delete, after
/// the commit.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, email: &Writable<InboundEmail>) -> Result<Body> {
    let body = body_of(tx, email.id).await?;
    tx.execute(
        "DELETE FROM inbound_emails WHERE id = $1",
        &params![email.id],
    )
    .await?;
    Ok(body)
}

/// A received message this worker processes now.
#[derive(Debug)]
pub struct ClaimedInbound {
    /// The message.
    pub email: InboundEmail,
    /// Which try this is, from 1.
    pub attempt: i64,
}

/// Claims messages that wait to be processed.
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(
    tx: &mut Tx,
    _scope: &SystemScope,
    limit: u32,
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<ClaimedInbound>> {
    let sql = [
        "WITH due AS (SELECT id FROM inbound_emails WHERE next_attempt_at <= $1 \
         ORDER BY next_attempt_at LIMIT $3 ",
        tx.engine().claim_suffix(),
        ") UPDATE inbound_emails SET status = 'processing', attempts = attempts + 1, next_attempt_at = $2 \
         WHERE id IN (SELECT id FROM due) RETURNING *",
    ]
    .concat();
    let rows = tx
        .query(&sql, &params![now, now.plus(lease), limit])
        .await?;
    let claimed = |row: &Row| {
        Ok(ClaimedInbound {
            email: from_row(row)?,
            attempt: row.int("attempts")?,
        })
    };
    Ok(readable(&rows, claimed))
}

/// Makes received messages show what became of the copies an alias sent on: failed when one was
/// given up, delivered once all arrived.
///
/// # Errors
/// When the database refuses.
pub async fn settle_forwarded(
    tx: &mut Tx,
    _scope: &SystemScope,
    ids: &[InboundEmailId],
    now: Timestamp,
) -> Result<()> {
    for run in batch::runs(ids) {
        let sql = [
            "UPDATE inbound_emails SET processed_at = $1, status = (SELECT CASE WHEN SUM(CASE WHEN e.status = 'delivered' \
             THEN 0 ELSE 1 END) = 0 THEN 'delivered' ELSE 'failed' END FROM emails e WHERE e.inbound_email_id = inbound_emails.id) \
             WHERE next_attempt_at IS NULL AND id IN (",
            &batch::placeholders(2, run.len()),
            ") AND NOT EXISTS (SELECT 1 FROM emails e JOIN email_recipients r ON r.email_id = e.id \
             WHERE e.inbound_email_id = inbound_emails.id AND r.next_attempt_at IS NOT NULL) \
             AND EXISTS (SELECT 1 FROM emails e WHERE e.inbound_email_id = inbound_emails.id)",
        ]
        .concat();
        let mut parameters = Vec::from(params![now]);
        parameters.extend(run.iter().map(Value::from));
        tx.execute(&sql, &parameters).await?;
    }
    Ok(())
}

/// What came of processing a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processed {
    /// Done.
    Delivered,
    /// Its copies are in the outbound queue: see [`settle_forwarded`].
    Forwarded,
    /// To be tried again.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// Given up.
    Failed,
}

/// Records what came of processing a message; `false` when somebody else was quicker.
///
/// # Errors
/// When the database refuses.
pub async fn settle(
    tx: &mut Tx,
    _scope: &SystemScope,
    claimed: &ClaimedInbound,
    processed: Processed,
    now: Timestamp,
) -> Result<bool> {
    let (status, next, ended) = match processed {
        Processed::Delivered => (InboundStatus::Delivered, None, Some(now)),
        Processed::Forwarded => (InboundStatus::Processing, None, None),
        Processed::Retry { at } => (InboundStatus::Processing, Some(at), None),
        Processed::Failed => (InboundStatus::Failed, None, Some(now)),
    };
    let parameters: [Value; 5] = params![claimed.email.id, claimed.attempt, status, next, ended];
    let sql = "UPDATE inbound_emails SET status = $3, next_attempt_at = $4, processed_at = $5 \
               WHERE id = $1 AND attempts = $2 AND next_attempt_at IS NOT NULL";
    Ok(tx.execute(sql, &parameters).await? == 1)
}

/// When the next message falls due; in the past when one is.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_due_at(tx: &mut Tx, _scope: &SystemScope) -> Result<Option<Timestamp>> {
    let sql =
        "SELECT MIN(next_attempt_at) AS at FROM inbound_emails WHERE next_attempt_at IS NOT NULL";
    tx.query_one(sql, &[]).await?.opt_timestamp("at")
}
