//! What webhooks were told, and the tries.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Webhook, WebhookAttempt, WebhookDelivery, WebhookId, Word as _};
use postscale_store::{Part, Tx, webhook_delivery};

use super::DeliveryFilter;
use crate::{App, Asked, CursorPage, Listed, Page, Result, cursor::Cursors};

/// A delivery with its tries, first ones first.
#[derive(Debug)]
pub struct DeliveryWithAttempts {
    /// The delivery.
    pub delivery: WebhookDelivery,
    /// Its tries.
    pub attempts: Vec<WebhookAttempt>,
}

/// A filter, as its cursors are bound to it.
fn bound(filter: &DeliveryFilter) -> [Option<String>; 3] {
    [
        filter.webhook_id.map(|id| id.to_string()),
        filter.status.map(|status| status.as_str().to_owned()),
        filter.days.map(|days| days.to_string()),
    ]
}

/// What one webhook was told, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied);
/// [`Invalid`](postscale_model::Invalid) for a cursor of another caller, webhook or filter.
pub async fn deliveries(
    app: &App,
    caller: &Caller,
    id: Option<WebhookId>,
    input: Late<(Asked<DeliveryFilter>, Page)>,
) -> Result<CursorPage<DeliveryWithAttempts>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let actor = gate.actor().cloned();
    let webhook = gate
        .object::<Webhook, _>(action::WEBHOOK_DELIVERY_LIST, id)
        .await?;
    let (Asked { mut filter, cursor }, page) = input.after(&webhook)?;
    filter.webhook_id = Some(webhook.id);
    let cursors = Cursors::of(app, actor.as_ref(), "deliveries of one", &bound(&filter));
    let after = cursors.behind(cursor.as_deref())?;
    let (part, now) = ((after.as_ref(), page), caller.received_at());
    let found = webhook_delivery::list_of(&mut tx, &webhook, &filter, part, now).await?;
    Ok(cursors.page(page, with_attempts(&mut tx, found).await?))
}

/// What the webhooks in sight were told about domains in sight, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied);
/// [`Invalid`](postscale_model::Invalid) for a cursor of another caller or filter.
pub async fn list_deliveries(
    app: &App,
    caller: &Caller,
    input: Late<(Asked<DeliveryFilter>, Page)>,
) -> Result<CursorPage<DeliveryWithAttempts>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let actor = gate.actor().cloned();
    let scope = gate.scope(action::WEBHOOK_DELIVERY_LIST_ALL)?;
    let (Asked { filter, cursor }, page) = input.after(&scope)?;
    let cursors = Cursors::of(app, actor.as_ref(), "deliveries", &bound(&filter));
    let after = cursors.behind(cursor.as_deref())?;
    let (part, now) = ((after.as_ref(), page), caller.received_at());
    let found = webhook_delivery::list(&mut tx, &scope, &filter, part, now).await?;
    Ok(cursors.page(page, with_attempts(&mut tx, found).await?))
}

async fn with_attempts(
    tx: &mut Tx,
    Part { listed, next }: Part<WebhookDelivery>,
) -> Result<Part<DeliveryWithAttempts>> {
    let mut attempts = std::collections::HashMap::<_, Vec<_>>::new();
    for (id, attempt) in webhook_delivery::attempts(tx, &listed).await? {
        attempts.entry(id).or_default().push(attempt);
    }
    let total = listed.total;
    let rows = listed.rows.into_iter().map(|delivery| {
        let attempts = attempts.remove(&delivery.id).unwrap_or_default();
        DeliveryWithAttempts { delivery, attempts }
    });
    let rows = rows.collect();
    Ok(Part {
        listed: Listed { rows, total },
        next,
    })
}
