//! `GET /v1/domains/{domain}/warming`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{App, warming};
use postscale_web::{Name, Problem, RequestCaller};

use super::body::WarmingBody;
use crate::segments::DomainSegment;

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
) -> Result<Json<WarmingBody>, Problem> {
    let found = warming::get(&app, &caller, &DomainRef::parse(&domain.text)).await?;
    Ok(Json(found.into()))
}
