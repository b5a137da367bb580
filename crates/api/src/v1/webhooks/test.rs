//! `POST /v1/webhooks/{id}/test`

use axum::{Json, extract::State, http::StatusCode};
use postscale_actions::{App, webhooks};
use postscale_model::{Invalid, WebhookEvent, WebhookId, Word as _};
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{segments::IdSegment, v1::webhook_deliveries::DeliveryBody};

/// What to tell.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestRequest {
    /// One of the webhook's events; its first one by default.
    event: Option<String>,
}

/// What the webhook is told now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TestBody {
    delivery: DeliveryBody,
}

pub(super) async fn test(
    State(app): State<App>,
    caller: RequestCaller,
    webhook: Ref<IdSegment, WebhookId>,
    body: JsonBody,
) -> Result<(StatusCode, Json<TestBody>), Problem> {
    let event = body.late::<TestRequest>().and_then(|request| {
        let event = request.event.as_deref().map(WebhookEvent::parse);
        event
            .transpose()
            .map_err(|_| Invalid::field("event", "must be one of the webhook's events"))
    });
    let delivery = webhooks::test(&app, &caller, webhook.id, event)
        .await?
        .into();
    Ok((StatusCode::ACCEPTED, Json(TestBody { delivery })))
}
