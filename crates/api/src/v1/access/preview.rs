//! `POST /v1/access/preview`

use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use postscale_actions::{
    App,
    access::{self, DomainChange, KeyChange, Preview, Proposal, Proposed, WebhookChange},
};
use postscale_model::{Invalid, Invitation, Word as _};
use postscale_web::{JsonBody, Problem, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    input::word,
    v1::users::access::{GrantRequest, read},
};

/// A change to one user: exactly one of `domains`, `role` and `offboard`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewRequest {
    user_id: String,
    /// The whole access list in place of the one there is.
    domains: Option<Vec<GrantRequest>>,
    /// `owner`, `admin` or `member`.
    role: Option<String>,
    /// `deactivate` or `delete`.
    offboard: Option<String>,
}

/// What becomes of somebody's reach on a domain.
#[derive(Debug, Serialize, ToSchema)]
struct DomainChangeBody {
    domain_id: String,
    domain: String,
    /// `none`, `send`, `read` or `read_write`.
    before: &'static str,
    /// As `before`.
    after: &'static str,
    /// When that ends by itself.
    expires_at: Option<String>,
}

/// What becomes of a key.
#[derive(Debug, Serialize, ToSchema)]
struct KeyChangeBody {
    id: String,
    name: String,
    prefix: String,
    /// `organization` or `domains`.
    scope: &'static str,
    last_used_at: Option<String>,
    /// Whether it is revoked for good.
    revoked: bool,
    domains: Vec<DomainChangeBody>,
}

/// What becomes of a webhook.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookChangeBody {
    id: String,
    url: String,
    /// Whether it is told nothing any more until somebody adopts it.
    suspended: bool,
    lost_domains: Vec<String>,
    gained_domains: Vec<String>,
}

/// An invitation that can no longer be accepted.
#[derive(Debug, Serialize, ToSchema)]
struct EndedInvitationBody {
    id: String,
    email: String,
    role: &'static str,
}

/// What a change would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PreviewBody {
    user_id: String,
    domains: Vec<DomainChangeBody>,
    api_keys: Vec<KeyChangeBody>,
    webhooks: Vec<WebhookChangeBody>,
    ended_sessions: u64,
    revoked_invitations: Vec<EndedInvitationBody>,
}

impl From<DomainChange> for DomainChangeBody {
    fn from(change: DomainChange) -> Self {
        Self {
            domain_id: change.domain_id.to_string(),
            domain: change.domain,
            before: change.before.as_str(),
            after: change.after.as_str(),
            expires_at: change.expires_at.map(|at| at.to_rfc3339()),
        }
    }
}

impl From<KeyChange> for KeyChangeBody {
    fn from(change: KeyChange) -> Self {
        let key = change.key;
        Self {
            id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            scope: key.scope.as_str(),
            last_used_at: key.last_used_at.map(|at| at.to_rfc3339()),
            revoked: change.is_revoked,
            domains: change.domains.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<WebhookChange> for WebhookChangeBody {
    fn from(change: WebhookChange) -> Self {
        Self {
            id: change.webhook.id.to_string(),
            url: change.webhook.url,
            suspended: change.is_suspended,
            lost_domains: change.lost,
            gained_domains: change.gained,
        }
    }
}

impl From<Invitation> for EndedInvitationBody {
    fn from(invitation: Invitation) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: invitation.email.to_string(),
            role: invitation.role.as_str(),
        }
    }
}

impl From<Preview> for PreviewBody {
    fn from(it: Preview) -> Self {
        Self {
            user_id: it.user.id.to_string(),
            domains: it.domains.into_iter().map(Into::into).collect(),
            api_keys: it.keys.into_iter().map(Into::into).collect(),
            webhooks: it.webhooks.into_iter().map(Into::into).collect(),
            ended_sessions: it.ended_sessions,
            revoked_invitations: it.invitations.into_iter().map(Into::into).collect(),
        }
    }
}

fn proposal(request: &PreviewRequest) -> Result<Proposal, Invalid> {
    match (&request.domains, &request.role, &request.offboard) {
        (Some(domains), None, None) => {
            let lines = domains.iter().enumerate();
            let lines = lines.map(|(index, line)| read(index, line));
            Ok(Proposal::Access(lines.collect::<Result<_, _>>()?))
        }
        (None, Some(role), None) => Ok(Proposal::Role(word("role", role)?)),
        (None, None, Some(how)) => match how.as_str() {
            "deactivate" => Ok(Proposal::Deactivate),
            "delete" => Ok(Proposal::Delete),
            _ => Err(Invalid::field(
                "offboard",
                "must be one of deactivate, delete",
            )),
        },
        _ => Err(Invalid::field(
            "domains",
            "or role or offboard is required, and no two of them",
        )),
    }
}

pub(super) async fn preview(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<([(HeaderName, String); 1], Json<PreviewBody>), Problem> {
    let proposed = body.late::<PreviewRequest>().and_then(|request| {
        Ok(Proposed {
            user: request.user_id.parse().ok(),
            change: proposal(&request),
        })
    });
    let preview = access::preview(&app, &caller, proposed).await?;
    let tag = format!("\"{}\"", preview.version);
    Ok(([(header::ETAG, tag)], Json(preview.into())))
}
