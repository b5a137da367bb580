//! `POST /v1/domains`

use axum::{Json, extract::State, http::StatusCode};
use postscale_actions::{App, domains};
use postscale_model::{DomainName, DomainType, Invalid};
use postscale_web::{JsonBody, Problem, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::DomainBody;
use crate::input::word;

/// What to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    domain: String,
    /// `inbound` (default), `outbound`, `both` or `alias`.
    r#type: Option<String>,
    #[serde(default)]
    catch_all_enabled: Option<bool>,
    /// That an inbound domain's MX will move here is understood; nothing depends on it.
    #[expect(dead_code, reason = "accepted because the official client sends it")]
    #[serde(default)]
    inbound_mx_acknowledged: Option<bool>,
}

impl TryFrom<CreateRequest> for domains::NewDomain {
    type Error = Invalid;
    fn try_from(request: CreateRequest) -> Result<Self, Invalid> {
        let name = DomainName::from_input(&request.domain)
            .map_err(|problem| Invalid::field("domain", format!("{problem}")))?;
        let domain_type = match request.r#type {
            Some(text) => word("type", &text)?,
            None => DomainType::Inbound,
        };
        Ok(Self {
            name,
            domain_type,
            catch_all_enabled: request.catch_all_enabled.unwrap_or(false),
        })
    }
}

pub(super) async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<DomainBody>), Problem> {
    let new = body.late::<CreateRequest>().and_then(TryInto::try_into);
    let created = domains::create(&app, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(DomainBody::from(&created))))
}
