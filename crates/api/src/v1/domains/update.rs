//! `PUT /v1/domains/{domain}`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    domains::{self, DomainChange},
};
use postscale_model::Invalid;
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::DomainBody;
use crate::{input::optional_word, segments::DomainSegment};

/// What to change; what is absent stays as it is. The name never changes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateRequest {
    /// `inbound`, `outbound`, `both` or `alias`.
    r#type: Option<String>,
    catch_all_enabled: Option<bool>,
    active: Option<bool>,
    open_tracking: Option<bool>,
    click_tracking: Option<bool>,
}

impl TryFrom<UpdateRequest> for DomainChange {
    type Error = Invalid;
    fn try_from(request: UpdateRequest) -> Result<Self, Invalid> {
        Ok(Self {
            domain_type: optional_word("type", request.r#type.as_deref())?,
            catch_all_enabled: request.catch_all_enabled,
            active: request.active,
            open_tracking: request.open_tracking,
            click_tracking: request.click_tracking,
        })
    }
}

pub(super) async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<DomainBody>, Problem> {
    let change = body.late::<UpdateRequest>().and_then(TryInto::try_into);
    let changed = domains::update(&app, &caller, &DomainRef::parse(&domain.text), change).await?;
    Ok(Json(DomainBody::from(&changed)))
}
