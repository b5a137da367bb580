//! `GET /v1/webhooks/{id}`

use axum::{Json, extract::State};
use postscale_actions::{App, webhooks};
use postscale_model::WebhookId;
use postscale_web::{Problem, Ref, RequestCaller};

use super::body::NamedWebhookEnvelope;
use crate::segments::IdSegment;

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    webhook: Ref<IdSegment, WebhookId>,
) -> Result<Json<NamedWebhookEnvelope>, Problem> {
    let view = webhooks::get(&app, &caller, webhook.id).await?;
    Ok(Json(view.into()))
}
