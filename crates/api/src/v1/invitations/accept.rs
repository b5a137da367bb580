//! What the holder of a link does: looks, accepts, proves the address.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use postscale_actions::{
    App, csrf_token,
    invitations::{self, Acceptance, Accepted, Next, Verification},
};
use postscale_model::Word as _;
use postscale_web::{FromBrowser, JsonBody, Name, Peer, Problem, RequestCaller, Settings, let_in};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{segments::IdSegment, v1::auth::OrganizationBody};

/// What a link offers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LinkBody {
    /// Name of the organization.
    organization: String,
    /// The invited address.
    email: String,
    /// `admin` or `member`.
    role: &'static str,
    /// Name of who invited.
    invited_by_name: String,
    expires_at: String,
    /// `register`: choose a name and a password. `sign_in`: the address has a login. `join`: signed in
    /// with the invited address. `sign_out`: signed in with another one.
    next: &'static str,
}

pub(super) async fn read(
    State(app): State<App>,
    caller: RequestCaller,
    token: Name<IdSegment>,
) -> Result<Json<LinkBody>, Problem> {
    let link = invitations::read_link(&app, &caller, &token.text).await?;
    Ok(Json(LinkBody {
        organization: link.organization,
        email: link.email.to_string(),
        role: link.role.as_str(),
        invited_by_name: link.inviter,
        expires_at: link.expires_at.to_rfc3339(),
        next: match link.next {
            Next::Register => "register",
            Next::SignIn => "sign_in",
            Next::Join => "join",
            Next::OtherAccount(_) => "sign_out",
        },
    }))
}

/// Somebody accepts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptRequest {
    /// The link's token.
    token: String,
    /// Somebody new: their name.
    #[serde(default)]
    name: String,
    /// Somebody new: the password they will sign in with.
    #[serde(default)]
    password: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AcceptedBody {
    /// `joined`, or `verification_required`: the code is in the mail.
    status: &'static str,
    /// The organization joined.
    organization: Option<OrganizationBody>,
    /// End of the mailed code.
    code_expires_at: Option<String>,
}

pub(super) async fn accept(
    State(app): State<App>,
    Peer(ip): Peer,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let acceptance = body.late::<AcceptRequest>().and_then(|request| {
        Ok(Acceptance {
            token: request.token,
            name: request.name,
            password: request.password,
        })
    });
    let accepted = invitations::accept(&app, &caller, acceptance, ip).await?;
    let (status, body) = match accepted {
        Accepted::Joined(membership) => (
            StatusCode::OK,
            AcceptedBody {
                status: "joined",
                organization: Some(OrganizationBody::from(&membership)),
                code_expires_at: None,
            },
        ),
        Accepted::CodeMailed { expires_at, .. } => (
            StatusCode::ACCEPTED,
            AcceptedBody {
                status: "verification_required",
                organization: None,
                code_expires_at: Some(expires_at.to_rfc3339()),
            },
        ),
    };
    Ok((status, Json(body)).into_response())
}

/// A code that came by mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyRequest {
    /// The link's token.
    token: String,
    /// Six digits.
    code: String,
}

/// Somebody joined.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerifiedBody {
    /// The organization joined.
    organization: OrganizationBody,
    /// To be sent back as `X-CSRF-Token` with every unsafe request of the session that began. Null for
    /// a login with a second factor, which is asked for on signing in.
    csrf_token: Option<String>,
}

pub(super) async fn verify_email(
    State(app): State<App>,
    State(settings): State<Settings>,
    browser: FromBrowser,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let given = body.late::<VerifyRequest>().and_then(|request| {
        Ok(Verification {
            token: request.token,
            code: request.code,
        })
    });
    let verified = invitations::verify_email(&app, &caller, given, &browser.get()).await?;
    let begun = verified.signed_in;
    let body = VerifiedBody {
        organization: OrganizationBody::from(&verified.membership),
        csrf_token: begun.as_ref().map(|begun| csrf_token(&begun.token)),
    };
    let mut response = Json(body).into_response();
    if let Some(signed_in) = begun {
        let_in(&mut response, &settings, &signed_in);
    }
    Ok(response)
}
