//! `POST /v1/webhooks/{id}/adopt`

use axum::{Json, extract::State};
use postscale_actions::{App, webhooks};
use postscale_model::WebhookId;
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};

use super::body::WebhookEnvelope;
use crate::segments::IdSegment;

pub(super) async fn adopt(
    State(app): State<App>,
    caller: RequestCaller,
    webhook: Ref<IdSegment, WebhookId>,
    body: JsonBody,
) -> Result<Json<WebhookEnvelope>, Problem> {
    let adopted = webhooks::adopt(&app, &caller, webhook.id, body.nothing()).await?;
    Ok(Json(WebhookEnvelope::from(&adopted)))
}
