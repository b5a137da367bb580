//! Aliases of the instance's shared domain: an organization's, and none of its domains'.

use postscale_access::Permission;
use postscale_model::Alias;

use super::{AliasFilter, NEWEST_FIRST, from_row};
use crate::{Listed, Page, Result, Tx, conditions::Conditions, email::json, params};

/// Makes an alias of the shared domain, whose host is the alias's `domain`.
///
/// # Errors
/// A conflict when somebody has its local part.
pub async fn insert_shield(tx: &mut Tx, permission: &Permission, alias: &Alias) -> Result<()> {
    tx.execute(
        "INSERT INTO aliases (id, organization_id, shield_host, local_part, action, forward_to, is_masked, \
         description, emails_received, active, expires_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $11)",
        &params![
            alias.id,
            permission.organization(),
            &alias.domain,
            &alias.local_part,
            alias.action,
            json(&alias.forward_to)?,
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

/// The organization's aliases of the shared domain, newest first. They are of no domain and all
/// masked: those filters mean nothing here.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_shield(
    tx: &mut Tx,
    permission: &Permission,
    filter: &AliasFilter,
    page: Page,
) -> Result<Listed<Alias>> {
    let mut conditions = Conditions::equal("a.organization_id", permission.organization());
    conditions.and("a.shield_host IS NOT NULL");
    conditions.and_contains(
        &["(a.local_part || '@' || a.shield_host)", "a.description"],
        filter.query.as_deref(),
    );
    conditions.and_given("a.active = ?", filter.active);
    let select = ("a.*, a.shield_host AS domain", "aliases a", NEWEST_FIRST);
    conditions.list(tx, select, page, from_row).await
}
