//! A webhook is told once more.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent, DeliveryId, Webhook, WebhookId};
use postscale_store::webhook_delivery::{self, Replay};

use crate::{App, Result, Rule, audit};

/// Has a webhook told once more what it was told before.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Rule::NoSuchObject`] when it never was owed that
/// delivery; [`Rule::MessageGone`].
pub async fn replay_delivery(
    app: &App,
    caller: &Caller,
    webhook: Option<WebhookId>,
    id: Option<DeliveryId>,
    nothing: Late<()>,
) -> Result<()> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let webhook = gate
        .object::<Webhook, _>(action::WEBHOOK_DELIVERY_REPLAY, webhook)
        .await?;
    nothing.after(&webhook)?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    match webhook_delivery::replay(&mut tx, &webhook, id, app.sources.now()).await? {
        Replay::Due => {}
        Replay::MessageGone => return Err(Rule::MessageGone.into()),
        Replay::Unknown => return Err(Rule::NoSuchObject.into()),
    }
    let event = AuditEvent::of(AuditAction::WebhookReplayed, &*webhook)
        .made(serde_json::json!({"delivery_id": id.to_string()}));
    audit::note(app, &mut tx, webhook.organization_id, event).await?;
    Ok(tx.commit().await?)
}
