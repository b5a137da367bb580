//! What people choose of an organization.

use postscale_access::Permission;
use postscale_model::Timestamp;

use crate::{Result, Tx, params};

/// What people choose of an organization, and what that means for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSettings {
    /// Its name.
    pub name: String,
    /// Whether its people must have a second factor.
    pub require_second_factor: bool,
    /// How many of its active people have none.
    pub without_second_factor: u64,
}

/// The settings of the permission's organization.
///
/// # Errors
/// When the database cannot answer.
pub async fn settings(tx: &mut Tx, permission: &Permission) -> Result<OrganizationSettings> {
    let row = tx
        .query_one(
            "SELECT o.name, o.require_second_factor, (SELECT COUNT(*) FROM users u JOIN persons p ON p.id = u.person_id \
             WHERE u.organization_id = o.id AND u.status = 'active' AND p.totp_enabled_at IS NULL) AS without \
             FROM organizations o WHERE o.id = $1",
            &params![permission.organization()],
        )
        .await?;
    Ok(OrganizationSettings {
        name: row.text("name")?,
        require_second_factor: row.bool("require_second_factor")?,
        without_second_factor: row.count("without")?,
    })
}

/// Keeps what was chosen.
///
/// # Errors
/// When the database refuses.
pub async fn update_settings(
    tx: &mut Tx,
    permission: &Permission,
    settings: &OrganizationSettings,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE organizations SET name = $2, require_second_factor = $3, updated_at = $4 WHERE id = $1",
        &params![
            permission.organization(),
            &settings.name,
            settings.require_second_factor,
            now
        ],
    )
    .await
    .map(drop)
}
