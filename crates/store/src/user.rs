//! Table `users`: memberships of persons in organizations.

use postscale_access::Permission;
use postscale_model::{User, UserId};

use crate::{Error, Result, Row, Tx, params};

fn from_row(row: &Row) -> Result<User> {
    Ok(User {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        person_id: row.id("person_id")?,
        email: row.id("email")?,
        name: row.text("name")?,
        role: row.word("role")?,
        status: row.word("status")?,
        last_active_at: row.opt_timestamp("last_active_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Inserts a membership.
///
/// # Errors
/// When the database refuses; a person can be an undeleted user of an organization only once.
pub async fn insert(tx: &mut Tx, user: &User) -> Result<()> {
    tx.execute(
        "INSERT INTO users (id, organization_id, person_id, role, status, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        &params![
            user.id,
            user.organization_id,
            user.person_id,
            user.role,
            user.status,
            user.created_at
        ],
    )
    .await
    .map(drop)
}

/// A user that is not deleted. Unchecked: only the gate asks.
pub(crate) async fn find(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    let row = tx
        .query_opt(
            "SELECT u.*, p.email, p.name FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.id = $1 AND u.status <> 'deleted'",
            &params![id],
        )
        .await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The user the permission's actor is, or whose key it uses.
///
/// # Errors
/// When the database cannot answer.
pub async fn get_self(tx: &mut Tx, permission: &Permission) -> Result<User> {
    let actor = permission
        .actor()
        .ok_or_else(|| Error::Corrupt("a public action has no user".into()))?;
    find(tx, actor.user())
        .await?
        .ok_or_else(|| Error::Corrupt("an actor without user".into()))
}

/// The name of a user of the permission's organization, for showing who made something.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_name(tx: &mut Tx, permission: &Permission, id: UserId) -> Result<Option<String>> {
    let row = tx
        .query_opt(
            "SELECT p.name FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.organization_id = $1 AND u.id = $2",
            &params![permission.organization(), id],
        )
        .await?;
    row.map(|row| row.text("name")).transpose()
}
