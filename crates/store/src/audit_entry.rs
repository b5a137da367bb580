//! Tables `audit_entries` and `audit_heads`: what happened, chained under a key.
//!
//! Append-only: triggers refuse every change. Each entry's `mac` covers its columns and the mac before
//! it, and the head covers the last one, so an edited, removed or cut-off entry shows to whoever
//! has the key, which is not in the database.

use hmac::{Hmac, KeyInit as _, Mac as _};
use postscale_model::{AuditEntry, AuditEvent, OrganizationId, Sources, UserId};
use sha2::Sha256;

use crate::{Acting, Engine, Result, Row, Tx, acting::Who, dialect, params};

type Key = Hmac<Sha256>;

/// Writes what the transaction's actor did in its organization. It is in the log if and only if
/// the transaction is committed. To be called after the transaction's other writes: it takes the
/// organization's turn at the log.
///
/// # Errors
/// When the database refuses.
pub async fn append(
    tx: &mut Tx,
    sources: &Sources,
    organization: OrganizationId,
    event: AuditEvent,
) -> Result<()> {
    let (sequence, before) = head(tx, organization).await?;
    let (actor_id, actor_label, via) = describe(tx).await?;
    let acting = tx.acting();
    let entry = AuditEntry {
        id: sources.id(),
        organization_id: organization,
        sequence: sequence + 1,
        at: sources.now(),
        actor_kind: acting.kind(),
        actor_id,
        actor_label,
        via,
        ip: acting
            .origin
            .ip
            .map(|ip| ip.to_string())
            .unwrap_or_default(),
        request_id: acting.origin.request_id.clone(),
        action: event.action,
        target_kind: event.target.kind.to_owned(),
        target_id: event.target.id,
        target_label: event.target.label,
        before: event.before.to_string(),
        after: event.after.to_string(),
        outcome: event.outcome,
        occurrences: event.occurrences.into(),
    };
    let key = tx.audit_key()?;
    let mac = entry_mac(&key, &before, &entry);
    insert(tx, &entry, &mac).await?;
    set_head(tx, &entry, &mac, &head_mac(&key, &entry, &mac)).await
}

/// Says who acts in this transaction where no credential was presented: the operator's commands
/// and the product's own work.
pub fn acts(tx: &mut Tx, acting: Acting) {
    tx.acts(acting);
}

/// Says that the transaction's client turned out to be this user: on signing in, when there is no
/// session yet that could say so.
pub fn acts_as(tx: &mut Tx, user: UserId) {
    let mut acting = tx.acting().clone();
    acting.who = Who::User(user, None);
    tx.acts(acting);
}

/// The last entry's position and mac. Takes the chain's turn on PostgreSQL; SQLite has one writer.
async fn head(tx: &mut Tx, organization: OrganizationId) -> Result<(i64, Vec<u8>)> {
    if tx.engine() == Engine::Postgres {
        tx.execute(dialect::POSTGRES_AUDIT_LOCK, &params![organization])
            .await?;
    }
    let sql = "SELECT sequence, entry_mac FROM audit_heads WHERE organization_id = $1";
    let row = tx.query_opt(sql, &params![organization]).await?;
    row.map_or(Ok((0, Vec::new())), |row| {
        Ok((row.int("sequence")?, row.blob("entry_mac")?))
    })
}

/// The actor's id, how people know it, and by what it acts.
async fn describe(tx: &mut Tx) -> Result<(String, String, String)> {
    let nameless = String::new;
    match tx.acting().who.clone() {
        Who::Nobody | Who::Cli | Who::System => Ok((nameless(), nameless(), nameless())),
        Who::User(user, session) => {
            let sql =
                "SELECT p.email FROM users u JOIN persons p ON p.id = u.person_id WHERE u.id = $1";
            let row = tx.query_opt(sql, &params![user]).await?;
            let label = row.map_or(Ok(nameless()), |row| row.text("email"))?;
            let via = session.map(|id| id.to_string()).unwrap_or_default();
            Ok((user.to_string(), label, via))
        }
        Who::Key(key) => {
            let sql = "SELECT name FROM api_keys WHERE id = $1";
            let row = tx.query_opt(sql, &params![key]).await?;
            let label = row.map_or(Ok(nameless()), |row| row.text("name"))?;
            Ok((key.to_string(), label, key.to_string()))
        }
    }
}

