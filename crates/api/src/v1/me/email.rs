//! `/v1/me/email`: another address to sign in with.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::action;
use postscale_actions::{App, me};
use postscale_web::{JsonBody, Peer, Problem, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operation::takes;

pub(super) fn routes() -> Routes<Web> {
    let change = [action::SELF_EMAIL_CHANGE.into()];
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/me/email",
            &change,
            request,
            takes::<EmailChangeRequest, EmailChangeBody>(
                "Ask to sign in with another address; a code comes there by mail",
                StatusCode::ACCEPTED,
            ),
        )
        .operation(
            Method::POST,
            "/v1/me/email/confirm",
            &change,
            confirm,
            takes::<EmailConfirmRequest, ()>(
                "Prove the new address with the mailed code; ends your other sessions",
                StatusCode::NO_CONTENT,
            ),
        )
}

/// A change of address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailChangeRequest {
    /// The address from now on.
    email: String,
    /// Your password.
    password: String,
}

/// What comes next, whatever the address.
#[derive(Debug, Serialize, ToSchema)]
struct EmailChangeBody {
    /// `verification_required`: unless the address is somebody's, a code is in the mail.
    status: &'static str,
}

async fn request(
    State(app): State<App>,
    Peer(ip): Peer,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<EmailChangeBody>), Problem> {
    let change = body.late::<EmailChangeRequest>().and_then(|request| {
        Ok(me::EmailChange {
            email: request.email,
            password: request.password,
        })
    });
    me::change_email(&app, &caller, change, ip).await?;
    let status = "verification_required";
    Ok((StatusCode::ACCEPTED, Json(EmailChangeBody { status })))
}

/// A code that came by mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailConfirmRequest {
    /// Six digits.
    code: String,
}

async fn confirm(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<StatusCode, Problem> {
    let code = body
        .late::<EmailConfirmRequest>()
        .and_then(|request| Ok(request.code));
    me::confirm_email(&app, &caller, code).await?;
    Ok(StatusCode::NO_CONTENT)
}
