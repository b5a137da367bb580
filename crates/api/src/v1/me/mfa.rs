//! `/v1/me/mfa`: one's second factor.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::action;
use postscale_actions::{App, me};
use postscale_web::{JsonBody, Problem, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operation::{does, reads, takes};

pub(super) fn routes() -> Routes<Web> {
    let manage = [action::SELF_MFA_MANAGE.into()];
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/me/mfa",
            &manage,
            state,
            reads::<MfaBody>("Whether sign-in asks you for a code", &[]),
        )
        .operation(
            Method::POST,
            "/v1/me/mfa",
            &manage,
            begin,
            does::<EnrollmentBody>(
                "Begin to set a second factor up; it counts once its first code was seen",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::POST,
            "/v1/me/mfa/confirm",
            &manage,
            confirm,
            takes::<MfaConfirmRequest, RecoveryCodesBody>(
                "Give the first code; answers recovery codes, once, and ends your other sessions",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/me/mfa/recovery-codes",
            &manage,
            renew,
            does::<RecoveryCodesBody>(
                "Replace your recovery codes; answers the new ones, once",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            "/v1/me/mfa",
            &manage,
            remove,
            takes::<MfaRemovalRequest, ()>(
                "Take your second factor away; ends your other sessions",
                StatusCode::NO_CONTENT,
            ),
        )
}

/// The second factor.
#[derive(Debug, Serialize, ToSchema)]
struct MfaBody {
    /// Whether sign-in asks for a code.
    enabled: bool,
    /// Recovery codes not used yet.
    recovery_codes_left: i64,
}

async fn state(State(app): State<App>, caller: RequestCaller) -> Result<Json<MfaBody>, Problem> {
    let state = me::mfa_state(&app, &caller).await?;
    Ok(Json(MfaBody {
        enabled: state.is_enabled,
        recovery_codes_left: state.recovery_codes_left,
    }))
}

/// A second factor that is being set up.
#[derive(Debug, Serialize, ToSchema)]
struct EnrollmentBody {
    /// The secret in base32, for typing.
    secret: String,
    /// The same for an authenticator to read.
    otpauth_uri: String,
}

async fn begin(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<EnrollmentBody>), Problem> {
    let begun = me::begin_mfa(&app, &caller, body.nothing()).await?;
    let body = EnrollmentBody {
        secret: begun.secret,
        otpauth_uri: begun.otpauth_uri,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// The first code of a second factor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MfaConfirmRequest {
    /// Six digits.
    code: String,
}

/// Recovery codes, shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct RecoveryCodesBody {
    /// Each is good once, in place of a code.
    recovery_codes: Vec<String>,
}

async fn confirm(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<RecoveryCodesBody>, Problem> {
    let code = body
        .late::<MfaConfirmRequest>()
        .and_then(|request| Ok(request.code));
    let recovery_codes = me::confirm_mfa(&app, &caller, code).await?;
    Ok(Json(RecoveryCodesBody { recovery_codes }))
}

async fn renew(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<RecoveryCodesBody>, Problem> {
    let recovery_codes = me::renew_recovery_codes(&app, &caller, body.nothing()).await?;
    Ok(Json(RecoveryCodesBody { recovery_codes }))
}

/// Proof of who takes a second factor away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MfaRemovalRequest {
    password: String,
    /// A code of the second factor, or a recovery code.
    code: String,
}

async fn remove(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<StatusCode, Problem> {
    let removal = body.late::<MfaRemovalRequest>().and_then(|request| {
        Ok(me::MfaRemoval {
            password: request.password,
            code: request.code,
        })
    });
    me::remove_mfa(&app, &caller, removal).await?;
    Ok(StatusCode::NO_CONTENT)
}
