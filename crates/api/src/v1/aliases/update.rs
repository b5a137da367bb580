//! `PATCH /v1/aliases/{id}`

use axum::{Json, extract::State};
use postscale_actions::{
    App,
    aliases::{self, AliasChange},
};
use postscale_model::{AliasId, Invalid};
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{AliasEnvelope, targets};
use crate::{
    input::{given, optional_timestamp, optional_word},
    segments::IdSegment,
};

/// What to change; what is absent stays as it is. The domain never changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::v1) struct UpdateRequest {
    address: Option<String>,
    /// `forward`, `webhook`, `store` or `drop`.
    action: Option<String>,
    /// Naming a target that has not confirmed asks it again.
    forward_to: Option<Vec<String>>,
    /// Null for none.
    #[serde(default, deserialize_with = "given")]
    webhook_id: Option<Option<String>>,
    description: Option<String>,
    is_masked: Option<bool>,
    /// Null for none.
    #[serde(default, deserialize_with = "given")]
    expires_at: Option<Option<String>>,
    active: Option<bool>,
}

impl TryFrom<UpdateRequest> for AliasChange {
    type Error = Invalid;
    fn try_from(request: UpdateRequest) -> Result<Self, Invalid> {
        let end = |end: Option<String>| optional_timestamp("expires_at", end.as_deref());
        Ok(Self {
            address: request.address,
            action: optional_word("action", request.action.as_deref())?,
            forward_to: request.forward_to.as_deref().map(targets).transpose()?,
            webhook_id: request.webhook_id,
            description: request.description,
            is_masked: request.is_masked,
            expires_at: request.expires_at.map(end).transpose()?,
            active: request.active,
        })
    }
}

pub(super) async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
    body: JsonBody,
) -> Result<Json<AliasEnvelope>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    Ok(Json(
        aliases::update(&app, &caller, alias.id, change)
            .await?
            .into(),
    ))
}
