//! `DELETE /v1/inbound-emails/{id}`

use axum::{extract::State, http::StatusCode};
use postscale_actions::{App, inbound_emails};
use postscale_model::InboundEmailId;
use postscale_web::{Problem, Ref, RequestCaller};

use crate::segments::IdSegment;

pub(super) async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    email: Ref<IdSegment, InboundEmailId>,
) -> Result<StatusCode, Problem> {
    inbound_emails::delete(&app, &caller, email.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
