//! `/v1/auth/password-reset`: a new password for who lost theirs.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::action;
use postscale_actions::{App, auth};
use postscale_web::{JsonBody, Peer, Problem, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operation::takes;

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Public)
        .operation(
            Method::POST,
            "/v1/auth/password-reset",
            &[action::AUTH_PASSWORD_RESET_REQUEST.into()],
            request,
            takes::<PasswordResetRequest, PasswordResetBody>(
                "Ask for a new password; a link comes by mail to an address that has a login",
                StatusCode::ACCEPTED,
            ),
        )
        .operation(
            Method::POST,
            "/v1/auth/password-reset/confirm",
            &[action::AUTH_PASSWORD_RESET_CONFIRM.into()],
            confirm,
            takes::<PasswordResetConfirmRequest, ()>(
                "Choose a new password with the mailed link's token; ends every session",
                StatusCode::NO_CONTENT,
            ),
        )
}

/// Whose password was lost.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordResetRequest {
    email: String,
}

/// What comes next, whatever the address.
#[derive(Debug, Serialize, ToSchema)]
struct PasswordResetBody {
    /// `requested`: if the address has a login, a link is in the mail.
    status: &'static str,
}

async fn request(
    State(app): State<App>,
    Peer(ip): Peer,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<PasswordResetBody>), Problem> {
    let email = body
        .late::<PasswordResetRequest>()
        .and_then(|request| Ok(request.email));
    auth::request_reset(&app, &caller, email, ip).await?;
    let status = "requested";
    Ok((StatusCode::ACCEPTED, Json(PasswordResetBody { status })))
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordResetConfirmRequest {
    /// The link's token.
    token: String,
    /// The password from now on.
    password: String,
}

async fn confirm(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<StatusCode, Problem> {
    let reset = body
        .late::<PasswordResetConfirmRequest>()
        .and_then(|request| {
            Ok(auth::PasswordReset {
                token: request.token,
                password: request.password,
            })
        });
    auth::reset_password(&app, &caller, reset).await?;
    Ok(StatusCode::NO_CONTENT)
}
