//! `/v1/shield/aliases`: masked addresses on the instance's shared domain.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::{Late, action};
use postscale_actions::{
    App,
    aliases::{self, NewShieldAlias},
};
use postscale_model::{AliasId, Invalid};
use postscale_web::{JsonBody, Problem, Query, Ref, RequestCaller, Routes, Surface, Web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::aliases::{
    body::{AliasEnvelope, targets},
    list::{ListBody, input},
    update::UpdateRequest,
};
use crate::{
    input::optional_timestamp,
    operation::{reads, removes, takes},
    segments::IdSegment,
};

const QUERY: crate::operation::Query = &[
    ("q", "Substring of the address or the description"),
    ("active", "`true` or `false`"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

pub(super) fn routes() -> Routes<Web> {
    const ALL: &str = "/v1/shield/aliases";
    const ONE: &str = "/v1/shield/aliases/{id}";
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            ALL,
            &[action::SHIELD_ALIAS_LIST.into()],
            list,
            reads::<ListBody>("List the masked addresses on the shared domain", QUERY),
        )
        .operation(
            Method::POST,
            ALL,
            &[action::SHIELD_ALIAS_CREATE.into()],
            create,
            takes::<CreateRequest, AliasEnvelope>(
                "Make up a masked address on the shared domain",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::GET,
            ONE,
            &[action::SHIELD_ALIAS_LIST.into(), action::ALIAS_READ.into()],
            get,
            reads::<AliasEnvelope>("Get a masked address of the shared domain", &[]),
        )
        .operation(
            Method::PATCH,
            ONE,
            &[
                action::SHIELD_ALIAS_CREATE.into(),
                action::ALIAS_UPDATE.into(),
            ],
            update,
            takes::<UpdateRequest, AliasEnvelope>(
                "Change a masked address of the shared domain; the address itself stays",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            ONE,
            &[
                action::SHIELD_ALIAS_DELETE.into(),
                action::ALIAS_DELETE.into(),
            ],
            delete,
            removes("Delete a masked address of the shared domain; mail it received stays"),
        )
}

/// What to make.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ShieldAliasCreateRequest)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    /// 1 to 20 addresses. Those outside your organization are asked by mail first.
    forward_to: Vec<String>,
    description: Option<String>,
    expires_at: Option<String>,
    active: Option<bool>,
}

impl TryFrom<CreateRequest> for NewShieldAlias {
    type Error = Invalid;
    fn try_from(request: CreateRequest) -> Result<Self, Invalid> {
        Ok(Self {
            forward_to: targets(&request.forward_to)?,
            description: request.description.unwrap_or_default(),
            expires_at: optional_timestamp("expires_at", request.expires_at.as_deref())?,
            active: request.active.unwrap_or(true),
        })
    }
}

async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let input = Late::new(input(&query));
    let listed = aliases::list_shield(&app, &caller, input).await?;
    Ok(Json(listed.into()))
}

async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<AliasEnvelope>), Problem> {
    let new = body.late::<CreateRequest>().and_then(TryInto::try_into);
    let created = aliases::create_shield(&app, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
) -> Result<Json<AliasEnvelope>, Problem> {
    Ok(Json(
        aliases::get_shield(&app, &caller, alias.id).await?.into(),
    ))
}

async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
    body: JsonBody,
) -> Result<Json<AliasEnvelope>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    let changed = aliases::update_shield(&app, &caller, alias.id, change).await?;
    Ok(Json(changed.into()))
}

async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    alias: Ref<IdSegment, AliasId>,
) -> Result<StatusCode, Problem> {
    aliases::delete_shield(&app, &caller, alias.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
