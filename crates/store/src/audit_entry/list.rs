//! Reading the log: listed newest first, exported oldest first, and asked whether a thing is in it.

use postscale_access::{Actor, Means, Permission};
use postscale_model::{
    AuditAction, AuditActions, AuditEntry, AuditTarget, OrganizationId, Timestamp,
};

use super::from_row;
use crate::{Listed, Page, Result, Tx, conditions::Conditions, params};

const TABLE: &str = "audit_entries";

/// Which entries. Everything that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The actor's id, or a part of how people know it.
    pub actor: Option<String>,
    /// What happened.
    pub actions: Option<AuditActions>,
    /// The target's id or kind, or a part of how people know it.
    pub target: Option<String>,
    /// Then or later.
    pub from: Option<Timestamp>,
    /// Then or earlier.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    fn conditions(&self, permission: &Permission) -> Conditions {
        let mut conditions = Conditions::equal("organization_id", permission.organization());
        conditions.and_exactly_or_contains(&["actor_id"], "actor_label", self.actor.as_deref());
        match self.actions {
            Some(AuditActions::One(action)) => conditions.and_given("action = ?", Some(action)),
            Some(AuditActions::Area(area)) => {
                conditions.and_given("action LIKE ? || '.%'", Some(area));
            }
            None => {}
        }
        let exact = ["target_id", "target_kind"];
        conditions.and_exactly_or_contains(&exact, "target_label", self.target.as_deref());
        conditions.and_given("at >= ?", self.from);
        conditions.and_given("at <= ?", self.to);
        conditions
    }
}

/// A page of the organization's log, newest first; with `before`, only entries before that
/// position. The total is that of the filter.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    permission: &Permission,
    filter: &AuditFilter,
    (before, page): (Option<i64>, Page),
) -> Result<Listed<AuditEntry>> {
    let total = filter.conditions(permission).count(tx, TABLE).await?;
    let mut conditions = filter.conditions(permission);
    conditions.and_given("sequence < ?", before);
    let rows = conditions
        .rows(tx, ("*", TABLE, "sequence DESC"), page)
        .await?;
    Ok(Listed {
        rows: rows.iter().map(from_row).collect::<Result<_>>()?,
        total,
    })
}

/// The next entries after a position and up to another, oldest first: for writing out the whole log.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_between(
    tx: &mut Tx,
    permission: &Permission,
    filter: &AuditFilter,
    (after, last): (i64, i64),
    limit: u32,
) -> Result<Vec<AuditEntry>> {
    let mut conditions = filter.conditions(permission);
    conditions.and_given("sequence > ?", Some(after));
    conditions.and_given("sequence <= ?", Some(last));
    let page = Page { limit, offset: 0 };
    let rows = conditions.rows(tx, ("*", TABLE, "sequence"), page).await?;
    rows.iter().map(from_row).collect()
}

/// The position of the log's last entry; 0 when there is none.
///
/// # Errors
/// When the database cannot answer.
pub async fn last_position(tx: &mut Tx, permission: &Permission) -> Result<i64> {
    let sql = "SELECT sequence FROM audit_heads WHERE organization_id = $1";
    let row = tx
        .query_opt(sql, &params![permission.organization()])
        .await?;
    row.map_or(Ok(0), |row| row.int("sequence"))
}

/// Whether the log has this action on the target at all.
pub(crate) async fn has_any(
    tx: &mut Tx,
    organization: OrganizationId,
    (action, target): (AuditAction, &AuditTarget),
) -> Result<bool> {
    let sql = "SELECT id FROM audit_entries WHERE organization_id = $1 AND target_id = $2 AND target_kind = $3 \
               AND action = $4 LIMIT 1";
    let asked = params![organization, &target.id, target.kind, action];
    Ok(tx.query_opt(sql, &asked).await?.is_some())
}

/// Whether the log has it since `since` that the actor did this to the target.
///
/// # Errors
/// When the database cannot answer.
pub async fn has_since(
    tx: &mut Tx,
    actor: &Actor,
    (action, target): (AuditAction, &AuditTarget),
    since: Timestamp,
) -> Result<bool> {
    let id = match actor.means() {
        Means::Session { .. } => actor.user().to_string(),
        Means::Key { key, .. } => key.to_string(),
    };
    let sql = "SELECT id FROM audit_entries WHERE organization_id = $1 AND target_id = $2 AND target_kind = $3 \
               AND action = $4 AND actor_id = $5 AND at > $6 LIMIT 1";
    let asked = params![
        actor.organization(),
        &target.id,
        target.kind,
        action,
        id,
        since
    ];
    Ok(tx.query_opt(sql, &asked).await?.is_some())
}
