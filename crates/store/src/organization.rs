//! Table `organizations`, and the one row of `instance_setup`.
//!
//! A deleted organization stays as a tombstone, for its log and so that its id is never another's.
//! Nobody can act in it: its users are gone.

mod billing;
mod deletion;
mod settings;

use postscale_access::Permission;
use postscale_model::{Organization, OrganizationId, Timestamp};

pub use self::{
    billing::{Billing, billing, update_billing},
    deletion::{Deleted, delete},
    settings::{OrganizationSettings, settings, update_settings},
};
use crate::{Error, Result, Row, Tx, params};

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

/// Whether an organization's founder has yet to choose a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onboarding {
    /// Nothing was chosen yet.
    Due,
    /// A plan was chosen, or there was nothing to choose.
    Done,
}

/// Inserts an organization.
///
/// # Errors
/// When the database refuses.
pub async fn insert(
    tx: &mut Tx,
    organization: &Organization,
    onboarding: Onboarding,
) -> Result<()> {
    let onboarded_at = match onboarding {
        Onboarding::Due => None,
        Onboarding::Done => Some(organization.created_at),
    };
    tx.execute(
        "INSERT INTO organizations (id, name, plan, onboarded_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5)",
        &params![
            organization.id,
            &organization.name,
            &organization.plan,
            onboarded_at,
            organization.created_at
        ],
    )
    .await
    .map(drop)
}

/// Whether a plan has to be chosen yet, and by the permission's actor: an owner who founded the
/// organization. Whoever was invited is never asked, whatever they became.
///
/// # Errors
/// When the database cannot answer.
pub async fn onboarding(tx: &mut Tx, permission: &Permission) -> Result<Onboarding> {
    let founder = permission.actor().map(|actor| actor.user());
    let row = tx
        .query_opt(
            "SELECT o.id FROM organizations o JOIN users u ON u.organization_id = o.id \
             WHERE o.id = $1 AND o.onboarded_at IS NULL AND u.id = $2 AND u.role = 'owner' \
             AND NOT EXISTS (SELECT 1 FROM invitations i WHERE i.organization_id = o.id AND i.user_id = u.id)",
            &params![permission.organization(), founder],
        )
        .await?;
    Ok(match row {
        Some(_) => Onboarding::Due,
        None => Onboarding::Done,
    })
}

/// Writes down that a plan was chosen.
///
/// # Errors
/// When the database refuses.
pub async fn finish_onboarding(tx: &mut Tx, permission: &Permission, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE organizations SET onboarded_at = $2, updated_at = $2 WHERE id = $1 AND onboarded_at IS NULL",
        &params![permission.organization(), now],
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
/// When the database cannot answer; [`Error::Busy`] when the organization was deleted meanwhile: the
/// next try finds nobody signed in.
pub async fn lock(tx: &mut Tx, permission: &Permission) -> Result<Organization> {
    let row = tx
        .query_opt(
            "UPDATE organizations SET plan = plan WHERE id = $1 AND deleted_at IS NULL \
             RETURNING id, name, plan, created_at",
            &params![permission.organization()],
        )
        .await?;
    from_row(&row.ok_or(Error::Busy)?)
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
