//! A person signs out.

use postscale_access::{Caller, Credential, Gate, action};
use postscale_store::session;

use crate::{App, Result};

/// Ends the caller's own session. Without one there is nothing to do.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn logout(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.store.write().await?;
    Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_LOGIN)?;
    if let Some(Credential::Session(token)) = caller.credential() {
        session::delete_by_token(&mut tx, token).await?;
    }
    Ok(tx.commit().await?)
}
