//! `/v1/aliases/{id}/contacts`

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::{Late, action};
use postscale_actions::{
    App, Page,
    aliases::contacts::{self, ContactChange, ContactFilter, ContactView},
};
use postscale_model::{AliasId, ContactId, Invalid, Mailbox};
use postscale_web::{JsonBody, Problem, Query, Ref, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    operation::{reads, removes, takes},
    segments::{ContactSegment, IdSegment},
};

const QUERY: crate::operation::Query = &[
    ("q", "Substring of the address or the name"),
    ("blocked", "`true` or `false`"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

pub(super) fn routes() -> Routes<Web> {
    const ALL: &str = "/v1/aliases/{id}/contacts";
    const ONE: &str = "/v1/aliases/{id}/contacts/{contact}";
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            ALL,
            &[action::ALIAS_READ.into()],
            list,
            reads::<ContactListBody>("List whom an alias corresponds with", QUERY),
        )
        .operation(
            Method::POST,
            ALL,
            &[action::ALIAS_UPDATE.into()],
            create,
            takes::<CreateRequest, ContactEnvelope>(
                "Get the reverse address to write to somebody from an alias",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::PATCH,
            ONE,
            &[action::ALIAS_UPDATE.into()],
            update,
            takes::<UpdateRequest, ContactEnvelope>(
                "Name, block or unblock a contact of an alias",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            ONE,
            &[action::ALIAS_UPDATE.into()],
            delete,
            removes("Forget a contact; its reverse address is good for nothing any more"),
        )
}

/// Somebody an alias corresponds with.
#[derive(Debug, Serialize, ToSchema)]
struct ContactBody {
    id: String,
    alias_id: String,
    address: String,
    /// Empty when they never said.
    name: String,
    /// A target of the alias who writes here reaches the contact, from the alias.
    reverse_address: String,
    /// Their mail to the alias is refused.
    blocked: bool,
    emails_received: i64,
    emails_sent: i64,
    last_used_at: String,
    created_at: String,
}

impl From<ContactView> for ContactBody {
    fn from(it: ContactView) -> Self {
        let contact = it.contact;
        Self {
            id: contact.id.to_string(),
            alias_id: contact.alias_id.to_string(),
            address: contact.address.to_string(),
            name: contact.display_name,
            reverse_address: it.reverse_address.to_string(),
            blocked: contact.blocked,
            emails_received: contact.emails_received,
            emails_sent: contact.emails_sent,
            last_used_at: contact.last_used_at.to_rfc3339(),
            created_at: contact.created_at.to_rfc3339(),
        }
    }
}

/// A contact, wrapped like an alias.
#[derive(Debug, Serialize, ToSchema)]
struct ContactEnvelope {
    contact: ContactBody,
}

/// A page of contacts.
#[derive(Debug, Serialize, ToSchema)]
struct ContactListBody {
    contacts: Vec<ContactBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

fn filter(query: &Query) -> Result<(ContactFilter, Page), Invalid> {
    let filter = ContactFilter {
        query: query.string("q")?,
        blocked: query.flag("blocked")?,
    };
    Ok((filter, query.page()?))
}

async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
    query: Query,
) -> Result<Json<ContactListBody>, Problem> {
    let input = Late::new(filter(&query));
    let (page, listed) = contacts::list(&app, &caller, alias.id, input).await?;
    Ok(Json(ContactListBody {
        contacts: listed.rows.into_iter().map(Into::into).collect(),
        total: listed.total,
        limit: page.limit,
        offset: page.offset,
    }))
}

/// Whom to write to.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ContactCreateRequest)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    /// `a@b.example` or `Name <a@b.example>`.
    address: String,
    name: Option<String>,
}

impl TryFrom<CreateRequest> for Mailbox {
    type Error = Invalid;
    fn try_from(request: CreateRequest) -> Result<Self, Invalid> {
        let read: Result<Self, _> = request.address.parse();
        let mut mailbox = read.map_err(|why| Invalid::field("address", why.to_string()))?;
        if let Some(name) = request.name {
            mailbox.display_name = Some(name);
        }
        Ok(mailbox)
    }
}

async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
    body: JsonBody,
) -> Result<(StatusCode, Json<ContactEnvelope>), Problem> {
    let new = body.late::<CreateRequest>().and_then(TryInto::try_into);
    let (contact, is_new) = contacts::create(&app, &caller, alias.id, new).await?;
    let contact = contact.into();
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(ContactEnvelope { contact })))
}

/// What to change; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ContactUpdateRequest)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    name: Option<String>,
    /// Whether their mail to the alias is refused.
    blocked: Option<bool>,
}

async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
    contact: Ref<ContactSegment, ContactId>,
    body: JsonBody,
) -> Result<Json<ContactEnvelope>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(|request| {
        Ok(ContactChange {
            name: request.name,
            blocked: request.blocked,
        })
    });
    let ids = (alias.id, contact.id);
    let contact = contacts::update(&app, &caller, ids, change).await?.into();
    Ok(Json(ContactEnvelope { contact }))
}

async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
    contact: Ref<ContactSegment, ContactId>,
) -> Result<StatusCode, Problem> {
    contacts::delete(&app, &caller, (alias.id, contact.id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
