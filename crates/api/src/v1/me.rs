//! `/v1/me`: a caller about themselves.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::{Means, action};
use postscale_actions::{
    App,
    me::{self, DomainAccess},
};
use postscale_model::{Capability, Level, Session, SessionId, Word as _};
use postscale_web::{JsonBody, Problem, Ref, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::OrganizationBody;
use crate::{
    operation::{reads, removes, takes},
    segments::IdSegment,
};

mod email;
mod mfa;
mod security_events;

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/me",
            &[action::SELF_READ.into()],
            get,
            reads::<MeBody>("Who you are and what you reach", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/me",
            &[action::SELF_UPDATE.into(), action::SELF_READ.into()],
            update,
            takes::<UpdateRequest, MeBody>("Change your name", StatusCode::OK),
        )
        .operation(
            Method::POST,
            "/v1/me/password",
            &[action::SELF_PASSWORD_CHANGE.into()],
            change_password,
            takes::<PasswordRequest, ()>(
                "Change your password; every other session of yours ends",
                StatusCode::NO_CONTENT,
            ),
        )
        .operation(
            Method::GET,
            "/v1/me/sessions",
            &[action::SELF_SESSION_LIST.into()],
            list_sessions,
            reads::<SessionsBody>("List your sessions", &[]),
        )
        .operation(
            Method::DELETE,
            "/v1/me/sessions/{id}",
            &[action::SELF_SESSION_REVOKE.into()],
            revoke_session,
            removes("End one of your sessions"),
        )
        .operation(
            Method::GET,
            "/v1/me/domain-access",
            &[action::SELF_ACCESS_LIST.into()],
            domain_access,
            reads::<AccessBody>("List the domains you reach and your level on each", &[]),
        )
        .merge(email::routes())
        .merge(mfa::routes())
        .merge(security_events::routes())
}

/// Oneself as a user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnUserBody)]
struct UserBody {
    id: String,
    email: String,
    name: String,
    role: &'static str,
    status: &'static str,
    created_at: String,
}

/// The key a program presented.
#[derive(Debug, Serialize, ToSchema)]
struct OwnKeyBody {
    id: String,
    name: String,
    environment: &'static str,
    capability: &'static str,
    scope: &'static str,
    expires_at: Option<String>,
}

/// A domain and the level reached there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DomainAccessBody {
    domain_id: String,
    domain: String,
    access: &'static str,
    expires_at: Option<String>,
}

/// Who the caller is and what they reach.
#[derive(Debug, Serialize, ToSchema)]
struct MeBody {
    /// `session` or `api_key`.
    principal: &'static str,
    user: UserBody,
    organization: OrganizationNameBody,
    role: &'static str,
    organizations: Vec<OrganizationBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<OwnKeyBody>,
    domains: Vec<DomainAccessBody>,
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
struct OrganizationNameBody {
    id: String,
    name: String,
    plan: String,
}

/// The level that remains of one on a domain under a key's capability.
fn reached(access: DomainAccess, capability: Option<Capability>) -> DomainAccessBody {
    let level = match capability {
        Some(Capability::Read) => Level::Read,
        _ => access.level,
    };
    DomainAccessBody {
        domain_id: access.domain_id.to_string(),
        domain: access.domain,
        access: level.as_str(),
        expires_at: access.expires_at.map(|at| at.to_rfc3339()),
    }
}

impl From<me::Me> for MeBody {
    fn from(me: me::Me) -> Self {
        let capability = match me.actor.means() {
            Means::Session { .. } => None,
            Means::Key { capability, .. } => Some(*capability),
        };
        Self {
            principal: if capability.is_some() {
                "api_key"
            } else {
                "session"
            },
            user: UserBody {
                id: me.user.id.to_string(),
                email: me.user.email.to_string(),
                name: me.user.name,
                role: me.user.role.as_str(),
                status: me.user.status.as_str(),
                created_at: me.user.created_at.to_rfc3339(),
            },
            organization: OrganizationNameBody {
                id: me.organization.id.to_string(),
                name: me.organization.name,
                plan: me.organization.plan,
            },
            role: me.user.role.as_str(),
            organizations: me.memberships.iter().map(Into::into).collect(),
            api_key: me.api_key.map(|key| OwnKeyBody {
                id: key.id.to_string(),
                name: key.name,
                environment: key.environment.as_str(),
                capability: key.capability.as_str(),
                scope: key.scope.as_str(),
                expires_at: key.expires_at.map(|at| at.to_rfc3339()),
            }),
            domains: me
                .domains
                .into_iter()
                .map(|access| reached(access, capability))
                .collect(),
        }
    }
}

async fn get(State(app): State<App>, caller: RequestCaller) -> Result<Json<MeBody>, Problem> {
    Ok(Json(me::get(&app, &caller).await?.into()))
}

/// What to change about oneself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    name: String,
}

async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<MeBody>, Problem> {
    let name = body
        .late::<UpdateRequest>()
        .and_then(|request| Ok(request.name));
    me::update(&app, &caller, name).await?;
    Ok(Json(me::get(&app, &caller).await?.into()))
}

/// A change of password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordRequest {
    current_password: String,
    new_password: String,
}

async fn change_password(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<StatusCode, Problem> {
    let change = body.late::<PasswordRequest>().and_then(|request| {
        let PasswordRequest {
            current_password,
            new_password,
        } = request;
        Ok(me::PasswordChange {
            current_password,
            new_password,
        })
    });
    me::change_password(&app, &caller, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
struct SessionBody {
    id: String,
    current: bool,
    ip: String,
    user_agent: String,
    last_seen_at: String,
    expires_at: String,
    created_at: String,
}

/// The caller's sessions.
#[derive(Debug, Serialize, ToSchema)]
struct SessionsBody {
    sessions: Vec<SessionBody>,
}

fn session_body(session: Session, current: SessionId) -> SessionBody {
    SessionBody {
        id: session.id.to_string(),
        current: session.id == current,
        ip: session.ip,
        user_agent: session.user_agent,
        last_seen_at: session.last_seen_at.to_rfc3339(),
        expires_at: session.expires_at.to_rfc3339(),
        created_at: session.created_at.to_rfc3339(),
    }
}

async fn list_sessions(
    State(app): State<App>,
    caller: RequestCaller,
) -> Result<Json<SessionsBody>, Problem> {
    let (sessions, current) = me::list_sessions(&app, &caller).await?;
    Ok(Json(SessionsBody {
        sessions: sessions
            .into_iter()
            .map(|s| session_body(s, current))
            .collect(),
    }))
}

async fn revoke_session(
    State(app): State<App>,
    caller: RequestCaller,
    session: Ref<IdSegment, SessionId>,
) -> Result<StatusCode, Problem> {
    me::revoke_session(&app, &caller, session.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The domains the caller reaches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnAccessBody)]
struct AccessBody {
    domains: Vec<DomainAccessBody>,
}

async fn domain_access(
    State(app): State<App>,
    caller: RequestCaller,
) -> Result<Json<AccessBody>, Problem> {
    let domains = me::domain_access(&app, &caller).await?;
    Ok(Json(AccessBody {
        domains: domains
            .into_iter()
            .map(|access| reached(access, None))
            .collect(),
    }))
}
