//! `POST /v1/webhooks`

use axum::{Json, extract::State, http::StatusCode};
use postscale_actions::{
    App,
    webhooks::{self, NewWebhook, NewWebhookRest},
};
use postscale_model::Invalid;
use postscale_web::{JsonBody, Problem, RequestCaller};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::{SecretEnvelope, events};
use crate::named_domain::NamedDomain;

/// What to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    /// `https://…`
    url: String,
    /// `["email.received"]` when absent.
    events: Option<Vec<String>>,
    /// Ids or names; each must be writable for you.
    #[expect(dead_code, reason = "read beforehand, by `NamedDomain`")]
    domain_ids: Option<Vec<String>>,
    /// The same for one domain.
    #[expect(dead_code, reason = "read beforehand, by `NamedDomain`")]
    domain_id: Option<String>,
    /// The same for one domain.
    #[expect(dead_code, reason = "read beforehand, by `NamedDomain`")]
    domain: Option<String>,
    /// Only for recipients that match this pattern, such as `*@example.com`.
    r#match: Option<String>,
    description: Option<String>,
}

impl TryFrom<CreateRequest> for NewWebhookRest {
    type Error = Invalid;
    fn try_from(request: CreateRequest) -> Result<Self, Invalid> {
        Ok(Self {
            url: request.url,
            events: request.events.as_deref().map(events).transpose()?,
            recipient_match: request.r#match,
            description: request.description.unwrap_or_default(),
        })
    }
}

pub(super) async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<(StatusCode, Json<SecretEnvelope>), Problem> {
    let rest = body.late::<CreateRequest>().and_then(TryInto::try_into);
    let domains = body.late::<NamedDomain>().and_then(NamedDomain::any);
    let new = domains.and_then(|domains| Ok(NewWebhook { domains, rest }));
    let created = webhooks::create(&app, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}
