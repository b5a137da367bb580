//! A webhook gets a new secret.

use std::time::Duration;

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent, Invalid, Webhook, WebhookId};
use postscale_store::webhook::{self, Rotation};
use secrecy::ExposeSecret as _;

use super::new_secret;
use crate::{App, Result, Secret, audit};

/// Hours the old secret stays good at most: seven days.
pub const GRACE_HOURS_MAX: u64 = 168;
/// Hours the old secret stays good unless asked for.
pub const GRACE_HOURS_DEFAULT: u64 = 24;

/// Gives a webhook a new secret and shows it. The old one signs as well for so many hours.
///
/// # Errors
/// [`Invalid`] when that is more than [`GRACE_HOURS_MAX`].
pub async fn rotate(
    app: &App,
    caller: &Caller,
    id: Option<WebhookId>,
    grace_hours: Late<u64>,
) -> Result<(Webhook, Secret)> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let webhook = gate
        .object::<Webhook, _>(action::WEBHOOK_SECRET_ROTATE, id)
        .await?;
    let hours = grace_hours.after(&webhook)?;
    if hours > GRACE_HOURS_MAX {
        return Err(Invalid::field("grace_period_hours", "must be at most 168").into());
    }
    let secret = new_secret(&app.sources);
    let rotation = Rotation {
        secret: secret.expose_secret().to_owned(),
        previous_until: app.sources.now().plus(Duration::from_secs(hours * 3600)),
    };
    webhook::rotate(&mut tx, &webhook, &rotation, &app.seal, &app.sources).await?;
    let event = AuditEvent::of(AuditAction::WebhookSecretRotated, &*webhook)
        .made(serde_json::json!({"grace_period_hours": hours}));
    audit::note(app, &mut tx, webhook.organization_id, event).await?;
    tx.commit().await?;
    Ok((webhook.into_inner(), secret))
}