async fn insert(tx: &mut Tx, entry: &AuditEntry, mac: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_entries (organization_id, sequence, id, at, actor_kind, actor_id, actor_label, via, ip, \
         request_id, action, target_kind, target_id, target_label, before, after, outcome, occurrences, mac) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        &params![
            entry.organization_id,
            entry.sequence,
            entry.id,
            entry.at,
            entry.actor_kind,
            &entry.actor_id,
            &entry.actor_label,
            &entry.via,
            &entry.ip,
            &entry.request_id,
            entry.action,
            &entry.target_kind,
            &entry.target_id,
            &entry.target_label,
            &entry.before,
            &entry.after,
            entry.outcome,
            entry.occurrences,
            mac,
        ],
    )
    .await
    .map(drop)
}

async fn set_head(tx: &mut Tx, last: &AuditEntry, entry_mac: &[u8], mac: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_heads (organization_id, sequence, entry_mac, mac) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (organization_id) DO UPDATE SET sequence = $2, entry_mac = $3, mac = $4",
        &params![last.organization_id, last.sequence, entry_mac, mac],
    )
    .await
    .map(drop)
}

fn from_row(row: &Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        sequence: row.int("sequence")?,
        at: row.timestamp("at")?,
        actor_kind: row.word("actor_kind")?,
        actor_id: row.text("actor_id")?,
        actor_label: row.text("actor_label")?,
        via: row.text("via")?,
        ip: row.text("ip")?,
        request_id: row.text("request_id")?,
        action: row.word("action")?,
        target_kind: row.text("target_kind")?,
        target_id: row.text("target_id")?,
        target_label: row.text("target_label")?,
        before: row.text("before")?,
        after: row.text("after")?,
        outcome: row.word("outcome")?,
        occurrences: row.int("occurrences")?,
    })
}

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

fn entry_mac(key: &[u8; 32], before: &[u8], entry: &AuditEntry) -> Vec<u8> {
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

fn head_mac(key: &[u8; 32], last: &AuditEntry, entry_mac: &[u8]) -> Vec<u8> {
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
    /// Nothing was touched; so many entries.
    Intact(i64),
    /// The first position where something was edited, removed, put in or cut off.
    Broken(i64),
}

/// Entries read at a time.
const VERIFY_BATCH: i64 = 1000;

/// Checks the chain of one organization.
///
/// # Errors
/// When the database cannot answer.
pub async fn verify(
    tx: &mut Tx,
    organization: OrganizationId,
    _scope: &postscale_access::SystemScope,
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
                &params![organization, sequence, VERIFY_BATCH],
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
    let sql = "SELECT sequence, mac FROM audit_heads WHERE organization_id = $1";
    let head = tx.query_opt(sql, &params![organization]).await?;
    match (head, last) {
        (None, None) => Ok(Chain::Intact(0)),
        (Some(head), Some(last))
            if head.int("sequence")? == last.sequence
                && head.blob("mac")? == head_mac(&key, &last, &before) =>
        {
            Ok(Chain::Intact(last.sequence))
        }
        (_, last) => Ok(Chain::Broken(last.map_or(1, |entry| entry.sequence + 1))),
    }
}

/// Every organization that has a chain, gone ones too.
///
/// # Errors
/// When the database cannot answer.
pub async fn organizations(
    tx: &mut Tx,
    _scope: &postscale_access::SystemScope,
) -> Result<Vec<OrganizationId>> {
    let sql = "SELECT organization_id FROM audit_heads ORDER BY organization_id";
    let rows = tx.query(sql, &[]).await?;
    rows.iter().map(|row| row.id("organization_id")).collect()
}
