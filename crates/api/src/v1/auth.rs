//! `/v1/auth`: signing up, in and out with a cookie.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use postscale_access::action;
use postscale_actions::{
    App, Error, Rule,
    auth::{self, Membership, SignedIn, Step},
    csrf_token,
};
use postscale_model::{Address, Invalid, OrganizationId, Word as _};
use postscale_web::{
    FromBrowser, JsonBody, Problem, RequestCaller, Routes, Settings, Surface, Web,
    ended_session_cookie, let_in, renew_session,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operation::{removes, takes};

mod password_reset;

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Public)
        .operation(
            Method::POST,
            "/v1/auth/login",
            &[action::AUTH_LOGIN.into()],
            login,
            takes::<LoginRequest, LoginBody>("Sign in; answers a session cookie", StatusCode::OK),
        )
        .operation(
            Method::POST,
            "/v1/auth/logout",
            &[action::AUTH_LOGIN.into()],
            logout,
            removes("Sign out"),
        )
        .operation(
            Method::POST,
            "/v1/auth/signup",
            &[action::AUTH_LOGIN.into()],
            signup,
            takes::<SignupRequest, SignupBody>(
                "Ask for an organization of your own, where the operator allows it; a code comes by mail",
                StatusCode::ACCEPTED,
            ),
        )
        .operation(
            Method::POST,
            "/v1/auth/verify-email",
            &[action::AUTH_LOGIN.into()],
            verify_email,
            takes::<VerifyEmailRequest, LoginBody>(
                "Prove the address with the mailed code; creates the organization and signs in",
                StatusCode::OK,
            ),
        )
        .merge(password_reset::routes())
        .merge(Routes::new(Surface::Api).operation(
            Method::POST,
            "/v1/auth/reauthenticate",
            &[action::SELF_UPDATE.into()],
            reauthenticate,
            takes::<ReauthenticateRequest, CsrfBody>(
                "Give your password again; answers the session's new cookie",
                StatusCode::OK,
            ),
        ))
        .merge(Routes::new(Surface::Api).operation(
            Method::POST,
            "/v1/auth/switch",
            &[action::SELF_UPDATE.into()],
            switch,
            takes::<SwitchRequest, OrganizationBody>(
                "Go on in another organization",
                StatusCode::OK,
            ),
        ))
}

/// A login.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    email: String,
    password: String,
    /// A code of the second factor, or a recovery code; asked for with `second_factor_required`.
    code: Option<String>,
}

/// An organization and the caller's role there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrganizationBody {
    id: String,
    name: String,
    plan: String,
    role: &'static str,
    created_at: String,
}

impl From<&Membership> for OrganizationBody {
    fn from(membership: &Membership) -> Self {
        let organization = &membership.organization;
        Self {
            id: organization.id.to_string(),
            name: organization.name.clone(),
            plan: organization.plan.clone(),
            role: membership.role.as_str(),
            created_at: organization.created_at.to_rfc3339(),
        }
    }
}

/// Who signed in.
#[derive(Debug, Serialize, ToSchema)]
struct SignedInUserBody {
    id: String,
    email: String,
    name: String,
    role: &'static str,
}

/// A session's beginning.
#[derive(Debug, Serialize, ToSchema)]
struct LoginBody {
    user: SignedInUserBody,
    organization: OrganizationBody,
    organizations: Vec<OrganizationBody>,
    /// To be sent back as `X-CSRF-Token` with every unsafe request. An answer that brings the session another
    /// token, after a promotion, carries the next one in a header of that name.
    csrf_token: String,
}

async fn login(
    State(app): State<App>,
    State(settings): State<Settings>,
    browser: FromBrowser,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let login = body.late::<LoginRequest>().and_then(|request| {
        Ok(auth::Login {
            email: request.email,
            password: request.password,
            code: request.code,
        })
    });
    match auth::login(&app, &caller, login, &browser.get()).await? {
        Step::Done(signed_in) => Ok(begin(&settings, &signed_in)),
        Step::CodeDue(_) => Err(Error::from(Rule::SecondFactorRequired).into()),
    }
}

