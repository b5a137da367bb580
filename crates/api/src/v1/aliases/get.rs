//! `GET /v1/aliases/{id}`

use axum::{Json, extract::State};
use postscale_actions::{App, aliases};
use postscale_model::AliasId;
use postscale_web::{Problem, Ref, RequestCaller};

use super::body::AliasEnvelope;
use crate::segments::IdSegment;

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
) -> Result<Json<AliasEnvelope>, Problem> {
    Ok(Json(
        aliases::get(&app, &caller, alias.id).await?.alias.into(),
    ))
}
