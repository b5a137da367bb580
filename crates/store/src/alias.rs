//! Table `aliases`: receiving addresses of a domain, and those of the instance's shared domain.

mod resolving;
mod shield;

use std::collections::BTreeMap;

use postscale_access::{Granted, Scope, SystemScope, Writable};
use postscale_model::{
    Address, Alias, AliasAction, AliasId, Domain, DomainId, Timestamp, WebhookId,
};

pub use self::{
    resolving::{Resolved, ResolvedShield, resolve, resolve_for, resolve_shield},
    shield::{insert_shield, list_shield},
};
use crate::{
    Listed, Page, Result, Row, Tx, Value, conditions::Conditions, email::json, params, visible,
};

/// The unique key of local parts inside a domain.
pub const LOCAL_PART_KEY: &str = "aliases_domain_id_local_part_key";

/// Aliases with the names of their domains.
const WITH_DOMAIN: &str = "SELECT a.*, COALESCE(d.name, a.shield_host) AS domain \
                           FROM aliases a LEFT JOIN domains d ON d.id = a.domain_id WHERE ";

const CLAUSES: visible::Clauses = visible::clauses!("a.domain_id", "a.organization_id");

fn from_row(row: &Row) -> Result<Alias> {
    Ok(Alias {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.opt_id("domain_id")?.unwrap_or(DomainId::SHIELD),
        domain: row.text("domain")?,
        local_part: row.text("local_part")?,
        action: row.word("action")?,
        forward_to: row.json("forward_to")?,
        webhook_id: row.opt_id("webhook_id")?,
        is_masked: row.bool("is_masked")?,
        description: row.text("description")?,
        emails_received: row.int("emails_received")?,
        active: row.bool("active")?,
        expires_at: row.opt_timestamp("expires_at")?,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}

/// Makes an alias of the domain. Its local part is kept in lower case.
///
/// # Errors
/// A conflict on [`LOCAL_PART_KEY`] when the domain has it already.
pub async fn insert(tx: &mut Tx, domain: &Writable<Domain>, alias: &Alias) -> Result<()> {
    tx.execute(
        "INSERT INTO aliases (id, organization_id, domain_id, local_part, action, forward_to, webhook_id, is_masked, \
         description, emails_received, active, expires_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, $12)",
        &params![
            alias.id,
            domain.organization_id,
            domain.id,
            alias.local_part.to_lowercase(),
            alias.action,
            json(&alias.forward_to)?,
            alias.webhook_id,
            alias.is_masked,
            &alias.description,
            alias.active,
            alias.expires_at,
            alias.created_at,
        ],
    )
    .await
    .map(drop)
}

/// An alias by id. Unchecked: only the gate asks.
pub(crate) async fn find(tx: &mut Tx, id: AliasId) -> Result<Option<Alias>> {
    let sql = [WITH_DOMAIN, "a.id = $1"].concat();
    let row = tx.query_opt(&sql, &params![id]).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// An alias by id, for a message it received.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_for_job(tx: &mut Tx, _scope: &SystemScope, id: AliasId) -> Result<Option<Alias>> {
    find(tx, id).await
}

/// Which aliases of those in scope.
#[derive(Debug, Default, Clone)]
pub struct AliasFilter {
    /// Of this domain.
    pub domain_id: Option<DomainId>,
    /// In the address or its note, in any case.
    pub query: Option<String>,
    /// Paused or not.
    pub active: Option<bool>,
    /// Masked or not.
    pub is_masked: Option<bool>,
}

/// The aliases in scope, newest first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    filter: &AliasFilter,
    page: Page,
    now: Timestamp,
) -> Result<Listed<Alias>> {
    let select = ("a.*, d.name AS domain", FROM, NEWEST_FIRST);
    let conditions = fitting(scope, filter, now);
    conditions.list(tx, select, page, from_row).await
}

/// The aliases in scope after one of them, in the order of their ids, for writing out all of them in
/// pieces.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_after(
    tx: &mut Tx,
    scope: &Scope,
    filter: &AliasFilter,
    (after, limit): (Option<AliasId>, u32),
    now: Timestamp,
) -> Result<Vec<Alias>> {
    let mut conditions = fitting(scope, filter, now);
    conditions.and_given("a.id > ?", after.map(Value::from));
    let select = ("a.*, d.name AS domain", FROM, "a.id");
    let page = Page { limit, offset: 0 };
    let rows = conditions.rows(tx, select, page).await?;
    rows.iter().map(from_row).collect()
}

