//! Table `system_emails`: mail of the system itself, such as invitations and confirmations. No
//! organization can read it, and it is gone once it left.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_model::{Address, SystemEmailId, Timestamp};

use crate::{Result, Row, Tx, params, row::readable};

/// The wake-up channel of system mail.
pub const CHANNEL: &str = "system_emails";

/// A message of the system.
#[derive(Debug, Clone)]
pub struct SystemEmail {
    /// Row id.
    pub id: SystemEmailId,
    /// Where to.
    pub recipient: Address,
    /// The message as it goes out.
    pub body: Vec<u8>,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A message of the system this worker sends now.
#[derive(Debug, Clone)]
pub struct ClaimedSystemEmail {
    /// The message.
    pub email: SystemEmail,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// Whether it tells that mail could not be delivered: it has no return path then (RFC 5321 §4.5.5).
    pub is_notification: bool,
}

fn from_row(row: &Row) -> Result<ClaimedSystemEmail> {
    Ok(ClaimedSystemEmail {
        email: SystemEmail {
            id: row.id("id")?,
            recipient: row.id("recipient")?,
            body: row.blob("body")?,
            created_at: row.timestamp("created_at")?,
        },
        attempt: row.int("attempts")?,
        is_notification: row.bool("is_notification")?,
    })
}

/// Queues a message, in the transaction of its cause.
///
/// # Errors
/// When the database refuses.
pub async fn insert(tx: &mut Tx, email: &SystemEmail) -> Result<()> {
    tx.execute(
        "INSERT INTO system_emails (id, recipient, body, attempts, next_attempt_at, created_at) VALUES ($1, $2, $3, 0, $4, $4)",
        &params![email.id, &email.recipient, &email.body, email.created_at],
    )
    .await?;
    tx.wake(CHANNEL);
    Ok(())
}

/// Queues a notification that mail could not be delivered, in the transaction that gave it up.
///
/// # Errors
/// When the database refuses.
pub async fn insert_notification(
    tx: &mut Tx,
    _scope: &SystemScope,
    email: &SystemEmail,
) -> Result<()> {
    insert(tx, email).await?;
    let sql = "UPDATE system_emails SET is_notification = TRUE WHERE id = $1";
    tx.execute(sql, &params![email.id]).await.map(drop)
}

/// Takes a message back in the transaction that queued it.
///
/// # Errors
/// When the database refuses.
pub async fn discard(tx: &mut Tx, id: SystemEmailId) -> Result<()> {
    let sql = "DELETE FROM system_emails WHERE id = $1";
    tx.execute(sql, &params![id]).await.map(drop)
}

/// Claims due messages. Commit before talking to anybody.
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(
    tx: &mut Tx,
    _scope: &SystemScope,
    limit: u32,
    lease: Duration,
    now: Timestamp,
) -> Result<Vec<ClaimedSystemEmail>> {
    let sql = [
        "WITH due AS (SELECT id FROM system_emails WHERE next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT $3 ",
        tx.engine().claim_suffix(),
        ") UPDATE system_emails SET attempts = attempts + 1, next_attempt_at = $2 \
         WHERE id IN (SELECT id FROM due) RETURNING *",
    ]
    .concat();
    let rows = tx
        .query(&sql, &params![now, now.plus(lease), limit])
        .await?;
    Ok(readable(&rows, from_row))
}

/// Keeps a message that is being sent for longer.
///
/// # Errors
/// When the database refuses.
pub async fn renew(
    tx: &mut Tx,
    _scope: &SystemScope,
    claimed: &ClaimedSystemEmail,
    until: Timestamp,
) -> Result<()> {
    let sql = "UPDATE system_emails SET next_attempt_at = $3 WHERE id = $1 AND attempts = $2";
    tx.execute(sql, &params![claimed.email.id, claimed.attempt, until])
        .await
        .map(drop)
}

/// Tries a message again at an instant, or is done with it: what left or was given up is deleted,
/// because its links are secrets.
///
/// # Errors
/// When the database refuses.
pub async fn settle(
    tx: &mut Tx,
    _scope: &SystemScope,
    claimed: &ClaimedSystemEmail,
    again: Option<Timestamp>,
) -> Result<()> {
    let (id, attempt) = (claimed.email.id, claimed.attempt);
    match again {
        Some(at) => {
            let sql =
                "UPDATE system_emails SET next_attempt_at = $3 WHERE id = $1 AND attempts = $2";
            tx.execute(sql, &params![id, attempt, at]).await.map(drop)
        }
        None => tx
            .execute("DELETE FROM system_emails WHERE id = $1", &params![id])
            .await
            .map(drop),
    }
}

/// When the next message falls due; in the past when one is.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_due_at(tx: &mut Tx, _scope: &SystemScope) -> Result<Option<Timestamp>> {
    let sql =
        "SELECT MIN(next_attempt_at) AS at FROM system_emails WHERE next_attempt_at IS NOT NULL";
    tx.query_one(sql, &[]).await?.opt_timestamp("at")
}
