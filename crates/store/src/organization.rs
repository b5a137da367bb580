//! Table `organizations`, and the one row of `instance_setup`.

use postscale_access::Permission;
use postscale_model::{Organization, OrganizationId, Timestamp};

use crate::{Result, Row, Tx, params};

/// The unique key a second set-up of the instance runs into.
pub const INSTANCE_SETUP_KEY: &str = "instance_setup_pkey";

fn from_row(row: &Row) -> Result<Organization> {
    Ok(Organization {
        id: row.id("id")?,
        name: row.text("name")?,
        plan: row.text("plan")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// Inserts an organization.
///
/// # Errors
/// When the database refuses.
pub async fn insert(tx: &mut Tx, organization: &Organization) -> Result<()> {
    tx.execute(
        "INSERT INTO organizations (id, name, plan, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)",
        &params![organization.id, &organization.name, &organization.plan, organization.created_at],
    )
    .await
    .map(drop)
}

/// Marks the instance as set up.
///
/// # Errors
/// A conflict on [`INSTANCE_SETUP_KEY`] when it already is.
pub async fn complete_setup(
    tx: &mut Tx,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO instance_setup (singleton, organization_id, completed_at) VALUES (1, $1, $2)",
        &params![organization, now],
    )
    .await
    .map(drop)
}

/// Whether the instance is set up.
///
/// # Errors
/// When the database cannot answer.
pub async fn is_set_up(tx: &mut Tx) -> Result<bool> {
    Ok(tx
        .query_opt("SELECT singleton FROM instance_setup", &[])
        .await?
        .is_some())
}

/// The organization the permission is for, and nobody else changes it or locks it before this
/// transaction ends.
///
/// # Errors
/// When the database cannot answer, or the organization is gone.
pub async fn lock(tx: &mut Tx, permission: &Permission) -> Result<Organization> {
    let row = tx
        .query_opt(
            "UPDATE organizations SET plan = plan WHERE id = $1 RETURNING id, name, plan, created_at",
            &params![permission.organization()],
        )
        .await?;
    from_row(&row.ok_or_else(|| crate::Error::Corrupt("an actor without organization".into()))?)
}

/// Takes the organization's turn to change its memberships, until the transaction ends. To be taken
/// before the actor and the target are read: what was read before it may have changed.
///
/// # Errors
/// When the database cannot answer.
pub async fn take_turn(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    let sql = [
        "SELECT id FROM organizations WHERE id = $1 ",
        tx.engine().lock_suffix(),
    ]
    .concat();
    tx.query(&sql, &params![organization]).await.map(drop)
}

/// The organization the permission is for.
///
/// # Errors
/// When the database cannot answer, or the organization is gone.
pub async fn get(tx: &mut Tx, permission: &Permission) -> Result<Organization> {
    let row = tx
        .query_opt(
            "SELECT id, name, plan, created_at FROM organizations WHERE id = $1",
            &params![permission.organization()],
        )
        .await?;
    from_row(&row.ok_or_else(|| crate::Error::Corrupt("an actor without organization".into()))?)
}
