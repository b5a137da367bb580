//! `GET /v1/domains/{domain}`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{App, domains};
use postscale_web::{Name, Problem, RequestCaller};

use super::DomainBody;
use crate::segments::DomainSegment;

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
) -> Result<Json<DomainBody>, Problem> {
    let view = domains::get(&app, &caller, &DomainRef::parse(&domain.text)).await?;
    Ok(Json(DomainBody::from(&view.domain)))
}
