//! What mail does with contacts: they become known by writing, are written to by their reverse
//! address, and may be blocked.

use std::collections::HashSet;

use postscale_access::SystemScope;
use postscale_model::{Alias, AliasId, Contact, ContactId, HostName, Mailbox, Sources, Timestamp};

use super::{add, from_row};
use crate::{Result, Row, Tx, Value, alias, batch, params};

/// Octets of a name that are kept.
const NAME_OCTETS_MAX: usize = 320;

/// The contacts of the alias with these addresses; those not known yet are made.
///
/// # Errors
/// When the database refuses.
pub async fn keep(
    tx: &mut Tx,
    scope: &SystemScope,
    alias: &Alias,
    mailboxes: &[Mailbox],
    sources: &Sources,
) -> Result<Vec<Contact>> {
    let now = sources.now();
    for mailbox in mailboxes {
        let mut name = mailbox.display_name.clone().unwrap_or_default();
        name.truncate(name.floor_char_boundary(NAME_OCTETS_MAX));
        let contact = Contact {
            id: sources.id(),
            organization_id: alias.organization_id,
            alias_id: alias.id,
            address: mailbox.address.clone(),
            display_name: name,
            token: sources.hex::<13>(),
            blocked: false,
            emails_received: 0,
            emails_sent: 0,
            last_used_at: now,
            created_at: now,
        };
        add(tx, alias, &contact).await?;
    }
    find_all(tx, scope, alias, mailboxes).await
}

/// The contacts of the alias with these addresses that are known.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_all(
    tx: &mut Tx,
    _scope: &SystemScope,
    alias: &Alias,
    mailboxes: &[Mailbox],
) -> Result<Vec<Contact>> {
    let mut found = Vec::with_capacity(mailboxes.len());
    for run in batch::runs(mailboxes) {
        let sql = [
            "SELECT * FROM alias_contacts WHERE alias_id = $1 AND address_key IN (",
            &batch::placeholders(2, run.len()),
            ")",
        ]
        .concat();
        let keys = run.iter().map(|mailbox| Value::from(mailbox.address.key()));
        let parameters: Vec<Value> = params![alias.id].into_iter().chain(keys).collect();
        let rows = tx.query(&sql, &parameters).await?;
        let rows: Result<Vec<Contact>> = rows.iter().map(from_row).collect();
        found.extend(rows?);
    }
    Ok(found)
}

/// A reverse address: the contact it stands for, and the alias that writes.
#[derive(Debug, Clone)]
pub struct Reverse {
    /// The contact.
    pub contact: Contact,
    /// The alias.
    pub alias: Alias,
    /// The plan of their organization.
    pub plan: String,
    /// Whether the domain of the alias takes part in mail now; the shared one always does.
    pub is_active: bool,
}

/// What these tokens at that host stand for, as far as they stand for anything.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_reverse(
    tx: &mut Tx,
    scope: &SystemScope,
    host: &HostName,
    tokens: &[String],
) -> Result<Vec<Reverse>> {
    let mut found = Vec::new();
    for run in batch::runs(tokens) {
        let sql = [
            "SELECT c.*, o.plan, COALESCE(d.active, TRUE) AS is_active FROM alias_contacts c \
             JOIN aliases a ON a.id = c.alias_id JOIN organizations o ON o.id = a.organization_id \
             LEFT JOIN domains d ON d.id = a.domain_id \
             WHERE COALESCE(d.name, a.shield_host) = $1 AND c.token IN (",
            &batch::placeholders(2, run.len()),
            ")",
        ]
        .concat();
        let tokens = run.iter().map(Value::from);
        let parameters: Vec<Value> = params![host].into_iter().chain(tokens).collect();
        for row in tx.query(&sql, &parameters).await? {
            found.extend(reverse(tx, scope, &row).await?);
        }
    }
    Ok(found)
}

async fn reverse(tx: &mut Tx, scope: &SystemScope, row: &Row) -> Result<Option<Reverse>> {
    let contact = from_row(row)?;
    let alias = alias::find_for_job(tx, scope, contact.alias_id).await?;
    let (plan, is_active) = (row.text("plan")?, row.bool("is_active")?);
    Ok(alias.map(|alias| Reverse {
        contact,
        alias,
        plan,
        is_active,
    }))
}

/// Those of the aliases that have blocked an author.
///
/// # Errors
/// When the database cannot answer.
pub async fn blocking(
    tx: &mut Tx,
    _scope: &SystemScope,
    aliases: &[AliasId],
    author: &str,
) -> Result<HashSet<AliasId>> {
    let mut blocking = HashSet::new();
    for run in batch::runs(aliases) {
        let sql = [
            "SELECT alias_id FROM alias_contacts WHERE blocked AND address_key = $1 AND alias_id IN (",
            &batch::placeholders(2, run.len()),
            ")",
        ]
        .concat();
        let ids = run.iter().map(Value::from);
        let parameters: Vec<Value> = params![author].into_iter().chain(ids).collect();
        for row in tx.query(&sql, &parameters).await? {
            blocking.insert(row.id("alias_id")?);
        }
    }
    Ok(blocking)
}

/// Counts a message of a contact that was sent on.
///
/// # Errors
/// When the database refuses.
pub async fn count_received(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: ContactId,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE alias_contacts SET emails_received = emails_received + 1, last_used_at = $2 WHERE id = $1";
    tx.execute(sql, &params![id, now]).await.map(drop)
}

/// Counts a message to a contact.
///
/// # Errors
/// When the database refuses.
pub async fn count_sent(
    tx: &mut Tx,
    _scope: &SystemScope,
    id: ContactId,
    now: Timestamp,
) -> Result<()> {
    let sql =
        "UPDATE alias_contacts SET emails_sent = emails_sent + 1, last_used_at = $2 WHERE id = $1";
    tx.execute(sql, &params![id, now]).await.map(drop)
}
