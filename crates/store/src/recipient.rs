//! Table `email_recipients`: the outbound queue, one row per recipient.
//!
//! A worker claims due rows in a transaction of its own: they become `sending` and their next
//! attempt moves to the end of a lease, so that work of a worker that died falls due again by
//! itself. One that lives renews the lease for as long as it takes. The worker talks to the network
//! with no transaction open and settles what came of it.
//! Delivery is therefore at least once: a crash between the final dot and its settlement sends one
//! more copy, and losing mail is worse. `attempts` counts claims, so a message that kills its worker
//! is noticed.
//!
//! Not here: when to try again, which hosts to ask, what a reply means.

mod claim;
mod late_bounce;
mod lease;
mod place;
mod settlement;

use postscale_access::{Granted, SystemScope, Writable};
use postscale_model::{
    Address, Domain, Email, EmailId, EmailStatus, Recipient, RecipientId, RecipientKind, Timestamp,
};

pub(crate) use self::place::{await_place, places, take_place};
pub use self::{
    claim::{Abandoned, Claim, Claimed, EXCLUDED_DESTINATIONS_MAX, claim_due},
    late_bounce::{LateBounce, Origin, bounce, find_for_bounce, origin},
    lease::{end_all_leases, renew},
    place::{count_awaiting_of, hasten_all_awaiting, hasten_awaiting},
    settlement::{Outcome, Settled, release, settle},
};
use crate::{Result, Row, Tx, batch, email_event::reply, params};

/// The wake-up channel of the queue.
pub const CHANNEL: &str = "email_recipients";

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
    let status = row.word("status")?;
    let waits = matches!(status, EmailStatus::Queued | EmailStatus::Deferred);
    let next_attempt_at = row.opt_timestamp("next_attempt_at")?;
    Ok(Recipient {
        id: row.id("id")?,
        email_id: row.id("email_id")?,
        address: row.id("address")?,
        kind: row.word("kind")?,
        status,
        attempts: row.int("attempts")?,
        last_reply: reply(row)?,
        next_attempt_at: next_attempt_at.filter(|_| waits),
        provider_place: row.opt_word("provider_place")?,
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

/// Each message once.
fn messages(ids: impl Iterator<Item = Result<EmailId>>) -> Result<Vec<EmailId>> {
    let mut ids = ids.collect::<Result<Vec<_>>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
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

/// How many recipients of a domain's mail wait for delivery.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_waiting_of<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<u64> {
    // By what waits, not by all the domain ever sent.
    let sql = "SELECT COUNT(*) AS n FROM email_recipients r WHERE r.next_attempt_at IS NOT NULL \
               AND EXISTS (SELECT 1 FROM emails e WHERE e.id = r.email_id AND e.domain_id = $1)";
    tx.query_one(sql, &params![domain.id]).await?.count("n")
}

/// Mail of a domain that waits is due at once, but for what is to leave later.
///
/// # Errors
/// When the database refuses.
pub async fn hasten(tx: &mut Tx, domain: &Writable<Domain>, now: Timestamp) -> Result<()> {
    let sql = "UPDATE email_recipients SET next_attempt_at = $2 \
               WHERE next_attempt_at > $2 AND status IN ('queued', 'deferred') AND EXISTS \
               (SELECT 1 FROM emails e WHERE e.id = email_recipients.email_id AND e.domain_id = $1 \
               AND (e.scheduled_at IS NULL OR e.scheduled_at <= $2))";
    tx.execute(sql, &params![domain.id, now]).await?;
    tx.wake(CHANNEL);
    Ok(())
}

/// How many recipients wait for delivery, everybody's.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_waiting(tx: &mut Tx, _scope: &SystemScope) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM email_recipients WHERE next_attempt_at IS NOT NULL";
    tx.query_one(sql, &[]).await?.int("n")
}
