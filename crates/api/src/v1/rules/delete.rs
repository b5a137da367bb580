//! `DELETE /v1/domains/{domain}/rules/{rule}`

use axum::{extract::State, http::StatusCode};
use postscale_access::DomainRef;
use postscale_actions::{App, rules};
use postscale_model::RuleId;
use postscale_web::{Name, Problem, Ref, RequestCaller};

use crate::segments::{DomainSegment, RuleSegment};

pub(super) async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    rule: Ref<RuleSegment, RuleId>,
) -> Result<StatusCode, Problem> {
    rules::delete(&app, &caller, &DomainRef::parse(&domain.text), rule.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
