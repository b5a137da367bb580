//! `/v1/me/security-events`: what happened to one's sign-in and keys.

use axum::{Json, extract::State, http::Method};
use postscale_access::{Late, action};
use postscale_actions::{
    App,
    me::{self, SecurityEvent},
};
use postscale_model::Word as _;
use postscale_web::{Problem, Query, RequestCaller, Routes, Surface, Web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::operation::{PAGE, reads};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api).operation(
        Method::GET,
        "/v1/me/security-events",
        &[action::SELF_SESSION_LIST.into()],
        list,
        reads::<SecurityEventsBody>(
            "List what happened to your sign-in and what you did with API keys, newest first",
            PAGE,
        ),
    )
}

/// Something that happened to one's sign-in or keys.
#[derive(Debug, Serialize, ToSchema)]
struct SecurityEventBody {
    id: String,
    at: String,
    /// As `auth.login.ok`, `session.revoked`, `key.created`.
    action: &'static str,
    /// From where, unless somebody else of the organization did it, the operator or the product.
    ip: Option<String>,
    /// `ok`, `denied` or `failed`.
    outcome: &'static str,
}

/// A page of the caller's own events in the organization they are in.
#[derive(Debug, Serialize, ToSchema)]
struct SecurityEventsBody {
    events: Vec<SecurityEventBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

impl From<SecurityEvent> for SecurityEventBody {
    fn from(event: SecurityEvent) -> Self {
        Self {
            id: event.id.to_string(),
            at: event.at.to_rfc3339(),
            action: event.action.as_str(),
            ip: Some(event.ip).filter(|ip| !ip.is_empty()),
            outcome: event.outcome.as_str(),
        }
    }
}

async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<SecurityEventsBody>, Problem> {
    let page = Late::new(query.page());
    let (page, listed) = me::security_events(&app, &caller, page).await?;
    Ok(Json(SecurityEventsBody {
        events: listed.rows.into_iter().map(Into::into).collect(),
        total: listed.total,
        limit: page.limit,
        offset: page.offset,
    }))
}
