//! One webhook.

use postscale_access::{Caller, Gate, action};
use postscale_model::{Webhook, WebhookId};
use postscale_store::webhook;

use super::NamedBy;

use crate::{App, Result};

/// A webhook and what the caller may do to it, for showing or hiding controls.
#[derive(Debug)]
pub struct WebhookView {
    /// The webhook, without its secret.
    pub webhook: Webhook,
    /// It may be changed, given a new secret and deleted.
    pub may_write: bool,
    /// The aliases and rules that announce to it alone.
    pub named_by: NamedBy,
}

/// One webhook.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn get(app: &App, caller: &Caller, id: Option<WebhookId>) -> Result<WebhookView> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let webhook = gate.object::<Webhook, _>(action::WEBHOOK_READ, id).await?;
    let may_write = gate.also(action::WEBHOOK_UPDATE, &webhook);
    let named_by = webhook::named_by(&mut tx, &webhook).await?;
    Ok(WebhookView {
        named_by,
        webhook: webhook.into_inner(),
        may_write,
    })
}
