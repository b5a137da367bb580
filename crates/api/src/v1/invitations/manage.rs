//! What owners and admins do with invitations.

use axum::{Json, extract::State, http::StatusCode};
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    App, Page,
    invitations::{self, NewInvitation, NewInvitationRest},
};
use postscale_model::{Invalid, InvitationId, InvitationState, Level, Word as _};
use postscale_web::{JsonBody, Problem, Query, Ref, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::InvitationBody;
use crate::{input::word, segments::IdSegment, v1::auth::address};

pub(super) const QUERY: crate::operation::Query = &[
    ("status", "pending, accepted, expired or revoked"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

/// A page of invitations.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListBody {
    invitations: Vec<InvitationBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

/// A superseded invitation is nobody's business any more: another one took its place.
fn status(text: &str) -> Result<InvitationState, Invalid> {
    let state = InvitationState::parse(text).ok();
    state
        .filter(|state| *state != InvitationState::Superseded)
        .ok_or_else(|| {
            let problem = "must be one of pending, accepted, expired, revoked";
            Invalid::field("status", problem)
        })
}

fn filter(query: &Query) -> Result<(Option<InvitationState>, Page), Invalid> {
    let status = query.text("status")?.map(status).transpose()?;
    Ok((status, query.page()?))
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let (page, listed) = invitations::list(&app, &caller, Late::new(filter(&query))).await?;
    let now = caller.received_at();
    let rows = listed.rows.into_iter();
    Ok(Json(ListBody {
        invitations: rows.map(|row| InvitationBody::new(row, now)).collect(),
        total: listed.total,
        limit: page.limit,
        offset: page.offset,
    }))
}

/// A domain to be granted on joining.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitedDomainRequest {
    /// Id or name.
    domain_id: String,
    /// `read` or `read_write`.
    access: String,
}

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    email: String,
    /// `admin` or `member`.
    role: String,
    /// Granted to a member on joining; none by default.
    #[serde(default)]
    domains: Vec<InvitedDomainRequest>,
}

fn granted(
    (index, request): (usize, &InvitedDomainRequest),
) -> Result<(DomainRef, Level), Invalid> {
    let level = word(&format!("domains[{index}].access"), &request.access)?;
    Ok((DomainRef::parse(&request.domain_id), level))
}

fn read(request: &CreateRequest) -> Result<NewInvitationRest, Invalid> {
    let domains = request.domains.iter().enumerate();
    Ok(NewInvitationRest {
        email: address(&request.email)?,
        domains: domains.map(granted).collect::<Result<_, _>>()?,
    })
}

pub(super) async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<InvitationBody>), Problem> {
    let new = body.late::<CreateRequest>().and_then(|request| {
        Ok(NewInvitation {
            role: word("role", &request.role)?,
            rest: Late::new(read(&request)),
        })
    });
    let made = invitations::create(&app, &caller, new).await?;
    let body = InvitationBody::new(made, caller.received_at());
    Ok((StatusCode::CREATED, Json(body)))
}

pub(super) async fn resend(
    State(app): State<App>,
    caller: RequestCaller,
    invitation: Ref<IdSegment, InvitationId>,
    body: JsonBody,
) -> Result<Json<InvitationBody>, Problem> {
    let resent = invitations::resend(&app, &caller, invitation.id, body.nothing()).await?;
    Ok(Json(InvitationBody::new(resent, caller.received_at())))
}

pub(super) async fn revoke(
    State(app): State<App>,
    caller: RequestCaller,
    invitation: Ref<IdSegment, InvitationId>,
) -> Result<StatusCode, Problem> {
    invitations::revoke(&app, &caller, invitation.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
