//! The queue of received messages that wait to be announced and forwarded.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_model::{InboundEmail, InboundEmailId, InboundStatus, Timestamp};

use super::from_row;
use crate::{Result, Row, Tx, Value, batch, params, row::readable};

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
/// given up, delivered once all arrived. Returns those that failed by this and of which not one arrived:
/// each is returned once.
///
/// # Errors
/// When the database refuses.
pub async fn settle_forwarded(
    tx: &mut Tx,
    _scope: &SystemScope,
    ids: &[InboundEmailId],
    now: Timestamp,
) -> Result<Vec<InboundEmailId>> {
    let mut failed = Vec::new();
    for run in batch::runs(ids) {
        let sql = [
            "UPDATE inbound_emails SET processed_at = $1, status = (SELECT CASE WHEN SUM(CASE WHEN e.status = 'delivered' \
             THEN 0 ELSE 1 END) = 0 THEN 'delivered' ELSE 'failed' END FROM emails e WHERE e.inbound_email_id = inbound_emails.id) \
             WHERE next_attempt_at IS NULL AND status <> 'failed' AND id IN (",
            &batch::placeholders(2, run.len()),
            ") AND NOT EXISTS (SELECT 1 FROM emails e JOIN email_recipients r ON r.email_id = e.id \
             WHERE e.inbound_email_id = inbound_emails.id AND r.next_attempt_at IS NOT NULL) \
             AND EXISTS (SELECT 1 FROM emails e WHERE e.inbound_email_id = inbound_emails.id) \
             RETURNING id, NOT EXISTS (SELECT 1 FROM emails e JOIN email_recipients r ON r.email_id = e.id \
             WHERE e.inbound_email_id = inbound_emails.id AND r.status <> 'bounced') AS nobody",
        ]
        .concat();
        let mut parameters = Vec::from(params![now]);
        parameters.extend(run.iter().map(Value::from));
        for row in tx.query(&sql, &parameters).await? {
            if row.bool("nobody")? {
                failed.push(row.id("id")?);
            }
        }
    }
    Ok(failed)
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
