//! Whether a caller is anybody, before anything large is taken from them.

use postscale_access::{Caller, Gate};

use crate::{App, Result};

/// Refuses a caller whose credential is no good. What one that is good may do is not asked here: the
/// use case decides that.
///
/// # Errors
/// [`crate::Error::Denied`] without a good credential.
pub async fn verified(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.store.read().await?;
    Gate::open(&mut tx, caller).await?.reach()?;
    Ok(())
}
