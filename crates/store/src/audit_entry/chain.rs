//! The chain: each entry's mac covers its columns and the mac before it, the head covers the last one.
//!
//! What it shows: an entry that was edited, removed, put in, moved or cut off, by anybody without the
//! key. What it cannot show by itself: that the whole database was set back to an older state; whoever
//! keeps the printed heads elsewhere sees that too.

use hmac::{Hmac, KeyInit as _, Mac as _};
use postscale_access::SystemScope;
use postscale_model::{AuditEntry, OrganizationId};
use sha2::Sha256;

use super::from_row;
use crate::{Result, Tx, params};

type Key = Hmac<Sha256>;

/// Entries read at a time.
const BATCH: i64 = 1000;
/// The migration that brought the log: who was there before has no entry of its making.
const SINCE_MIGRATION: i64 = 2;

/// Each part with its length before it, so that no two lists of parts read the same.
fn mac_of(key: &[u8; 32], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Key::new_from_slice(key).expect("BUG: HMAC takes keys of any length");
    for part in parts {
        let length = u64::try_from(part.len()).expect("BUG: a length beyond 64 bits");
        mac.update(&length.to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

pub(super) fn entry_mac(key: &[u8; 32], before: &[u8], entry: &AuditEntry) -> Vec<u8> {
    let columns = [
        entry.organization_id.to_string(),
        entry.sequence.to_string(),
        entry.id.to_string(),
        entry.at.micros().to_string(),
        entry.actor_kind.to_string(),
        entry.actor_id.clone(),
        entry.actor_label.clone(),
        entry.via.clone(),
        entry.ip.clone(),
        entry.request_id.clone(),
        entry.action.to_string(),
        entry.target_kind.clone(),
        entry.target_id.clone(),
        entry.target_label.clone(),
        entry.before.clone(),
        entry.after.clone(),
        entry.outcome.to_string(),
        entry.occurrences.to_string(),
    ];
    let mut parts: Vec<&[u8]> = vec![b"entry", before];
    parts.extend(columns.iter().map(String::as_bytes));
    mac_of(key, &parts)
}

pub(super) fn head_mac(key: &[u8; 32], last: &AuditEntry, entry_mac: &[u8]) -> Vec<u8> {
    let (organization, sequence) = (last.organization_id.to_string(), last.sequence.to_string());
    mac_of(
        key,
        &[
            b"head",
            organization.as_bytes(),
            sequence.as_bytes(),
            entry_mac,
        ],
    )
}

/// What a check of one organization's chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    /// Nothing was touched.
    Intact {
        /// How many entries there are.
        entries: i64,
        /// The last entry's mac; empty without entries.
        head: Vec<u8>,
    },
    /// The first position where something was edited, removed, put in or cut off.
    Broken(i64),
}

/// Checks the chain of one organization.
///
/// # Errors
/// When the database cannot answer.
pub async fn verify(
    tx: &mut Tx,
    organization: OrganizationId,
    _scope: &SystemScope,
) -> Result<Chain> {
    let key = tx.audit_key()?;
    let mut before = Vec::new();
    let mut last: Option<AuditEntry> = None;
    loop {
        let sequence = last.as_ref().map_or(0, |entry| entry.sequence);
        let rows = tx
            .query(
                "SELECT * FROM audit_entries WHERE organization_id = $1 AND sequence > $2 \
                 ORDER BY sequence LIMIT $3",
                &params![organization, sequence, BATCH],
            )
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let expected = last.as_ref().map_or(1, |entry| entry.sequence + 1);
            // A word this version does not know is an edit as well.
            let Ok(entry) = from_row(&row) else {
                return Ok(Chain::Broken(expected));
            };
            let mac = entry_mac(&key, &before, &entry);
            if entry.sequence != expected || row.blob("mac")? != mac {
                return Ok(Chain::Broken(expected));
            }
            (before, last) = (mac, Some(entry));
        }
    }
    ending(tx, organization, &key, last.as_ref(), before).await
}

/// Whether the chain ends where its head says.
async fn ending(
    tx: &mut Tx,
    organization: OrganizationId,
    key: &[u8; 32],
    last: Option<&AuditEntry>,
    mac: Vec<u8>,
) -> Result<Chain> {
    let entries = last.map_or(0, |entry| entry.sequence);
    let sql = "SELECT sequence, mac FROM audit_heads WHERE organization_id = $1";
    let head = tx.query_opt(sql, &params![organization]).await?;
    let is_intact = match (head, last) {
        (None, None) => is_older_than_the_log(tx, organization).await?,
        (Some(head), Some(last)) => {
            head.int("sequence")? == last.sequence && head.blob("mac")? == head_mac(key, last, &mac)
        }
        _ => false,
    };
    Ok(if is_intact {
        Chain::Intact { entries, head: mac }
    } else {
        Chain::Broken(entries + 1)
    })
}

/// Whether there may be an organization without any entry: only one made before there was a log.
async fn is_older_than_the_log(tx: &mut Tx, organization: OrganizationId) -> Result<bool> {
    let sql = "SELECT id FROM organizations WHERE id = $1 AND created_at > \
               (SELECT applied_at FROM schema_migrations WHERE version = $2)";
    let newer = tx
        .query_opt(sql, &params![organization, SINCE_MIGRATION])
        .await?;
    Ok(newer.is_none())
}

/// Every organization that is there or has left a trace in the log, with its name if it is there.
///
/// # Errors
/// When the database cannot answer.
pub async fn organizations(
    tx: &mut Tx,
    _scope: &SystemScope,
) -> Result<Vec<(OrganizationId, Option<String>)>> {
    let sql = "SELECT known.id, o.name FROM (SELECT organization_id AS id FROM audit_heads \
               UNION SELECT organization_id FROM audit_entries UNION SELECT id FROM organizations) known \
               LEFT JOIN organizations o ON o.id = known.id ORDER BY known.id";
    let rows = tx.query(sql, &[]).await?;
    rows.iter()
        .map(|row| Ok((row.id("id")?, row.opt_text("name")?)))
        .collect()
}
