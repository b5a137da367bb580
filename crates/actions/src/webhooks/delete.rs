//! A webhook is deleted.

use postscale_access::{Caller, Gate, action};
use postscale_model::{AuditAction, AuditEvent, Webhook, WebhookId};
use postscale_store::webhook;

use crate::{App, Result, audit};

/// Deletes a webhook and what it is still owed.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn delete(app: &App, caller: &Caller, id: Option<WebhookId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let webhook = Gate::open(&mut tx, caller)
        .await?
        .object::<Webhook, _>(action::WEBHOOK_DELETE, id)
        .await?;
    webhook::delete(&mut tx, &webhook).await?;
    let event = AuditEvent::of(AuditAction::WebhookDeleted, &*webhook);
    audit::note(app, &mut tx, webhook.organization_id, event).await?;
    Ok(tx.commit().await?)
}
