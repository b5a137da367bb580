//! What the caller's organization is.

use postscale_access::{Caller, Gate, action};
use postscale_model::{Organization, Plan, Role};
use postscale_store::organization;

use crate::{App, Error, Result};

/// An organization as everybody in it sees it.
#[derive(Debug)]
pub struct Profile {
    /// The organization.
    pub organization: Organization,
    /// What its plan includes.
    pub plan: Plan,
    /// The caller's role in it; of a key, its maker's.
    pub role: Role,
}

/// The caller's organization.
///
/// # Errors
/// [`Error::Denied`] without a good credential.
pub async fn get(app: &App, caller: &Caller) -> Result<Profile> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::ORG_READ)?;
    let organization = organization::get(&mut tx, &permission).await?;
    let actor = permission
        .actor()
        .ok_or_else(|| Error::Broken("permitted without actor".into()))?;
    Ok(Profile {
        plan: app.plans.get(&organization.plan),
        role: actor.role(),
        organization,
    })
}
