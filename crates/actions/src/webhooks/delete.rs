//! A webhook is deleted.

use postscale_access::{Caller, Gate, action};
use postscale_model::WebhookId;
use postscale_store::webhook;

use crate::{App, Result};

/// Deletes a webhook and what it is still owed.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn delete(app: &App, caller: &Caller, id: Option<WebhookId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let webhook = Gate::open(&mut tx, caller)
        .await?
        .object(action::WEBHOOK_DELETE, id)
        .await?;
    webhook::delete(&mut tx, &webhook).await?;
    Ok(tx.commit().await?)
}
