//! `POST /v1/domains/{domain}/warming/start`, `/pause` and `/resume`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    warming::{self, Start},
};
use postscale_model::{Invalid, WarmingPhase};
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::WarmingBody;
use crate::{input::optional_word, segments::DomainSegment};

/// Where to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StartRequest {
    /// `phase_1` to `phase_4`: its first day. One that lies ahead is for owners and admins.
    phase: Option<String>,
    /// Ends the warming at once. For owners and admins.
    #[serde(default)]
    skip: bool,
}

fn read(request: StartRequest) -> Result<Start, Invalid> {
    let phase: Option<WarmingPhase> = optional_word("phase", request.phase.as_deref())?;
    match (phase, request.skip) {
        (None, false) => Ok(Start::AsUsual),
        (None, true) => Ok(Start::AtTheEnd),
        (Some(_), true) => Err(Invalid::field("phase", "must not be given with skip")),
        (Some(phase), false) if phase.is_limited() => Ok(Start::In(phase)),
        (Some(_), false) => Err(Invalid::field("phase", "must be one of phase_1 to phase_4")),
    }
}

pub(super) async fn start(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<WarmingBody>, Problem> {
    let start = body.late::<StartRequest>().and_then(read);
    let domain = DomainRef::parse(&domain.text);
    let started = warming::start(&app, &caller, &domain, start).await?;
    Ok(Json(started.into()))
}

pub(super) async fn pause(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<WarmingBody>, Problem> {
    let paused = warming::pause(
        &app,
        &caller,
        &DomainRef::parse(&domain.text),
        body.nothing(),
    )
    .await?;
    Ok(Json(paused.into()))
}

pub(super) async fn resume(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<WarmingBody>, Problem> {
    let resumed = warming::resume(
        &app,
        &caller,
        &DomainRef::parse(&domain.text),
        body.nothing(),
    )
    .await?;
    Ok(Json(resumed.into()))
}
