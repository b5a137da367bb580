//! A session gets another token once its person may do more than before.

use postscale_access::{Caller, Credential};
use postscale_store::session;

use crate::{App, Result, SessionToken};

/// The session's new token, if its person was promoted since it got the one that was presented.
/// That one is worth nothing any more.
///
/// # Errors
/// When the database refuses.
pub async fn renew_promoted(app: &App, caller: &Caller) -> Result<Option<SessionToken>> {
    let Some(Credential::Session(presented)) = caller.credential() else {
        return Ok(None);
    };
    let token = SessionToken::new(&app.sources);
    let mut tx = app.store.write().await?;
    let renewed = session::renew_due(&mut tx, presented, &token.hash()).await?;
    tx.commit().await?;
    Ok(renewed.then_some(token))
}
