//! A person signs out.

use postscale_access::{Caller, Credential, Gate, Late, Means, action};
use postscale_model::AuditAction;
use postscale_store::{person, session};

use super::account::{By, Event, tell};
use crate::{App, Result};

/// Ends the caller's own session. Without one there is nothing to do.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn logout(app: &App, caller: &Caller, nothing: Late<()>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::AUTH_LOGIN)?;
    nothing.after(&permission)?;
    let means = gate.actor().map(|actor| actor.means().clone());
    if let Some(Credential::Session(token)) = caller.credential() {
        session::delete_by_token(&mut tx, token).await?;
    }
    if let Some(Means::Session { session, person }) = means
        && let Some(login) = person::find_login_of(&mut tx, person).await?
    {
        let by = By::Themselves(Some(session));
        let event = Event::done(AuditAction::AuthLogout);
        tell(app, &mut tx, &login.person, by, event).await?;
    }
    Ok(tx.commit().await?)
}
