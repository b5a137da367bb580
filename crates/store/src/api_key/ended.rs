//! Keys that work no more, for the audit log: who still presents one, and which the clock ended.

use postscale_access::{Origin, SystemScope};
use postscale_model::{
    ApiKeyId, AuditAction, AuditEvent, AuditTarget, OrganizationId, Sources, Timestamp, TokenHash,
    UserStatus,
};
use serde_json::json;

use crate::{Acting, Result, Row, Store, Tx, audit_entry, params};

/// Keys whose end is written down at once.
const BATCH: i64 = 100;

fn named(row: &Row) -> Result<(ApiKeyId, String, OrganizationId)> {
    Ok((row.id("id")?, row.text("name")?, row.id("organization_id")?))
}

/// A secret lets nobody in: if it is that of a key, its organization should know.
pub(super) async fn note(
    tx: &mut Tx,
    secret: &TokenHash,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let sql = "SELECT k.id, k.name, k.organization_id, k.revoked_at, k.expires_at, u.status \
               FROM api_keys k LEFT JOIN users u ON u.id = k.created_by \
               WHERE k.secret_hash = $1 OR k.previous_secret_hash = $1";
    let Some(row) = tx.query_opt(sql, &params![secret]).await? else {
        return Ok(());
    };
    let is_creator_active = row.opt_word("status")? == Some(UserStatus::Active);
    let has_expired = row.opt_timestamp("expires_at")?.is_some_and(|at| at <= now);
    let reason = if row.opt_timestamp("revoked_at")?.is_some() {
        "revoked"
    } else if has_expired {
        "expired"
    } else if !is_creator_active {
        "creator_deactivated"
    } else {
        "rotated"
    };
    note_for(tx, &row, reason, (origin, now))
}

/// A key was presented from a network it is not good from.
pub(super) fn note_network(tx: &Tx, row: &Row, origin: &Origin, now: Timestamp) -> Result<()> {
    note_for(tx, row, "network", (origin, now))
}

fn note_for(
    tx: &Tx,
    row: &Row,
    reason: &'static str,
    (origin, now): (&Origin, Timestamp),
) -> Result<()> {
    let (id, name, organization) = named(row)?;
    tx.denials()
        .note_key((id, &name, organization), reason, origin, now);
    Ok(())
}

/// Writes into the log which keys the clock ended, each once, however many nodes do it.
///
/// # Errors
/// When the database refuses.
pub async fn log_expired(store: &Store, sources: &Sources, _scope: &SystemScope) -> Result<()> {
    let due = "SELECT k.id, k.name, k.organization_id, k.expires_at FROM api_keys k \
               WHERE k.expires_at <= $1 AND k.revoked_at IS NULL AND NOT EXISTS (SELECT 1 FROM audit_entries a \
               WHERE a.organization_id = k.organization_id AND a.target_id = k.id AND a.action = $2) \
               ORDER BY k.organization_id, k.expires_at LIMIT $3";
    let now = sources.now();
    let asked = params![now, AuditAction::KeyExpired, BATCH];
    let rows = store.read().await?.query(due, &asked).await?;
    for row in rows {
        let (id, name, organization) = named(&row)?;
        let target = AuditTarget::new("api_key", id, name);
        let mut tx = store.write().await?;
        audit_entry::take_turn(&mut tx, organization).await?;
        // In this turn nobody else writes it.
        if audit_entry::has_any(&mut tx, organization, (AuditAction::KeyExpired, &target)).await? {
            continue;
        }
        audit_entry::acts(&mut tx, Acting::system());
        let at = row.timestamp("expires_at")?.to_rfc3339();
        let event = AuditEvent::new(AuditAction::KeyExpired, target);
        let event = event.made(json!({ "expires_at": at }));
        audit_entry::append(&mut tx, sources, organization, event).await?;
        tx.commit().await?;
    }
    Ok(())
}
