//! `PATCH /v1/domains/{domain}/rules/{rule}`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    rules::{self, RuleAlias, RuleChange},
};
use postscale_model::{Invalid, RuleId};
use postscale_web::{JsonBody, Name, Problem, Ref, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{ConditionRequest, ConfigRequest, RuleEnvelope, conditions};
use crate::{
    input::{given, optional_word},
    segments::{DomainSegment, RuleSegment},
};

/// What to change; what is absent stays as it is. The domain never changes.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = UpdateRuleRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateRequest {
    name: Option<String>,
    /// Null for all mail of the domain.
    #[serde(default, deserialize_with = "given")]
    alias_id: Option<Option<String>>,
    /// All of them: 1 to 20.
    conditions: Option<Vec<ConditionRequest>>,
    /// `all` or `any`.
    r#match: Option<String>,
    /// Another action forgets what belonged to the one before.
    action: Option<String>,
    /// All of it. Naming a target that has not confirmed asks it again.
    action_config: Option<ConfigRequest>,
    priority: Option<i64>,
    enabled: Option<bool>,
}

impl TryFrom<UpdateRequest> for RuleChange {
    type Error = Invalid;
    fn try_from(request: UpdateRequest) -> Result<Self, Invalid> {
        let alias = |id: Option<String>| id.map_or(RuleAlias::Every, RuleAlias::Id);
        Ok(Self {
            name: request.name,
            alias: request.alias_id.map(alias),
            conditions: request.conditions.map(conditions),
            match_mode: optional_word("match", request.r#match.as_deref())?,
            action: request.action,
            config: request.action_config.map(Into::into),
            priority: request.priority,
            enabled: request.enabled,
        })
    }
}

pub(super) async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    rule: Ref<RuleSegment, RuleId>,
    body: JsonBody,
) -> Result<Json<RuleEnvelope>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    let domain = DomainRef::parse(&domain.text);
    let changed = rules::update(&app, &caller, &domain, rule.id, change).await?;
    Ok(Json(changed.into()))
}