/// The answer a session begins with.
fn begin(settings: &Settings, signed_in: &SignedIn) -> Response {
    let current = &signed_in.current;
    let answer = LoginBody {
        user: SignedInUserBody {
            id: current.user_id.to_string(),
            email: signed_in.person.email.to_string(),
            name: signed_in.person.name.clone(),
            role: current.role.as_str(),
        },
        organization: current.into(),
        organizations: signed_in.memberships.iter().map(Into::into).collect(),
        csrf_token: csrf_token(&signed_in.token),
    };
    let mut response = Json(answer).into_response();
    let_in(&mut response, settings, signed_in);
    response
}

/// A stranger's sign-up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignupRequest {
    email: String,
    password: String,
    /// The person's name.
    name: String,
    /// The organization's name.
    organization: String,
}

/// What comes next, whatever the address.
#[derive(Debug, Serialize, ToSchema)]
struct SignupBody {
    /// `verification_required`: the code is in the mail.
    status: &'static str,
}

async fn signup(
    State(app): State<App>,
    browser: FromBrowser,
    caller: RequestCaller,
    body: Result<JsonBody, Problem>,
) -> Result<Response, Problem> {
    auth::check_signups_open(&app)?;
    let new = body?.late::<SignupRequest>().and_then(|request| {
        Ok(auth::NewSignup {
            email: address(&request.email)?,
            password: request.password,
            name: request.name,
            organization: request.organization,
        })
    });
    auth::signup(&app, &caller, new, browser.ip).await?;
    let status = "verification_required";
    Ok((StatusCode::ACCEPTED, Json(SignupBody { status })).into_response())
}

pub(super) fn address(text: &str) -> Result<Address, Invalid> {
    text.trim()
        .parse()
        .map_err(|_| Invalid::field("email", "must be an e-mail address"))
}

/// A code that came by mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyEmailRequest {
    email: String,
    /// Six digits.
    code: String,
}

async fn verify_email(
    State(app): State<App>,
    State(settings): State<Settings>,
    browser: FromBrowser,
    caller: RequestCaller,
    body: Result<JsonBody, Problem>,
) -> Result<Response, Problem> {
    auth::check_signups_open(&app)?;
    let input = body?.late::<VerifyEmailRequest>().and_then(|request| {
        Ok(auth::VerifyEmail {
            email: address(&request.email)?,
            code: request.code,
        })
    });
    let signed_in = auth::verify_email(&app, &caller, input, &browser.get()).await?;
    Ok(begin(&settings, &signed_in))
}

async fn logout(
    State(app): State<App>,
    State(settings): State<Settings>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Response, Problem> {
    auth::logout(&app, &caller, body.nothing()).await?;
    let cookie = ended_session_cookie(&settings);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// A proof of who one is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReauthenticateRequest {
    password: String,
    /// A code of the second factor, for who has one.
    code: Option<String>,
}

/// What unsafe requests of the session carry from now on.
#[derive(Debug, Serialize, ToSchema)]
struct CsrfBody {
    /// To be sent back as `X-CSRF-Token` with every unsafe request.
    csrf_token: String,
}

async fn reauthenticate(
    State(app): State<App>,
    State(settings): State<Settings>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let given = body.late::<ReauthenticateRequest>().and_then(|request| {
        Ok(auth::Reauthentication {
            password: request.password,
            code: request.code,
        })
    });
    let token = auth::reauthenticate(&app, &caller, given).await?;
    let answer = CsrfBody {
        csrf_token: csrf_token(&token),
    };
    let mut response = Json(answer).into_response();
    renew_session(&mut response, &settings, &token);
    Ok(response)
}

/// Where to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SwitchRequest {
    organization_id: String,
}

async fn switch(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<OrganizationBody>, Problem> {
    let to = body.late::<SwitchRequest>().and_then(|request| {
        request
            .organization_id
            .parse::<OrganizationId>()
            .map_err(|_| Invalid::field("organization_id", "must be an id"))
    });
    let membership = auth::switch(&app, &caller, to).await?;
    Ok(Json(OrganizationBody::from(&membership)))
}
