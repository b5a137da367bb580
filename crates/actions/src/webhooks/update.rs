//! A webhook changes.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent, Webhook, WebhookId};
use postscale_store::webhook;
pub use postscale_store::webhook::WebhookChange;

use super::check;
use crate::{App, Result, audit, note::check_note};

/// Changes a webhook. Whom it is told about never changes.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn update(
    app: &App,
    caller: &Caller,
    id: Option<WebhookId>,
    change: Late<WebhookChange>,
) -> Result<Webhook> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let webhook = gate
        .object::<Webhook, _>(action::WEBHOOK_UPDATE, id)
        .await?;
    let mut change = change.after(&webhook)?;
    if let Some(url) = &change.url {
        check::url(url, &app.webhook_allow)?;
    }
    if let Some(Some(glob)) = &change.recipient_match {
        check::recipient_match(glob)?;
    }
    change.events = change.events.map(check::events).transpose()?;
    change.description = change
        .description
        .map(|note| check_note("description", &note))
        .transpose()?;
    let changed = webhook::update(&mut tx, &webhook, change, app.sources.now()).await?;
    let event = AuditEvent::updated(AuditAction::WebhookUpdated, &*webhook, &changed);
    audit::note(app, &mut tx, webhook.organization_id, event).await?;
    tx.commit().await?;
    Ok(changed)
}
