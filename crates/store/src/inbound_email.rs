//! Tables `inbound_emails`, `inbound_bodies` and `inbound_attachments`: received messages.
//!
//! A message is written in one transaction before its sender is told 250. What has to be done with
//! it afterwards is claimed and settled like the outbound queue; a try may therefore run twice.

mod attachment;
mod listing;
mod processing;
mod retention;

use attachment::insert_attachments;
use postscale_access::{SystemScope, Writable};
use postscale_model::{
    AppliedRule, Attachment, InboundEmail, InboundEmailId, InboundStatus, Timestamp,
};

pub use self::{
    attachment::{attachments, attachments_for_job, find_attachment},
    listing::{InboundFilter, InboundSort, list},
    processing::{ClaimedInbound, Processed, claim_due, next_due_at, settle, settle_forwarded},
    retention::{Expired, RETENTION_CHANNEL, delete_expired, received_since},
};
use crate::{Body, Result, Row, Tx, email::json, params};

/// The wake-up channel of messages that wait to be processed.
pub const CHANNEL: &str = "inbound_emails";

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
        rule: applied_rule(row)?,
        tags: row.json("tags")?,
        spf: row.word("spf")?,
        dkim: row.word("dkim")?,
        dmarc: row.word("dmarc")?,
        arc: row.word("arc")?,
        limits_exceeded: row.bool("limits_exceeded")?,
        has_attachments: row.bool("has_attachments")?,
        size_bytes: row.int("size_bytes")?,
        received_at: row.timestamp("received_at")?,
        processed_at: row.opt_timestamp("processed_at")?,
    })
}

fn applied_rule(row: &Row) -> Result<Option<AppliedRule>> {
    let Some(id) = row.opt_id("rule_id")? else {
        return Ok(None);
    };
    Ok(Some(AppliedRule {
        id,
        forward_to: row.json("rule_forward_to")?,
        webhook_id: row.opt_id("rule_webhook_id")?,
    }))
}

/// Keeps a received message; while it is [`InboundStatus::Received`] it is due to be processed at once.
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
    let rule = email.rule.as_ref();
    let forward_to = rule.map_or(&[][..], |rule| &rule.forward_to);
    let is_due = email.status == InboundStatus::Received;
    tx.execute(
        "INSERT INTO inbound_emails (id, organization_id, domain_id, alias_id, message_id, envelope_sender, \
         envelope_recipient, from_address, to_address, subject, status, action, spf, dkim, dmarc, arc, limits_exceeded, \
         has_attachments, size_bytes, next_attempt_at, attempts, received_at, processed_at, rule_id, rule_forward_to, \
         rule_webhook_id, tags) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
         0, $21, $22, $23, $24, $25, $26)",
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
            email.status,
            email.action,
            email.spf,
            email.dkim,
            email.dmarc,
            email.arc,
            email.limits_exceeded,
            email.has_attachments,
            email.size_bytes,
            is_due.then_some(email.received_at),
            email.received_at,
            email.processed_at,
            rule.map(|rule| rule.id),
            json(&forward_to)?,
            rule.and_then(|rule| rule.webhook_id),
            json(&email.tags)?,
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
    if is_due {
        tx.wake(CHANNEL);
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
