//! `DELETE /v1/aliases/{id}`

use axum::{extract::State, http::StatusCode};
use postscale_actions::{App, aliases};
use postscale_model::AliasId;
use postscale_web::{Problem, Ref, RequestCaller};

use crate::segments::IdSegment;

pub(super) async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
) -> Result<StatusCode, Problem> {
    aliases::delete(&app, &caller, alias.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
