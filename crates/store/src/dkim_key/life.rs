//! A key's life: pending until its record is seen, active, retiring when another took over, inactive.

use postscale_access::{SystemScope, Writable};
use postscale_model::{
    AuditAction, AuditEvent, DKIM_RETIRING, DkimKey, DkimKeyId, Domain, DomainId, DomainName,
    JobId, Selector, Timestamp, Word as _, job::RETIRE_DKIM_KEY,
};
use serde_json::json;

use super::from_row;
use crate::{
    Result, Tx,
    job::{self, NewJob},
    params,
};

/// A key whose record was seen for the first time.
#[derive(Debug, Clone)]
pub struct SeenKey {
    /// The key, active now.
    pub key: DkimKey,
    /// The key it took over from, as that is now.
    pub replaced: Option<DkimKey>,
}

impl SeenKey {
    /// What the log tells of it.
    #[must_use]
    pub fn audit(&self, domain: &DomainName) -> Vec<AuditEvent> {
        let seen = AuditEvent::new(AuditAction::DkimVerified, self.key.audit_target(domain));
        let replaced = self.replaced.as_ref().map(|old| {
            let after = json!({
                "status": old.status.as_str(),
                "replaced_by": self.key.selector.as_str(),
                "retire_at": old.retire_at.map(Timestamp::to_rfc3339),
            });
            AuditEvent::new(AuditAction::DkimRotated, old.audit_target(domain)).made(after)
        });
        [seen].into_iter().chain(replaced).collect()
    }
}

/// Records that a key's record was seen: a pending key becomes active, and the key it replaces
/// retires. The key, when it was seen for the first time.
///
/// # Errors
/// When the database refuses.
pub async fn mark_seen(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    selector: &Selector,
    now: Timestamp,
) -> Result<Option<SeenKey>> {
    seen(tx, domain.id, selector, now).await
}

/// As [`mark_seen`], for look-ups nobody asked for just now.
///
/// # Errors
/// When the database refuses.
pub async fn mark_seen_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
    selector: &Selector,
    now: Timestamp,
) -> Result<Option<SeenKey>> {
    seen(tx, domain, selector, now).await
}

async fn seen(
    tx: &mut Tx,
    domain: DomainId,
    selector: &Selector,
    now: Timestamp,
) -> Result<Option<SeenKey>> {
    // A key that went out of use while DNS was asked stays so.
    let row = tx
        .query_opt(
            "UPDATE dkim_keys SET verified_at = COALESCE(verified_at, $3), updated_at = $3, \
             status = CASE WHEN status = 'pending' THEN 'active' ELSE status END \
             WHERE domain_id = $1 AND selector = $2 AND status <> 'inactive' \
             AND (verified_at IS NULL OR status = 'pending') RETURNING *",
            &params![domain, selector, now],
        )
        .await?;
    let Some(key) = row.as_ref().map(from_row).transpose()? else {
        return Ok(None);
    };
    let replaced = match key.replaces {
        Some(old) => succeed(tx, domain, old, now).await?,
        None => None,
    };
    Ok(Some(SeenKey { key, replaced }))
}

/// Another key took over: what this one signed is still on its way, unless it never signed.
async fn succeed(
    tx: &mut Tx,
    domain: DomainId,
    old: DkimKeyId,
    now: Timestamp,
) -> Result<Option<DkimKey>> {
    let retire_at = now.plus(DKIM_RETIRING);
    let row = tx
        .query_opt(
            "UPDATE dkim_keys SET status = 'retiring', retire_at = $4, updated_at = $3 \
             WHERE id = $1 AND domain_id = $2 AND status = 'active' RETURNING *",
            &params![old, domain, now, retire_at],
        )
        .await?;
    let Some(row) = row else {
        return end(tx, (old, domain), "pending", now).await;
    };
    let retiring = from_row(&row)?;
    let end = NewJob {
        // A key retires once.
        id: JobId::from_uuid(old.as_uuid()),
        kind: RETIRE_DKIM_KEY,
        key: old.to_string(),
        payload: json!({}),
        due_at: retire_at,
    };
    job::enqueue(tx, &end, now).await?;
    Ok(Some(retiring))
}

/// Takes a key out of use: it signs no more, and its private half is gone. The key as it is then;
/// none when it was out of use before.
///
/// # Errors
/// When the database refuses.
pub async fn deactivate(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    key: &DkimKey,
    now: Timestamp,
) -> Result<Option<DkimKey>> {
    end(tx, (key.id, domain.id), key.status.as_str(), now).await
}

/// Takes a retiring key out of use.
///
/// # Errors
/// When the database refuses.
pub async fn end_by_itself(
    tx: &mut Tx,
    _scope: &SystemScope,
    key: &DkimKey,
    now: Timestamp,
) -> Result<Option<DkimKey>> {
    end(tx, (key.id, key.domain_id), "retiring", now).await
}

async fn end(
    tx: &mut Tx,
    (key, domain): (DkimKeyId, DomainId),
    status: &str,
    now: Timestamp,
) -> Result<Option<DkimKey>> {
    let wiped: Vec<u8> = Vec::new();
    let row = tx
        .query_opt(
            "UPDATE dkim_keys SET status = 'inactive', private_key = $5, retire_at = NULL, updated_at = $4 \
             WHERE id = $1 AND domain_id = $2 AND status = $3 AND status <> 'inactive' RETURNING *",
            &params![key, domain, status, now, wiped],
        )
        .await?;
    row.as_ref().map(from_row).transpose()
}
