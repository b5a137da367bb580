//! `POST /v1/aliases`

use axum::{Json, extract::State, http::StatusCode};
use postscale_actions::{
    App,
    aliases::{self, NewAlias, NewAliasRest},
};
use postscale_model::{AliasAction, Invalid};
use postscale_web::{JsonBody, Problem, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{AliasEnvelope, targets};
use crate::{
    input::{optional_timestamp, optional_word},
    named_domain::NamedDomain,
};

/// What to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    /// Id of the domain; or name it in `domain`.
    #[expect(dead_code, reason = "read beforehand, by `NamedDomain`")]
    domain_id: Option<String>,
    /// Name of the domain.
    #[expect(dead_code, reason = "read beforehand, by `NamedDomain`")]
    domain: Option<String>,
    /// The part before the @; made up when absent and `is_masked` is true.
    address: Option<String>,
    /// `forward` (default), `webhook`, `store` or `drop`.
    action: Option<String>,
    /// At most 20 addresses. Those outside your organization are asked by mail first.
    forward_to: Option<Vec<String>>,
    webhook_id: Option<String>,
    description: Option<String>,
    is_masked: Option<bool>,
    expires_at: Option<String>,
    active: Option<bool>,
}

impl TryFrom<CreateRequest> for NewAliasRest {
    type Error = Invalid;
    fn try_from(request: CreateRequest) -> Result<Self, Invalid> {
        let action = optional_word("action", request.action.as_deref())?;
        Ok(Self {
            address: request.address,
            action: action.unwrap_or(AliasAction::Forward),
            forward_to: targets(&request.forward_to.unwrap_or_default())?,
            webhook_id: request.webhook_id,
            description: request.description.unwrap_or_default(),
            is_masked: request.is_masked.unwrap_or(false),
            expires_at: optional_timestamp("expires_at", request.expires_at.as_deref())?,
            active: request.active.unwrap_or(true),
        })
    }
}

pub(super) async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<AliasEnvelope>), Problem> {
    let rest = body.late::<CreateRequest>().and_then(TryInto::try_into);
    let domain = body.late::<NamedDomain>().and_then(NamedDomain::one);
    let new = domain.and_then(|domain| Ok(NewAlias { domain, rest }));
    let created = aliases::create(&app, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}
