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
use crate::{input::optional_word, named_domain::NamedDomain};

/// What to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    /// `https://…`
    url: String,
    /// `["email.received"]` when absent.
    events: Option<Vec<String>>,
    /// `organization` or `domains`; as your rights and the domains named say when absent.
    #[expect(dead_code, reason = "read beforehand, by `ForWhom`")]
    scope: Option<String>,
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

/// What of a body says whom the webhook is told about: decided before the rest is judged.
#[derive(Debug, Deserialize)]
struct ForWhom {
    scope: Option<String>,
    #[serde(flatten)]
    domains: NamedDomain,
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
    let new = body.late::<ForWhom>().and_then(|whom| {
        Ok(NewWebhook {
            scope: optional_word("scope", whom.scope.as_deref())?,
            domains: whom.domains.any()?,
            rest,
        })
    });
    let created = webhooks::create(&app, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}
