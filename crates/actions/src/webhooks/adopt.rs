//! Somebody takes a webhook over whose maker left.

use postscale_access::{Caller, Late, action};
use postscale_model::{AuditAction, AuditEvent, Webhook, WebhookId};
use postscale_store::webhook;
use serde_json::json;

use crate::{App, Result, audit, turn};

/// Makes the caller responsible for a webhook. It is told again of what happens from now on; what
/// happened while it was suspended stays untold.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for everybody but owners and admins in person.
pub async fn adopt(
    app: &App,
    caller: &Caller,
    id: Option<WebhookId>,
    nothing: Late<()>,
) -> Result<Webhook> {
    let mut tx = app.store.write().await?;
    let mut gate = turn::open(&mut tx, caller).await?;
    let permission = gate.permit(action::WEBHOOK_ADOPT)?;
    let webhook = gate.object::<Webhook, _>(action::WEBHOOK_READ, id).await?;
    nothing.after(&webhook)?;
    let adopted = webhook::adopt(&mut tx, &permission, &webhook, caller.received_at()).await?;
    let responsible = |webhook: &Webhook| {
        json!({
            "created_by": webhook.created_by,
            "suspended_at": webhook.suspended_at.map(|at| at.to_rfc3339()),
        })
    };
    let event = AuditEvent::of(AuditAction::WebhookAdopted, &adopted)
        .change(responsible(&webhook), responsible(&adopted));
    audit::note(app, &mut tx, adopted.organization_id, event).await?;
    tx.commit().await?;
    Ok(adopted)
}
