//! What webhooks were told, and the tries.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Webhook, WebhookAttempt, WebhookDelivery, WebhookId};
use postscale_store::{Tx, webhook_delivery};

use super::DeliveryFilter;
use crate::{App, Listed, Page, Result};

/// A delivery with its tries, first ones first.
#[derive(Debug)]
pub struct DeliveryWithAttempts {
    /// The delivery.
    pub delivery: WebhookDelivery,
    /// Its tries.
    pub attempts: Vec<WebhookAttempt>,
}

/// What one webhook was told, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn deliveries(
    app: &App,
    caller: &Caller,
    id: Option<WebhookId>,
    input: Late<(DeliveryFilter, Page)>,
) -> Result<(Page, Listed<DeliveryWithAttempts>)> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let webhook = gate
        .object::<Webhook, _>(action::WEBHOOK_DELIVERY_LIST, id)
        .await?;
    let (filter, page) = input.after(&webhook)?;
    let now = caller.received_at();
    let listed = webhook_delivery::list_of(&mut tx, &webhook, &filter, page, now).await?;
    Ok((page, with_attempts(&mut tx, listed).await?))
}

/// What the webhooks in sight were told about domains in sight, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list_deliveries(
    app: &App,
    caller: &Caller,
    input: Late<(DeliveryFilter, Page)>,
) -> Result<(Page, Listed<DeliveryWithAttempts>)> {
    let mut tx = app.store.read().await?;
    let scope = Gate::open(&mut tx, caller)
        .await?
        .scope(action::WEBHOOK_DELIVERY_LIST_ALL)?;
    let (filter, page) = input.after(&scope)?;
    let now = caller.received_at();
    let listed = webhook_delivery::list(&mut tx, &scope, &filter, page, now).await?;
    Ok((page, with_attempts(&mut tx, listed).await?))
}

async fn with_attempts(
    tx: &mut Tx,
    listed: Listed<WebhookDelivery>,
) -> Result<Listed<DeliveryWithAttempts>> {
    let mut attempts = std::collections::HashMap::<_, Vec<_>>::new();
    for (id, attempt) in webhook_delivery::attempts(tx, &listed).await? {
        attempts.entry(id).or_default().push(attempt);
    }
    let total = listed.total;
    let rows = listed.rows.into_iter().map(|delivery| {
        let attempts = attempts.remove(&delivery.id).unwrap_or_default();
        DeliveryWithAttempts { delivery, attempts }
    });
    Ok(Listed {
        rows: rows.collect(),
        total,
    })
}
