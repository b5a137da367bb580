//! `DELETE /v1/webhooks/{id}`

use axum::{extract::State, http::StatusCode};
use postscale_actions::{App, webhooks};
use postscale_model::WebhookId;
use postscale_web::{Problem, Ref, RequestCaller};

use crate::segments::IdSegment;

pub(super) async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    webhook: Ref<IdSegment, WebhookId>,
) -> Result<StatusCode, Problem> {
    webhooks::delete(&app, &caller, webhook.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
