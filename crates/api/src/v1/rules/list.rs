//! `GET /v1/domains/{domain}/rules`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{App, rules};
use postscale_web::{Name, Problem, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::RuleBody;
use crate::segments::DomainSegment;

/// All rules of a domain: those of aliases, alias by alias, then those of the whole domain.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleListBody)]
pub(super) struct ListBody {
    rules: Vec<RuleBody>,
    total: usize,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
) -> Result<Json<ListBody>, Problem> {
    let listed = rules::list(&app, &caller, &DomainRef::parse(&domain.text)).await?;
    let rules: Vec<RuleBody> = listed.rules.into_iter().map(Into::into).collect();
    Ok(Json(ListBody {
        total: rules.len(),
        rules,
    }))
}
