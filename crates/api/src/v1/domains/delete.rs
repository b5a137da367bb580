//! `DELETE /v1/domains/{domain}`

use axum::{extract::State, http::StatusCode};
use postscale_access::DomainRef;
use postscale_actions::{App, domains};
use postscale_web::{Name, Problem, RequestCaller};

use crate::segments::DomainSegment;

pub(super) async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
) -> Result<StatusCode, Problem> {
    domains::delete(&app, &caller, &DomainRef::parse(&domain.text)).await?;
    Ok(StatusCode::NO_CONTENT)
}
