//! `/v1/organization`: what it is, its settings, its end. Its ownership is in `users`.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::action;
use postscale_actions::{
    App,
    organizations::{self, Confirmation, OrganizationSettings, Profile, SettingsChange},
};
use postscale_model::Word as _;
use postscale_web::{JsonBody, Problem, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::billing::LimitsBody;
use crate::operation::{reads, takes};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/organization",
            &[action::ORG_READ.into()],
            get,
            reads::<OrganizationBody>("Get the organization, its limits and your role", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/organization",
            &[action::ORG_SETTINGS_UPDATE.into(), action::ORG_READ.into()],
            rename,
            takes::<RenameRequest, OrganizationBody>("Rename the organization", StatusCode::OK),
        )
        .operation(
            Method::DELETE,
            "/v1/organization",
            &[action::ORG_DELETE.into()],
            delete,
            takes::<DeleteRequest, ()>(
                "Delete the organization for everybody in it; wants a sign-in of the last 10 minutes",
                StatusCode::NO_CONTENT,
            ),
        )
        .operation(
            Method::GET,
            "/v1/organization/settings",
            &[action::ORG_SETTINGS_READ.into()],
            settings,
            reads::<SettingsBody>("Get the organization's settings", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/organization/settings",
            &[action::ORG_SETTINGS_UPDATE.into()],
            update_settings,
            takes::<SettingsRequest, SettingsBody>(
                "Change the organization's settings; they count from everybody's next request on",
                StatusCode::OK,
            ),
        )
}

/// The caller's organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnOrganizationBody)]
struct OrganizationBody {
    id: String,
    name: String,
    /// Name of the plan.
    plan: String,
    limits: LimitsBody,
    /// `owner`, `admin` or `member`: the caller's role; of a key, its maker's.
    role: &'static str,
    created_at: String,
}

impl From<Profile> for OrganizationBody {
    fn from(it: Profile) -> Self {
        let organization = it.organization;
        Self {
            id: organization.id.to_string(),
            name: organization.name,
            plan: organization.plan,
            limits: it.plan.into(),
            role: it.role.as_str(),
            created_at: organization.created_at.to_rfc3339(),
        }
    }
}

async fn get(
    State(app): State<App>,
    caller: RequestCaller,
) -> Result<Json<OrganizationBody>, Problem> {
    Ok(Json(organizations::get(&app, &caller).await?.into()))
}

/// Another name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenameRequest {
    name: String,
}

async fn rename(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<OrganizationBody>, Problem> {
    let change = body.late::<RenameRequest>().and_then(|request| {
        Ok(SettingsChange {
            name: Some(request.name),
            require_second_factor: None,
        })
    });
    organizations::update(&app, &caller, change).await?;
    Ok(Json(organizations::get(&app, &caller).await?.into()))
}

/// That it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeleteRequest {
    /// The organization's name.
    name: String,
}

async fn delete(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<StatusCode, Problem> {
    let confirmation = body
        .late::<DeleteRequest>()
        .and_then(|request| Ok(Confirmation { name: request.name }));
    organizations::delete(&app, &caller, confirmation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The settings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationSettingsBody)]
struct SettingsBody {
    name: String,
    /// Whether people must have a second factor before anything else.
    require_second_factor: bool,
    /// How many active people have none: they have to set one up first while it is required.
    users_without_second_factor: u64,
}

impl From<OrganizationSettings> for SettingsBody {
    fn from(it: OrganizationSettings) -> Self {
        Self {
            name: it.name,
            require_second_factor: it.require_second_factor,
            users_without_second_factor: it.without_second_factor,
        }
    }
}

async fn settings(
    State(app): State<App>,
    caller: RequestCaller,
) -> Result<Json<SettingsBody>, Problem> {
    Ok(Json(organizations::settings(&app, &caller).await?.into()))
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrganizationSettingsRequest)]
struct SettingsRequest {
    name: Option<String>,
    /// Switching it on wants a second factor of your own.
    require_second_factor: Option<bool>,
}

async fn update_settings(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<SettingsBody>, Problem> {
    let change = body.late::<SettingsRequest>().and_then(|request| {
        Ok(SettingsChange {
            name: request.name,
            require_second_factor: request.require_second_factor,
        })
    });
    let changed = organizations::update(&app, &caller, change).await?;
    Ok(Json(changed.into()))
}
