//! `PATCH /v1/users/{id}` and `POST /v1/organization/transfer-ownership`

use axum::{Json, extract::State};
use postscale_actions::{App, users};
use postscale_model::UserId;
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::UserBody;
use crate::{input::word, segments::IdSegment};

/// What to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleRequest {
    /// `owner`, `admin` or `member`.
    role: String,
}

pub(super) async fn role(
    State(app): State<App>,
    caller: RequestCaller,
    user: Ref<IdSegment, UserId>,
    body: JsonBody,
) -> Result<Json<UserBody>, Problem> {
    let role = body
        .late::<RoleRequest>()
        .and_then(|request| word("role", &request.role));
    let changed = users::set_role(&app, &caller, user.id, role).await?;
    Ok(Json(changed.into()))
}

/// To whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferRequest {
    user_id: String,
}

pub(super) async fn transfer(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<UserBody>, Problem> {
    let to = body
        .late::<TransferRequest>()
        .and_then(|request| Ok(request.user_id.parse::<UserId>().ok()));
    let heir = users::transfer_ownership(&app, &caller, to).await?;
    Ok(Json(heir.into()))
}
