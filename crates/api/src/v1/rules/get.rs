//! `GET /v1/domains/{domain}/rules/{rule}`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{App, rules};
use postscale_model::RuleId;
use postscale_web::{Name, Problem, Ref, RequestCaller};

use super::body::RuleEnvelope;
use crate::segments::{DomainSegment, RuleSegment};

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    rule: Ref<RuleSegment, RuleId>,
) -> Result<Json<RuleEnvelope>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let page = rules::get(&app, &caller, &domain, rule.id).await?;
    Ok(Json(page.rule.into()))
}
