//! The webhooks a caller may see.

use postscale_access::{Caller, Gate, action};
use postscale_model::Webhook;
use postscale_store::webhook;

use crate::{App, Result};

/// The webhooks whose every domain the caller may read, oldest first, complete.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Webhook>> {
    let mut tx = app.store.read().await?;
    let scope = Gate::open(&mut tx, caller)
        .await?
        .scope(action::WEBHOOK_LIST_ALL)?;
    Ok(webhook::list(&mut tx, &scope, caller.received_at()).await?)
}
