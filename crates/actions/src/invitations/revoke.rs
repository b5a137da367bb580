//! An invitation is taken back.

use postscale_access::{Caller, Gate, action};
use postscale_model::{AuditAction, InvitationId};
use postscale_store::{audit_entry, invitation, organization};

use super::event;
use crate::{App, Result, Rule};

/// Takes a pending invitation back, for good.
///
/// # Errors
/// [`Rule::NoSuchObject`]; [`Rule::InvitationOver`] when it is no longer pending.
pub async fn revoke(app: &App, caller: &Caller, id: Option<InvitationId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_REVOKE)?;
    organization::lock(&mut tx, &permission).await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_REVOKE)?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    if invitation::find(&mut tx, &permission, id).await?.is_none() {
        return Err(Rule::NoSuchObject.into());
    }
    let revoked = invitation::revoke(&mut tx, &permission, id, app.sources.now())
        .await?
        .ok_or(Rule::InvitationOver)?;
    let taken_back = event(AuditAction::InvitationRevoked, &revoked);
    audit_entry::append(&mut tx, &app.sources, revoked.organization_id, taken_back).await?;
    Ok(tx.commit().await?)
}
