//! Received messages that nothing is to be done with any more, and how long they are kept.

use postscale_access::SystemScope;
use postscale_model::{OrganizationId, Plans, Timestamp};

use crate::{Result, Tx, Value, batch, params};

/// Wakes whoever deletes what is too old.
pub const RETENTION_CHANNEL: &str = "retention";

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// How many messages an organization received since then, counted up to a limit.
///
/// # Errors
/// When the database cannot answer.
pub async fn received_since(
    tx: &mut Tx,
    _scope: &SystemScope,
    organization: OrganizationId,
    (since, most): (Timestamp, u64),
) -> Result<u64> {
    let sql = "SELECT COUNT(*) AS received FROM (SELECT i.id FROM inbound_emails i \
               WHERE i.organization_id = $1 AND i.received_at > $2 LIMIT $3) recent";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let row = tx
        .query_one(sql, &params![organization, since, most])
        .await?;
    row.count("received")
}

/// What was deleted.
#[derive(Debug, Default)]
pub struct Expired {
    /// How many messages.
    pub messages: usize,
    /// Where the octets of the large ones are: the caller's to delete, after the commit.
    pub blobs: Vec<String>,
}

/// Deletes up to so many messages that are older than their organization's plan keeps them. Those that
/// wait to be processed, whose copies wait to be delivered, or that a webhook waits to be told of, stay.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(
    tx: &mut Tx,
    _scope: &SystemScope,
    plans: &Plans,
    (limit, now): (u32, Timestamp),
) -> Result<Expired> {
    let names = tx
        .query("SELECT DISTINCT plan FROM organizations", &[])
        .await?;
    let mut expired = Expired::default();
    for row in names {
        let plan = row.text("plan")?;
        let left = limit.saturating_sub(u32::try_from(expired.messages).unwrap_or(limit));
        if left == 0 {
            break;
        }
        let before = now.minus(DAY * u32::from(plans.get(&plan).retention_days));
        delete_of_plan(tx, (&plan, before, left), &mut expired).await?;
    }
    Ok(expired)
}

async fn delete_of_plan(
    tx: &mut Tx,
    (plan, before, limit): (&str, Timestamp, u32),
    expired: &mut Expired,
) -> Result<()> {
    let old = "SELECT i.id, b.blob FROM organizations o JOIN inbound_emails i ON i.organization_id = o.id \
         LEFT JOIN inbound_bodies b ON b.inbound_email_id = i.id \
         WHERE o.plan = $1 AND i.received_at < $2 AND i.next_attempt_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM emails e JOIN email_recipients r ON r.email_id = e.id \
         WHERE e.inbound_email_id = i.id AND r.next_attempt_at IS NOT NULL) \
         AND NOT EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.email_id = i.id AND d.next_attempt_at IS NOT NULL) \
         LIMIT $3";
    let rows = tx.query(old, &params![plan, before, limit]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push((row.text("id")?, row.opt_text("blob")?));
    }
    for run in batch::runs(&found) {
        let sql = [
            "DELETE FROM inbound_emails WHERE next_attempt_at IS NULL AND id IN (",
            &batch::placeholders(1, run.len()),
            ") RETURNING id",
        ]
        .concat();
        let ids: Vec<Value> = run.iter().map(|(id, _)| Value::from(id.as_str())).collect();
        for row in tx.query(&sql, &ids).await? {
            let id = row.text("id")?;
            let blob = run.iter().find(|(known, _)| *known == id);
            expired.messages += 1;
            expired
                .blobs
                .extend(blob.and_then(|(_, blob)| blob.clone()));
        }
    }
    Ok(())
}
