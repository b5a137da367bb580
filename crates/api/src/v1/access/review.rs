//! `/v1/access/review`

use axum::{Json, extract::State, response::Response};
use postscale_access::Late;
use postscale_actions::{
    App, Page,
    access::{self, Kept, ReviewItem, ReviewKind},
};
use postscale_model::{Invalid, Timestamp};
use postscale_web::{JsonBody, Problem, Query, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) const QUERY: crate::operation::Query = &[
    ("kind", "grant, api_key or webhook"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

/// Somebody's access to something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewItemBody)]
struct ItemBody {
    /// `grant`, `api_key` or `webhook`.
    kind: &'static str,
    /// Of a grant, its member's id.
    id: String,
    /// Of a grant.
    domain_id: Option<String>,
    /// The domain's name, the key's name or the webhook's address.
    name: String,
    holder_id: String,
    holder: String,
    /// A grant's level or a key's capability.
    access: Option<String>,
    /// Of a key or webhook: `organization` or `domains`.
    scope: Option<String>,
    given_by: Option<String>,
    since: String,
    /// Of a grant, when its member was last seen; of a webhook, its last delivery.
    last_used_at: Option<String>,
    expires_at: Option<String>,
    /// `active` or `expired`.
    status: &'static str,
    note: String,
    reviewed_at: Option<String>,
    reviewed_by: Option<String>,
}

/// A page of the review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewListBody)]
pub(super) struct ListBody {
    items: Vec<ItemBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

fn item(it: ReviewItem, now: Timestamp) -> ItemBody {
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    let instant = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339);
    let status = if it.is_over(now) { "expired" } else { "active" };
    let (reviewed_at, reviewer) = it.reviewed.unzip();
    ItemBody {
        kind: it.kind.as_str(),
        id: it.id,
        domain_id: given(it.domain_id),
        name: it.name,
        holder_id: it.holder_id.to_string(),
        holder: it.holder,
        access: given(it.access),
        scope: given(it.scope),
        given_by: it.giver,
        since: it.since.to_rfc3339(),
        last_used_at: instant(it.last_used_at),
        expires_at: instant(it.expires_at),
        status,
        note: it.note,
        reviewed_at: instant(reviewed_at),
        reviewed_by: reviewer.flatten(),
    }
}

fn kind(text: &str) -> Result<ReviewKind, Invalid> {
    ReviewKind::parse(text)
        .ok_or_else(|| Invalid::field("kind", "must be one of grant, api_key, webhook"))
}

fn input(query: &Query) -> Result<(Option<ReviewKind>, Page), Invalid> {
    Ok((query.text("kind")?.map(kind).transpose()?, query.page()?))
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let (page, listed) = access::review(&app, &caller, Late::new(input(&query))).await?;
    let now = caller.received_at();
    Ok(Json(ListBody {
        items: listed.rows.into_iter().map(|it| item(it, now)).collect(),
        total: listed.total,
        limit: page.limit,
        offset: page.offset,
    }))
}

/// What is kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepRequest {
    /// `grant`, `api_key` or `webhook`.
    kind: String,
    /// As the review lists it: of a grant, its member's id.
    id: String,
    /// Of a grant.
    domain_id: Option<String>,
}

/// When it was reviewed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptBody {
    reviewed_at: String,
}

pub(super) async fn keep(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<KeptBody>, Problem> {
    let kept = body.late::<KeepRequest>().and_then(|request| {
        let id = &request.id;
        Ok(match kind(&request.kind)? {
            ReviewKind::Grant => {
                let domain = request.domain_id.as_deref();
                let missing = || Invalid::field("domain_id", "is required for a grant");
                Kept::Grant(id.parse().ok(), domain.ok_or_else(missing)?.parse().ok())
            }
            ReviewKind::ApiKey => Kept::ApiKey(id.parse().ok()),
            ReviewKind::Webhook => Kept::Webhook(id.parse().ok()),
        })
    });
    let at = access::keep(&app, &caller, kept).await?;
    Ok(Json(KeptBody {
        reviewed_at: at.to_rfc3339(),
    }))
}

pub(super) async fn export(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let export = access::export(&app, &caller, body.nothing()).await?;
    Ok(postscale_web::access_review(export).await?)
}
