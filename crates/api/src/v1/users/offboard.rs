//! Taking users out of the team, and back in.

use axum::{Json, extract::State};
use postscale_actions::{App, users};
use postscale_model::UserId;
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::{body::UserBody, receipt::ReceiptBody};
use crate::segments::IdSegment;

pub(super) async fn deactivate(
    State(app): State<App>,
    caller: RequestCaller,
    user: Ref<IdSegment, UserId>,
    body: JsonBody,
) -> Result<Json<ReceiptBody>, Problem> {
    let receipt = users::deactivate(&app, &caller, user.id, body.nothing()).await?;
    Ok(Json(receipt.into()))
}

pub(super) async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    user: Ref<IdSegment, UserId>,
) -> Result<Json<ReceiptBody>, Problem> {
    Ok(Json(users::delete(&app, &caller, user.id).await?.into()))
}

pub(super) async fn leave(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<ReceiptBody>, Problem> {
    Ok(Json(
        users::leave(&app, &caller, body.nothing()).await?.into(),
    ))
}

pub(super) async fn reactivate(
    State(app): State<App>,
    caller: RequestCaller,
    user: Ref<IdSegment, UserId>,
    body: JsonBody,
) -> Result<Json<UserBody>, Problem> {
    let back = users::reactivate(&app, &caller, user.id, body.nothing()).await?;
    Ok(Json(back.into()))
}

/// How many sessions ended.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndedBody {
    ended_sessions: u64,
}

pub(super) async fn end_sessions(
    State(app): State<App>,
    caller: RequestCaller,
    user: Ref<IdSegment, UserId>,
) -> Result<Json<EndedBody>, Problem> {
    let ended_sessions = users::end_sessions(&app, &caller, user.id).await?;
    Ok(Json(EndedBody { ended_sessions }))
}
