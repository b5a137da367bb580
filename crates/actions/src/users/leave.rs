//! Somebody leaves the team by themselves.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, UserStatus};
use postscale_store::user::Managed;

use super::{
    Offboarding, Receipt,
    offboard::{off_board, would_end},
};
use crate::{App, Result, turn};

/// Ends the caller's own membership. The person's login and other organizations stay.
///
/// # Errors
/// [`Rule::LastOwner`](crate::Rule::LastOwner).
pub async fn leave(app: &App, caller: &Caller, nothing: Late<()>) -> Result<Receipt> {
    let mut tx = app.store.write().await?;
    let permission = turn::open(&mut tx, caller)
        .await?
        .permit(action::SELF_LEAVE)?;
    nothing.after(&permission)?;
    let user = Managed::myself(&mut tx, &permission).await?;
    let end = (UserStatus::Deactivated, AuditAction::UserLeft);
    let receipt = off_board(&mut tx, app, user, end, caller.received_at()).await?;
    tx.commit().await?;
    Ok(receipt)
}

/// What leaving would end.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn preview_leaving(app: &App, caller: &Caller) -> Result<Offboarding> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_LEAVE)?;
    let user = Managed::myself(&mut tx, &permission).await?;
    would_end(&mut tx, &user, caller.received_at()).await
}
