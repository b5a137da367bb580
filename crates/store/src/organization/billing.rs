//! What an organization is on, and who hears about it.

use postscale_access::Permission;
use postscale_model::{Address, Timestamp};

use crate::{Result, Tx, params};

/// What an organization is on, and who hears about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billing {
    /// Name of the plan in the configuration.
    pub plan: String,
    /// Who is written to when the plan changes; the owners without.
    pub contact: Option<Address>,
}

/// The billing of the permission's organization.
///
/// # Errors
/// When the database cannot answer.
pub async fn billing(tx: &mut Tx, permission: &Permission) -> Result<Billing> {
    let sql = "SELECT plan, billing_email FROM organizations WHERE id = $1";
    let row = tx
        .query_one(sql, &params![permission.organization()])
        .await?;
    Ok(Billing {
        plan: row.text("plan")?,
        contact: row.opt_id("billing_email")?,
    })
}

/// Keeps what was chosen.
///
/// # Errors
/// When the database refuses.
pub async fn update_billing(
    tx: &mut Tx,
    permission: &Permission,
    billing: &Billing,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE organizations SET plan = $2, billing_email = $3, updated_at = $4 WHERE id = $1",
        &params![
            permission.organization(),
            &billing.plan,
            billing.contact.as_ref(),
            now
        ],
    )
    .await
    .map(drop)
}
