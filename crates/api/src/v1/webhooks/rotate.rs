//! `POST /v1/webhooks/{id}/rotate`

use axum::{Json, extract::State};
use postscale_actions::{
    App,
    webhooks::{self, GRACE_HOURS_DEFAULT},
};
use postscale_model::WebhookId;
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::SecretEnvelope;
use crate::segments::IdSegment;

/// How long the old secret signs as well.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateRequest {
    /// 0 to 168; 24 by default.
    grace_period_hours: Option<u64>,
}

pub(super) async fn rotate(
    State(app): State<App>,
    caller: RequestCaller,
    webhook: Ref<IdSegment, WebhookId>,
    body: JsonBody,
) -> Result<Json<SecretEnvelope>, Problem> {
    let hours = body
        .late::<RotateRequest>()
        .and_then(|request| Ok(request.grace_period_hours.unwrap_or(GRACE_HOURS_DEFAULT)));
    Ok(Json(
        webhooks::rotate(&app, &caller, webhook.id, hours)
            .await?
            .into(),
    ))
}
