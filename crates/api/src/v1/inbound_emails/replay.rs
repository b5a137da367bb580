//! `POST /v1/inbound-emails/{id}/replay`

use axum::{Json, extract::State};
use postscale_actions::{App, inbound_emails};
use postscale_model::InboundEmailId;
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::RowBody;
use crate::segments::IdSegment;

/// The message, about to be processed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplayedBody {
    email: RowBody,
}

pub(super) async fn replay(
    State(app): State<App>,
    caller: RequestCaller,
    email: Ref<IdSegment, InboundEmailId>,
    body: JsonBody,
) -> Result<Json<ReplayedBody>, Problem> {
    let email = inbound_emails::replay(&app, &caller, email.id, body.nothing()).await?;
    Ok(Json(ReplayedBody {
        email: RowBody::from(&email),
    }))
}
