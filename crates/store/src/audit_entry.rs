//! Tables `audit_entries` and `audit_heads`: what happened, chained under a key.
//!
//! Append-only: triggers refuse every change. Each entry's `mac` covers its columns and the mac before
//! it, and the head covers the last one, so an edited, removed or cut-off entry shows to whoever
//! has the key, which is not in the database.

mod chain;
mod list;
mod own;

use postscale_model::{
    AuditEntry, AuditEvent, OrganizationId, SessionId, Sources, Timestamp, UserId,
};

pub use chain::{Chain, organizations, verify};
pub(crate) use list::has_any;
pub use list::{AuditFilter, has_since, last_position, list, list_between};
pub use own::list_own;

use crate::{Acting, Engine, Result, Row, Tx, acting::Who, dialect, params};

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
    append_at(tx, sources, organization, event, sources.now()).await
}

/// As [`append`], of something that happened at `at`.
pub(crate) async fn append_at(
    tx: &mut Tx,
    sources: &Sources,
    organization: OrganizationId,
    event: AuditEvent,
    at: Timestamp,
) -> Result<()> {
    let (sequence, before) = head(tx, organization).await?;
    let (actor_id, actor_label, via) = describe(tx).await?;
    let acting = tx.acting();
    let entry = AuditEntry {
        id: sources.ordered_id(),
        organization_id: organization,
        sequence: sequence + 1,
        at,
        actor_kind: acting.kind(),
        actor_id,
        actor_label,
        via,
        ip: acting
            .origin
            .ip
            .map(|ip| ip.to_string())
            .unwrap_or_default(),
        request_id: acting.origin.request_id.to_string(),
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
    let mac = chain::entry_mac(&key, &before, &entry);
    insert(tx, &entry, &mac).await?;
    set_head(tx, &entry, &mac, &chain::head_mac(&key, &entry, &mac)).await
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

/// From here on nobody acts that is known: whoever tries to sign in is not yet who they say, and who
/// is signed in in the same browser is nobody's business in another organization.
pub fn acts_as_nobody(tx: &mut Tx) {
    let mut acting = tx.acting().clone();
    acting.who = Who::Nobody;
    tx.acts(acting);
}

/// As [`append`], done by a user in a session: for what a person does about themselves, which each of
/// their organizations is told under the membership it knows.
///
/// # Errors
/// When the database refuses.
pub async fn append_as(
    tx: &mut Tx,
    sources: &Sources,
    (organization, user): (OrganizationId, UserId),
    session: Option<SessionId>,
    event: AuditEvent,
) -> Result<()> {
    let acting = tx.acting().clone();
    let mut member = acting.clone();
    member.who = Who::User(user, session);
    tx.acts(member);
    append(tx, sources, organization, event).await?;
    tx.acts(acting);
    Ok(())
}

/// As [`append`], done by the product itself in a transaction that somebody else began: what happens to
/// one organization because of another tells nothing of who did it there.
///
/// # Errors
/// When the database refuses.
pub async fn append_by_itself(
    tx: &mut Tx,
    sources: &Sources,
    organization: OrganizationId,
    event: AuditEvent,
) -> Result<()> {
    let acting = tx.acting().clone();
    tx.acts(Acting::system());
    append(tx, sources, organization, event).await?;
    tx.acts(acting);
    Ok(())
}

/// Takes the organization's turn at the log on PostgreSQL; SQLite has one writer.
pub(crate) async fn take_turn(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        tx.execute(dialect::POSTGRES_AUDIT_LOCK, &params![organization])
            .await?;
    }
    Ok(())
}

/// The last entry's position and mac, in the organization's turn.
async fn head(tx: &mut Tx, organization: OrganizationId) -> Result<(i64, Vec<u8>)> {
    take_turn(tx, organization).await?;
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
