//! What the log has of a user's own sign-in and keys: all of it that members see.

use postscale_access::{Actor, Permission};
use postscale_model::AuditEntry;

use super::from_row;
use crate::{Listed, Page, Result, Tx, conditions::Conditions};

/// What happened to the user's sign-in, whoever did it, and what they did with keys. Each by its index,
/// however long the log of the organization `$1` is.
const OWN: &str = "sequence IN (SELECT sequence FROM audit_entries WHERE organization_id = $1 AND target_id = ? \
                   AND target_kind = 'user' AND (action LIKE 'auth.%' OR action LIKE 'session.%') \
                   UNION ALL SELECT sequence FROM audit_entries WHERE organization_id = $1 AND actor_id = ? \
                   AND actor_kind = 'user' AND action LIKE 'key.%')";

/// A page of what the log of the permission's organization has of the caller's own sign-in and keys,
/// newest first. Without an actor there is none.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_own(
    tx: &mut Tx,
    permission: &Permission,
    page: Page,
) -> Result<Listed<AuditEntry>> {
    let user = permission.actor().map(Actor::user);
    let user = user.map_or_else(String::new, |user| user.to_string());
    let mut conditions = Conditions::equal("organization_id", permission.organization());
    conditions.and_given(OWN, Some(user));
    let listing = ("*", "audit_entries", "sequence DESC");
    conditions.list(tx, listing, page, from_row).await
}
