//! `/v1/users/{id}/domain-access`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, header},
};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    users::{self, AccessChange, MemberGrant, UserAccess, WantedGrant},
};
use postscale_model::{Invalid, Timestamp, UserId, Word as _};
use postscale_web::{JsonBody, Problem, Ref, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    input::{optional_timestamp, word},
    segments::IdSegment,
};

/// A domain a user reaches.
#[derive(Debug, Serialize, ToSchema)]
struct GrantBody {
    domain_id: String,
    domain: String,
    /// `read` or `read_write`.
    access: &'static str,
    /// `active`, or `expired` when it ended by itself.
    status: &'static str,
    expires_at: Option<String>,
    note: String,
}

/// A user's access list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccessBody {
    domains: Vec<GrantBody>,
    /// Whether the user reaches every domain by role, those added later too.
    all_domains: bool,
}

fn body(grant: MemberGrant, now: Timestamp) -> GrantBody {
    let in_force = grant.is_in_force(now);
    GrantBody {
        domain_id: grant.domain_id.to_string(),
        domain: grant.domain,
        access: grant.level.as_str(),
        status: if in_force { "active" } else { "expired" },
        expires_at: grant.expires_at.map(|at| at.to_rfc3339()),
        note: grant.note,
    }
}

type Answer = ([(HeaderName, String); 1], Json<AccessBody>);

fn answer(access: UserAccess, now: Timestamp) -> Answer {
    let grants = access.grants.into_iter();
    let list = AccessBody {
        domains: grants.map(|grant| body(grant, now)).collect(),
        all_domains: access.everything,
    };
    let tag = format!("\"{}\"", access.version);
    ([(header::ETAG, tag)], Json(list))
}

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    user: Ref<IdSegment, UserId>,
) -> Result<Answer, Problem> {
    let access = users::access(&app, &caller, user.id).await?;
    Ok(answer(access, caller.received_at()))
}

/// One domain of a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::v1) struct GrantRequest {
    /// Id or name.
    domain_id: String,
    /// `read` or `read_write`.
    access: String,
    /// When it ends by itself.
    expires_at: Option<String>,
    /// Why it is given.
    note: Option<String>,
}

/// The whole list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccessRequest {
    domains: Vec<GrantRequest>,
}

/// Reads one domain of a list.
pub(in crate::v1) fn read(index: usize, request: &GrantRequest) -> Result<WantedGrant, Invalid> {
    let end = format!("domains[{index}].expires_at");
    Ok(WantedGrant {
        domain: DomainRef::parse(&request.domain_id),
        level: word(&format!("domains[{index}].access"), &request.access)?,
        expires_at: optional_timestamp(&end, request.expires_at.as_deref())?,
        note: request.note.clone().unwrap_or_default(),
    })
}

/// The versions `If-Match` names; none when it is absent or `*`. Weak ones match nothing
/// (RFC 9110 §13.1.1).
fn replaces(headers: &HeaderMap) -> Option<Vec<String>> {
    let values = headers.get_all(header::IF_MATCH);
    let tags: Vec<&str> = values
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    if tags.is_empty() || tags == ["*"] {
        return None;
    }
    let strong = |tag: &&str| Some(tag.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    Some(tags.iter().filter_map(strong).collect())
}

pub(super) async fn put(
    State(app): State<App>,
    caller: RequestCaller,
    user: Ref<IdSegment, UserId>,
    headers: HeaderMap,
    body: JsonBody,
) -> Result<Answer, Problem> {
    let change = body.late::<AccessRequest>().and_then(|request| {
        let lines = request.domains.iter().enumerate();
        Ok(AccessChange {
            grants: lines
                .map(|(index, line)| read(index, line))
                .collect::<Result<_, _>>()?,
            replaces: replaces(&headers),
        })
    });
    let saved = users::replace_access(&app, &caller, user.id, change).await?;
    Ok(answer(saved, caller.received_at()))
}
