//! `POST /v1/webhooks/{id}/deliveries/{delivery}/replay`

use axum::{extract::State, http::StatusCode};
use postscale_actions::{App, webhooks};
use postscale_model::{DeliveryId, WebhookId};
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};

use crate::segments::{DeliverySegment, IdSegment};

pub(super) async fn replay(
    State(app): State<App>,
    caller: RequestCaller,
    webhook: Ref<IdSegment, WebhookId>,
    delivery: Ref<DeliverySegment, DeliveryId>,
    body: JsonBody,
) -> Result<StatusCode, Problem> {
    webhooks::replay_delivery(&app, &caller, webhook.id, delivery.id, body.nothing()).await?;
    Ok(StatusCode::NO_CONTENT)
}
