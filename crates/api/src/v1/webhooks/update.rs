//! `PATCH /v1/webhooks/{id}`

use axum::{Json, extract::State};
use postscale_actions::{
    App,
    webhooks::{self, WebhookChange},
};
use postscale_model::{Invalid, WebhookId};
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{WebhookEnvelope, events};
use crate::{input::given, segments::IdSegment};

/// What to change; what is absent stays as it is. The domains never change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateRequest {
    url: Option<String>,
    events: Option<Vec<String>>,
    /// Null for every recipient.
    #[serde(default, deserialize_with = "given")]
    r#match: Option<Option<String>>,
    description: Option<String>,
}

impl TryFrom<UpdateRequest> for WebhookChange {
    type Error = Invalid;
    fn try_from(request: UpdateRequest) -> Result<Self, Invalid> {
        Ok(Self {
            url: request.url,
            events: request.events.as_deref().map(events).transpose()?,
            recipient_match: request.r#match,
            description: request.description,
        })
    }
}

pub(super) async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    webhook: Ref<IdSegment, WebhookId>,
    body: JsonBody,
) -> Result<Json<WebhookEnvelope>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    let changed = webhooks::update(&app, &caller, webhook.id, change).await?;
    Ok(Json(WebhookEnvelope::from(&changed)))
}