/// Only aliases of domains: those of the shared domain are listed apart.
const FROM: &str = "aliases a JOIN domains d ON d.id = a.domain_id";
const NEWEST_FIRST: &str = "a.created_at DESC, a.id DESC";

fn fitting(scope: &Scope, filter: &AliasFilter, now: Timestamp) -> Conditions {
    let mut conditions = Conditions::visible(scope, &CLAUSES, now);
    conditions.and_given("a.domain_id = ?", filter.domain_id);
    conditions.and_contains(
        &["(a.local_part || '@' || d.name)", "a.description"],
        filter.query.as_deref(),
    );
    conditions.and_given("a.active = ?", filter.active);
    conditions.and_given("a.is_masked = ?", filter.is_masked);
    conditions
}

/// What may change of an alias; `None` leaves as it is.
#[derive(Debug, Default, Clone)]
pub struct AliasChange {
    /// A new local part.
    pub local_part: Option<String>,
    /// What happens to its mail.
    pub action: Option<AliasAction>,
    /// Targets of `forward`.
    pub forward_to: Option<Vec<Address>>,
    /// The one webhook, or none.
    pub webhook_id: Option<Option<WebhookId>>,
    /// Masked or not.
    pub is_masked: Option<bool>,
    /// Note.
    pub description: Option<String>,
    /// Pause or resume.
    pub active: Option<bool>,
    /// Its end, or none.
    pub expires_at: Option<Option<Timestamp>>,
}

/// Changes an alias and returns it as it is now.
///
/// # Errors
/// As [`insert`].
pub async fn update(
    tx: &mut Tx,
    alias: &Writable<Alias>,
    change: AliasChange,
    now: Timestamp,
) -> Result<Alias> {
    let mut changed = Alias::clone(alias);
    changed.local_part = change
        .local_part
        .map_or(changed.local_part, |text| text.to_lowercase());
    changed.action = change.action.unwrap_or(changed.action);
    changed.forward_to = change.forward_to.unwrap_or(changed.forward_to);
    changed.webhook_id = change.webhook_id.unwrap_or(changed.webhook_id);
    changed.is_masked = change.is_masked.unwrap_or(changed.is_masked);
    changed.description = change.description.unwrap_or(changed.description);
    changed.active = change.active.unwrap_or(changed.active);
    changed.expires_at = change.expires_at.unwrap_or(changed.expires_at);
    changed.updated_at = now;
    tx.execute(
        "UPDATE aliases SET local_part = $2, action = $3, forward_to = $4, webhook_id = $5, is_masked = $6, \
         description = $7, active = $8, expires_at = $9, updated_at = $10 WHERE id = $1",
        &params![
            changed.id,
            &changed.local_part,
            changed.action,
            json(&changed.forward_to)?,
            changed.webhook_id,
            changed.is_masked,
            &changed.description,
            changed.active,
            changed.expires_at,
            changed.updated_at,
        ],
    )
    .await?;
    Ok(changed)
}

/// Deletes an alias. Mail it received stays.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, alias: &Writable<Alias>) -> Result<()> {
    tx.execute("DELETE FROM aliases WHERE id = $1", &params![alias.id])
        .await
        .map(drop)
}

/// Counts messages that aliases took: how many, by alias. In the order of their ids, so that two of
/// those who count never wait for each other.
///
/// # Errors
/// When the database refuses.
pub async fn count_received(
    tx: &mut Tx,
    _scope: &SystemScope,
    received: &BTreeMap<AliasId, i64>,
) -> Result<()> {
    let sql = "UPDATE aliases SET emails_received = emails_received + $2 WHERE id = $1";
    for (alias, count) in received {
        tx.execute(sql, &params![*alias, *count]).await?;
    }
    Ok(())
}

/// How many aliases of a domain take mail now.
///
/// # Errors
/// When the database cannot answer.
pub async fn count_live<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    now: Timestamp,
) -> Result<u64> {
    let sql = "SELECT COUNT(*) AS n FROM aliases WHERE domain_id = $1 AND active \
               AND (expires_at IS NULL OR expires_at > $2)";
    tx.query_one(sql, &params![domain.id, now])
        .await?
        .count("n")
}
