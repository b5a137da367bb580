//! The Webhook object.

use postscale_actions::{Secret, webhooks::WebhookView};
use postscale_model::{Invalid, Webhook, WebhookEvent, Word as _};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa::ToSchema;

use crate::input::word;

/// A webhook. Its secret is not part of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookBody {
    id: String,
    url: String,
    /// The same, under the name some clients read.
    webhook_url: String,
    event_types: Vec<&'static str>,
    has_secret: bool,
    /// `organization` or `domains`.
    scope: &'static str,
    domain_ids: Vec<String>,
    /// Only for recipients that match this pattern.
    r#match: Option<String>,
    description: String,
    created_by: String,
    /// Nothing is delivered since then, because its maker left.
    suspended_at: Option<String>,
    created_at: String,
}

impl From<&Webhook> for WebhookBody {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url.clone(),
            webhook_url: webhook.url.clone(),
            event_types: webhook.events.iter().map(|event| event.as_str()).collect(),
            has_secret: true,
            scope: webhook.scope.as_str(),
            domain_ids: webhook.domain_ids.iter().map(ToString::to_string).collect(),
            r#match: webhook.recipient_match.clone(),
            description: webhook.description.clone(),
            created_by: webhook.created_by.to_string(),
            suspended_at: webhook.suspended_at.map(|at| at.to_rfc3339()),
            created_at: webhook.created_at.to_rfc3339(),
        }
    }
}

/// One webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WebhookEnvelope {
    webhook: WebhookBody,
}

/// One webhook, and what its deletion would silence.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NamedWebhookEnvelope {
    webhook: WebhookBody,
    named_by: NamedByBody,
}

/// What announces to a webhook alone: without it, nobody is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookNamedByBody)]
struct NamedByBody {
    aliases: u64,
    rules: u64,
}

impl From<WebhookView> for NamedWebhookEnvelope {
    fn from(view: WebhookView) -> Self {
        Self {
            webhook: (&view.webhook).into(),
            named_by: NamedByBody {
                aliases: view.named_by.aliases,
                rules: view.named_by.rules,
            },
        }
    }
}

impl From<&Webhook> for WebhookEnvelope {
    fn from(webhook: &Webhook) -> Self {
        Self {
            webhook: webhook.into(),
        }
    }
}

/// A webhook and its new secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SecretEnvelope {
    webhook: WebhookBody,
    /// Shown only now.
    secret: String,
}

impl From<(Webhook, Secret)> for SecretEnvelope {
    fn from((webhook, secret): (Webhook, Secret)) -> Self {
        Self {
            webhook: (&webhook).into(),
            secret: secret.expose_secret().to_owned(),
        }
    }
}

/// Names of events.
pub(super) fn events(names: &[String]) -> Result<Vec<WebhookEvent>, Invalid> {
    names
        .iter()
        .enumerate()
        .map(|(i, name)| word(&format!("events[{i}]"), name))
        .collect()
}
