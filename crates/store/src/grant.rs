//! Table `grants`: members' rights on domains.

use postscale_access::{Permission, Scope};
use postscale_model::{Grant, Level, Timestamp, UserId};

use crate::{Result, Tx, params};

/// A domain and the level the caller has on it.
#[derive(Debug, Clone)]
pub struct DomainAccess {
    /// The domain.
    pub domain_id: postscale_model::DomainId,
    /// Its name.
    pub domain: String,
    /// The caller's level.
    pub level: Level,
    /// End of an expiring grant.
    pub expires_at: Option<Timestamp>,
}

/// Inserts a grant. The caller must have proven the right to give it.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    _permission: &Permission,
    grant: &Grant,
    granted_by: Option<UserId>,
) -> Result<()> {
    tx.execute(
        "INSERT INTO grants (user_id, domain_id, level, granted_by, note, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, '', $5, $6)",
        &params![
            grant.user_id,
            grant.domain_id,
            grant.level,
            granted_by,
            grant.expires_at,
            grant.created_at
        ],
    )
    .await
    .map(drop)
}

/// The domains in scope with the level of `user` there: write for everybody whose scope is not a
/// member's.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_access(tx: &mut Tx, scope: &Scope, now: Timestamp) -> Result<Vec<DomainAccess>> {
    const CLAUSES: crate::visible::Clauses = crate::visible::clauses!("d.id", "d.organization_id");
    let sql = [
        "SELECT d.id, d.name, m.level, m.expires_at FROM domains d \
         LEFT JOIN grants m ON m.domain_id = d.id AND m.user_id = $5 WHERE ",
        crate::visible::clause(scope, &CLAUSES),
        " ORDER BY d.name, d.id LIMIT 10000",
    ]
    .concat();
    let mut parameters = crate::visible::parameters(scope, now);
    parameters.extend(params![
        scope.member().map_or_else(String::new, |id| id.to_string())
    ]);
    let rows = tx.query(&sql, &parameters).await?;
    rows.iter()
        .map(|row| {
            let level = match scope.member() {
                None => Level::Write,
                Some(_) => row.word("level")?,
            };
            Ok(DomainAccess {
                domain_id: row.id("id")?,
                domain: row.text("name")?,
                level,
                expires_at: row.opt_timestamp("expires_at")?,
            })
        })
        .collect()
}
