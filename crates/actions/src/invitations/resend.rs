//! An invitation is mailed again, with a new link.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, InvitationId, InvitationState};
use postscale_store::{
    audit_entry,
    invitation::{self, ListedInvitation},
    organization, user,
};

use super::{
    LIFETIME,
    create::{check_rates, check_standing},
    event, mail, promise_expiry,
};
use crate::{App, Result, Rule, hash_token};

/// Mails a pending invitation again and starts its seven days anew. The link before it is good for
/// nothing any more, and what somebody gave on accepting it is forgotten.
///
/// # Errors
/// [`Rule::NoSuchObject`]; [`Rule::InvitationOver`] when it is no longer pending;
/// [`Rule::TooManyInvitations`].
pub async fn resend(
    app: &App,
    caller: &Caller,
    id: Option<InvitationId>,
    nothing: Late<()>,
) -> Result<ListedInvitation> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_RESEND)?;
    let organization = organization::lock(&mut tx, &permission).await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_RESEND)?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    let mut found = invitation::find(&mut tx, &permission, id)
        .await?
        .ok_or(Rule::NoSuchObject)?;
    nothing.after(&permission)?;
    let now = app.sources.now();
    if found.invitation.state_at(now) != InvitationState::Pending {
        return Err(Rule::InvitationOver.into());
    }
    check_standing(&mut tx, &found.invitation).await?;
    check_rates(app, &mut tx, &permission, &found.invitation.email).await?;
    let token = app.sources.hex::<32>();
    let link = (&hash_token(&token), now.plus(LIFETIME));
    let left_behind = app.sources.id();
    let renewed = invitation::replace_token(&mut tx, &permission, id, link, left_behind, now)
        .await?
        .ok_or(Rule::InvitationOver)?;
    promise_expiry(app, &mut tx, &renewed).await?;
    let sender = user::get_self(&mut tx, &permission).await?;
    mail::invite(app, &organization, &sender, &renewed, &token)
        .send(app, &mut tx, &renewed.email)
        .await?;
    let resent = event(AuditAction::InvitationResent, &renewed).change(
        serde_json::json!({ "expires_at": found.invitation.expires_at }),
        serde_json::json!({ "expires_at": renewed.expires_at }),
    );
    audit_entry::append(&mut tx, &app.sources, renewed.organization_id, resent).await?;
    tx.commit().await?;
    found.invitation = renewed;
    Ok(found)
}
