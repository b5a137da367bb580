//! `/v1/api-keys`

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::{Late, action};
use postscale_actions::{
    App,
    api_keys::{self, KeyChange, KeyWithDomains, NewApiKey, OVERLAP_HOURS_DEFAULT},
};
use postscale_model::{ApiKeyId, Capability, Environment, Invalid, Level, Word as _};
use postscale_web::{JsonBody, Problem, Query, Ref, RequestCaller, Routes, Surface, Web};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    input::{optional_timestamp, optional_word},
    operation::{PAGE, reads, removes, takes},
    segments::IdSegment,
};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::POST,
            "/v1/api-keys",
            &[
                action::KEY_LIST.into(),
                action::KEY_CREATE_SCOPED.into(),
                action::KEY_CREATE_ORG.into(),
            ],
            create,
            takes::<CreateRequest, CreatedBody>(
                "Create an API key; its secret is shown once",
                StatusCode::CREATED,
            ),
        )
        .operation(
            Method::GET,
            "/v1/api-keys",
            &[action::KEY_LIST.into()],
            list,
            reads::<ListBody>("List API keys: members see their own", PAGE),
        )
        .operation(
            Method::DELETE,
            "/v1/api-keys/self",
            &[action::SELF_KEY_REVOKE.into()],
            revoke_self,
            removes("Revoke the key this request presents"),
        )
        .operation(
            Method::GET,
            "/v1/api-keys/{id}",
            &[action::KEY_READ.into()],
            get,
            reads::<KeyBody>("Get an API key", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/api-keys/{id}",
            &[action::KEY_UPDATE.into(), action::DOMAIN_READ.into()],
            update,
            takes::<UpdateRequest, KeyBody>(
                "Rename an API key or make it reach less",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::POST,
            "/v1/api-keys/{id}/rotate",
            &[action::KEY_UPDATE.into()],
            rotate,
            takes::<RotateRequest, CreatedBody>(
                "Give an API key a new secret, shown once",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::DELETE,
            "/v1/api-keys/{id}",
            &[action::KEY_REVOKE.into()],
            revoke,
            removes("Revoke an API key, at once and for good"),
        )
}

/// A domain a key names, with what the key reaches there now.
#[derive(Debug, Serialize, ToSchema)]
struct KeyDomainBody {
    id: String,
    domain: String,
    /// `read_write`, `read` or `none`.
    access: &'static str,
}

/// An API key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKeyBody)]
struct KeyBody {
    id: String,
    name: String,
    environment: &'static str,
    capability: &'static str,
    scope: &'static str,
    domains: Vec<KeyDomainBody>,
    /// Networks it is good from, over HTTP and SMTP; empty is everywhere.
    allowed_networks: Vec<String>,
    prefix: String,
    created_by: String,
    /// Until then the secret before the last rotation is good as well.
    previous_secret_until: Option<String>,
    last_used_at: Option<String>,
    expires_at: Option<String>,
    created_at: String,
    revoked_at: Option<String>,
}

impl From<KeyWithDomains> for KeyBody {
    fn from(it: KeyWithDomains) -> Self {
        let key = it.key;
        let reached = |level: Option<Level>| match (level, key.capability) {
            (None, _) => "none",
            (Some(_), Capability::Read) => Level::Read.as_str(),
            (Some(level), _) => level.as_str(),
        };
        Self {
            id: key.id.to_string(),
            name: key.name,
            environment: key.environment.as_str(),
            capability: key.capability.as_str(),
            scope: key.scope.as_str(),
            domains: it
                .domains
                .into_iter()
                .map(|domain| KeyDomainBody {
                    id: domain.id.to_string(),
                    domain: domain.name,
                    access: reached(domain.level),
                })
                .collect(),
            allowed_networks: key
                .allowed_networks
                .iter()
                .map(ToString::to_string)
                .collect(),
            prefix: key.prefix,
            created_by: key.created_by.to_string(),
            previous_secret_until: key.previous_secret_until.map(|at| at.to_rfc3339()),
            last_used_at: key.last_used_at.map(|at| at.to_rfc3339()),
            expires_at: key.expires_at.map(|at| at.to_rfc3339()),
            created_at: key.created_at.to_rfc3339(),
            revoked_at: key.revoked_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// What to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    name: String,
    /// `live` (default) or `test`.
    environment: Option<String>,
    /// `full` (default), `read` or `send`.
    capability: Option<String>,
    /// `organization` or `domains`.
    scope: Option<String>,
    /// Ids or names; each must be writable for you.
    domain_ids: Option<Vec<String>>,
    /// Networks in CIDR notation it is good from; none is everywhere.
    #[serde(default)]
    allowed_networks: Vec<String>,
    expires_at: Option<String>,
}

/// A new key and its secret.
#[derive(Debug, Serialize, ToSchema)]
struct CreatedBody {
    api_key: KeyBody,
    /// Shown only now.
    secret: String,
}

impl TryFrom<CreateRequest> for NewApiKey {
    type Error = Invalid;
    fn try_from(request: CreateRequest) -> Result<Self, Invalid> {
        let environment = optional_word("environment", request.environment.as_deref())?;
        let capability = optional_word("capability", request.capability.as_deref())?;
        Ok(Self {
            name: request.name,
            environment: environment.unwrap_or(Environment::Live),
            capability: capability.unwrap_or(Capability::Full),
            scope: optional_word("scope", request.scope.as_deref())?,
            domains: request.domain_ids,
            allowed_networks: request.allowed_networks,
            expires_at: optional_timestamp("expires_at", request.expires_at.as_deref())?,
        })
    }
}

async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<CreatedBody>), Problem> {
    let new = body.late::<CreateRequest>().and_then(TryInto::try_into);
    let (created, secret) = api_keys::create(&app, &caller, new).await?;
    let secret = secret.expose_secret().to_owned();
    Ok((
        StatusCode::CREATED,
        Json(CreatedBody {
            api_key: created.into(),
            secret,
        }),
    ))
}

/// A page of keys.
#[derive(Debug, Serialize, ToSchema)]
struct ListBody {
    api_keys: Vec<KeyBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let (page, listed) = api_keys::list(&app, &caller, Late::new(query.page())).await?;
    Ok(Json(ListBody {
        api_keys: listed.rows.into_iter().map(Into::into).collect(),
        total: listed.total,
        limit: page.limit,
        offset: page.offset,
    }))
}

async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    key: Ref<IdSegment, ApiKeyId>,
) -> Result<Json<KeyBody>, Problem> {
    Ok(Json(api_keys::get(&app, &caller, key.id).await?.into()))
}

/// What to change. Reach and life only ever shrink.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    name: Option<String>,
    /// Earlier than the end it has.
    expires_at: Option<String>,
    /// `read` or `send` where it was `full`.
    capability: Option<String>,
    /// The domains it keeps, by id or name.
    domain_ids: Option<Vec<String>>,
    /// Networks in CIDR notation it is good from; none is everywhere.
    allowed_networks: Option<Vec<String>>,
    /// Ends the secret before a rotation at once.
    #[serde(default)]
    end_previous_secret: bool,
}

impl TryFrom<UpdateRequest> for KeyChange {
    type Error = Invalid;
    fn try_from(request: UpdateRequest) -> Result<Self, Invalid> {
        Ok(Self {
            name: request.name,
            expires_at: optional_timestamp("expires_at", request.expires_at.as_deref())?,
            capability: optional_word("capability", request.capability.as_deref())?,
            allowed_networks: request.allowed_networks,
            domains: request.domain_ids,
            end_previous_secret: request.end_previous_secret,
        })
    }
}

async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    key: Ref<IdSegment, ApiKeyId>,
    body: JsonBody,
) -> Result<Json<KeyBody>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    Ok(Json(
        api_keys::update(&app, &caller, key.id, change)
            .await?
            .into(),
    ))
}

/// How long the old secret stays good.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RotateRequest {
    /// 0 to 168, by default 24; 0 ends it at once.
    overlap_hours: Option<u64>,
}

async fn rotate(
    State(app): State<App>,
    caller: RequestCaller,
    key: Ref<IdSegment, ApiKeyId>,
    body: JsonBody,
) -> Result<Json<CreatedBody>, Problem> {
    let hours = body
        .late::<RotateRequest>()
        .and_then(|request| Ok(request.overlap_hours.unwrap_or(OVERLAP_HOURS_DEFAULT)));
    let (rotated, secret) = api_keys::rotate(&app, &caller, key.id, hours).await?;
    Ok(Json(CreatedBody {
        api_key: rotated.into(),
        secret: secret.expose_secret().to_owned(),
    }))
}

async fn revoke(
    State(app): State<App>,
    caller: RequestCaller,
    key: Ref<IdSegment, ApiKeyId>,
) -> Result<StatusCode, Problem> {
    api_keys::revoke(&app, &caller, key.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn revoke_self(State(app): State<App>, caller: RequestCaller) -> Result<StatusCode, Problem> {
    api_keys::revoke_self(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
