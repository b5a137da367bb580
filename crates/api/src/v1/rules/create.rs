//! `POST /v1/domains/{domain}/rules`

use axum::{Json, extract::State, http::StatusCode};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    rules::{self, NewRule, PRIORITY_DEFAULT, RuleAlias},
};
use postscale_model::{Invalid, RuleMatch};
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{ConditionRequest, ConfigRequest, RuleEnvelope, conditions};
use crate::{input::optional_word, segments::DomainSegment};

/// What to make.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CreateRuleRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    /// 1 to 100 characters.
    name: String,
    /// Only mail this alias of the domain takes; without it, all mail of the domain.
    alias_id: Option<String>,
    /// 1 to 20 conditions.
    conditions: Vec<ConditionRequest>,
    /// `all` (default) or `any` of the conditions must hold.
    r#match: Option<String>,
    /// `drop`, `reject`, `forward`, `webhook`, `store` or `tag`.
    action: String,
    action_config: Option<ConfigRequest>,
    /// The lower, the earlier; 100 by default.
    priority: Option<i64>,
    /// True by default.
    enabled: Option<bool>,
}

impl TryFrom<CreateRequest> for NewRule {
    type Error = Invalid;
    fn try_from(request: CreateRequest) -> Result<Self, Invalid> {
        let match_mode = optional_word("match", request.r#match.as_deref())?;
        Ok(Self {
            name: request.name,
            alias: request.alias_id.map_or(RuleAlias::Every, RuleAlias::Id),
            conditions: conditions(request.conditions),
            match_mode: match_mode.unwrap_or(RuleMatch::All),
            action: request.action,
            config: request.action_config.unwrap_or_default().into(),
            priority: request.priority.unwrap_or(PRIORITY_DEFAULT),
            enabled: request.enabled.unwrap_or(true),
        })
    }
}

pub(super) async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<(StatusCode, Json<RuleEnvelope>), Problem> {
    let new = body.late::<CreateRequest>().and_then(TryInto::try_into);
    let domain = DomainRef::parse(&domain.text);
    let created = rules::create(&app, &caller, &domain, new).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}
