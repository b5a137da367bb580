//! A webhook is deleted.

use postscale_access::{Caller, Gate, action};
use postscale_model::{AuditAction, AuditEvent, Webhook, WebhookId};
use postscale_store::webhook;
use serde_json::json;

use super::NamedBy;
use crate::{App, Result, audit};

/// Deletes a webhook and what it is still owed. The log says how many aliases and rules announced to it
/// alone: they tell nobody from then on.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn delete(app: &App, caller: &Caller, id: Option<WebhookId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let webhook = Gate::open(&mut tx, caller)
        .await?
        .object::<Webhook, _>(action::WEBHOOK_DELETE, id)
        .await?;
    let named_by = webhook::named_by(&mut tx, &webhook).await?;
    webhook::delete(&mut tx, &webhook).await?;
    let mut event = AuditEvent::of(AuditAction::WebhookDeleted, &*webhook);
    if named_by != NamedBy::default() {
        event = event.made(json!({
            "silenced_aliases": named_by.aliases,
            "silenced_rules": named_by.rules,
        }));
    }
    audit::note(app, &mut tx, webhook.organization_id, event).await?;
    Ok(tx.commit().await?)
}
