//! A person goes on in another of their organizations.

use postscale_access::{Caller, Gate, Late, Means, action};
use postscale_model::OrganizationId;
use postscale_store::person::{self, Membership};
use postscale_store::session;

use crate::{App, Result, Rule};

/// Makes another organization the session's current one.
///
/// # Errors
/// [`Rule::NoSuchObject`] when the person is no active user there, whether it exists or not.
pub async fn switch(app: &App, caller: &Caller, to: Late<OrganizationId>) -> Result<Membership> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_UPDATE)?;
    let to = to.after(&permission)?;
    let Some(Means::Session { session, person }) =
        permission.actor().map(|actor| actor.means().clone())
    else {
        return Err(Rule::NoSuchObject.into());
    };
    let memberships = person::memberships(&mut tx, person).await?;
    let chosen = memberships
        .into_iter()
        .find(|m| m.organization.id == to)
        .ok_or(Rule::NoSuchObject)?;
    session::switch(&mut tx, session, chosen.user_id, app.sources.now()).await?;
    tx.commit().await?;
    Ok(chosen)
}
