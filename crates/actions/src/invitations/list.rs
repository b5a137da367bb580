//! The organization's invitations.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::InvitationState;
use postscale_store::invitation::{self, ListedInvitation};

use crate::{App, Listed, Page, Result};

/// Whether the caller may see invitations: an early answer, before a form is filled in.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn check_list(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.store.read().await?;
    Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_LIST)?;
    Ok(())
}

/// The organization's invitations, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(Option<InvitationState>, Page)>,
) -> Result<(Page, Listed<ListedInvitation>)> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_LIST)?;
    let (status, page) = input.after(&permission)?;
    let now = caller.received_at();
    let listed = invitation::list(&mut tx, &permission, status, page, now).await?;
    Ok((page, listed))
}
