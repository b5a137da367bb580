//! `/v1/audit`: the organization's log, and the log as a file.

use axum::{Json, extract::State, http::Method, response::Response};
use postscale_access::{Late, action};
use postscale_actions::{
    App, Asked, Page,
    audit::{self, AuditFilter},
};
use postscale_model::{AuditActions, AuditEntry, Invalid, Timestamp, Word as _};
use postscale_web::{JsonBody, Problem, Query, RequestCaller, Routes, Surface, Web, sought};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::operation::{exports, reads};

const QUERY: crate::operation::Query = &[
    ("actor", "Id of who did it, or a part of their name"),
    (
        "action",
        "As `domain.created`, or `domain.*` for all about domains",
    ),
    (
        "target",
        "Id or kind of what it was done to, or a part of its name",
    ),
    ("from", "At or after: RFC 3339 or YYYY-MM-DD"),
    ("to", "At or before: RFC 3339 or YYYY-MM-DD"),
    ("cursor", "Where to go on: `next_cursor` of the page before"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/audit",
            &[action::AUDIT_LIST.into()],
            list,
            reads::<ListBody>(
                "List what was done in the organization, newest first",
                QUERY,
            ),
        )
        .operation(
            Method::POST,
            "/v1/audit/exports",
            &[action::AUDIT_EXPORT.into()],
            export,
            exports::<ExportRequest>("Download the audit log as CSV, oldest first"),
        )
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditActorBody)]
struct ActorBody {
    /// `user`, `key`, `cli`, `system` or `anonymous`.
    kind: &'static str,
    id: Option<String>,
    /// The user's address or the key's name then.
    label: Option<String>,
}

/// What it was done to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditTargetBody)]
struct TargetBody {
    kind: String,
    id: Option<String>,
    /// Its name or address then.
    label: Option<String>,
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntryBody)]
struct EntryBody {
    id: String,
    at: String,
    actor: ActorBody,
    /// The session or key that was used.
    via: Option<String>,
    ip: Option<String>,
    action: &'static str,
    target: Option<TargetBody>,
    /// The changed members as they were.
    #[schema(value_type = Option<Object>)]
    before: Value,
    /// The changed members as they were afterwards.
    #[schema(value_type = Option<Object>)]
    after: Value,
    /// `ok`, `denied` or `failed`.
    outcome: &'static str,
    request_id: Option<String>,
    /// How often: refusals of one principal within a minute are counted together.
    occurrences: i64,
}

fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl From<AuditEntry> for EntryBody {
    fn from(entry: AuditEntry) -> Self {
        let members = |json: &str| serde_json::from_str(json).unwrap_or(Value::Null);
        Self {
            id: entry.id.to_string(),
            at: entry.at.to_rfc3339(),
            actor: ActorBody {
                kind: entry.actor_kind.as_str(),
                id: given(entry.actor_id),
                label: given(entry.actor_label),
            },
            via: given(entry.via),
            ip: given(entry.ip),
            action: entry.action.as_str(),
            target: given(entry.target_kind).map(|kind| TargetBody {
                kind,
                id: given(entry.target_id),
                label: given(entry.target_label),
            }),
            before: members(&entry.before),
            after: members(&entry.after),
            outcome: entry.outcome.as_str(),
            request_id: given(entry.request_id),
            occurrences: entry.occurrences,
        }
    }
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditListBody)]
struct ListBody {
    entries: Vec<EntryBody>,
    total: u64,
    limit: u32,
    offset: u64,
    /// Where the next page begins, if there is one.
    next_cursor: Option<String>,
}

fn actions(text: &str) -> Result<AuditActions, Invalid> {
    let why = "must be an action as `domain.created`, or an area as `domain.*`";
    AuditActions::parse(text).ok_or_else(|| Invalid::field("action", why))
}

fn input(query: &Query) -> Result<(Asked<AuditFilter>, Page), Invalid> {
    let filter = AuditFilter {
        actor: query.string("actor")?,
        actions: query.text("action")?.map(actions).transpose()?,
        target: query.string("target")?,
        from: query.timestamp("from")?,
        to: query.timestamp("to")?,
    };
    let cursor = query.cursor()?.map(str::to_owned);
    Ok((Asked { filter, cursor }, query.page()?))
}

async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let found = audit::list(&app, &caller, Late::new(input(&query))).await?;
    Ok(Json(ListBody {
        entries: found.listed.rows.into_iter().map(Into::into).collect(),
        total: found.listed.total,
        limit: found.page.limit,
        offset: found.page.offset,
        next_cursor: found.next_cursor,
    }))
}

/// Which entries to write out; all that are given must fit.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AuditExportRequest)]
#[serde(deny_unknown_fields)]
struct ExportRequest {
    /// Id of who did it, or a part of their name.
    actor: Option<String>,
    /// As `domain.created`, or `domain.*` for all about domains.
    action: Option<String>,
    /// Id or kind of what it was done to, or a part of its name.
    target: Option<String>,
    /// At or after: RFC 3339 or YYYY-MM-DD.
    from: Option<String>,
    /// At or before: RFC 3339 or YYYY-MM-DD.
    to: Option<String>,
}

impl TryFrom<ExportRequest> for AuditFilter {
    type Error = Invalid;
    fn try_from(request: ExportRequest) -> Result<Self, Invalid> {
        let instant = |field, text: Option<String>| {
            let why = "must be an RFC 3339 instant or YYYY-MM-DD";
            let read = text.map(|text| Timestamp::parse(&text));
            read.map(|at| at.ok_or_else(|| Invalid::field(field, why)))
                .transpose()
        };
        let text = |field, text: Option<String>| text.map(|it| sought(field, it)).transpose();
        Ok(Self {
            actor: text("actor", request.actor)?,
            actions: request.action.as_deref().map(actions).transpose()?,
            target: text("target", request.target)?,
            from: instant("from", request.from)?,
            to: instant("to", request.to)?,
        })
    }
}

async fn export(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let filter = body.late::<ExportRequest>().and_then(TryInto::try_into);
    let export = audit::export(&app, &caller, filter).await?;
    Ok(postscale_web::audit_log(export).await?)
}
