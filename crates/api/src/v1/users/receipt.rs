//! What taking a user out of the team ended, and what is left to look at.

use postscale_actions::users::{ExternalForward, Forwarder, Made, Receipt};
use postscale_model::{ApiKey, Invitation, Webhook, Word as _};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::UserBody;

/// A key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceiptKeyBody)]
struct KeyBody {
    id: String,
    name: String,
    prefix: String,
    environment: &'static str,
    capability: &'static str,
    scope: &'static str,
    created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_name: Option<String>,
    last_used_at: Option<String>,
    expires_at: Option<String>,
    created_at: String,
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceiptInvitationBody)]
struct InvitationBody {
    id: String,
    email: String,
    role: &'static str,
    expires_at: String,
    created_at: String,
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceiptWebhookBody)]
struct WebhookBody {
    id: String,
    url: String,
    description: String,
    scope: &'static str,
    domain_ids: Vec<String>,
    created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_name: Option<String>,
    suspended_at: Option<String>,
    created_at: String,
}

/// An alias or a rule by which the user had mail sent out of the organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceiptForwardBody)]
struct ForwardBody {
    /// `alias` or `rule`.
    r#type: &'static str,
    id: String,
    domain_id: String,
    /// The address of the alias, or the name of the rule.
    name: String,
    /// Those of its targets that the user named and that are not the organization's own.
    forward_to: Vec<String>,
}

/// What the user may have a copy of, and what of theirs works on.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewBody {
    organization_api_keys: Vec<KeyBody>,
    organization_webhooks: Vec<WebhookBody>,
    external_forwards: Vec<ForwardBody>,
}

/// What was ended, and what is left to look at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReceiptBody {
    user: UserBody,
    revoked_api_keys: Vec<KeyBody>,
    ended_sessions: u64,
    revoked_invitations: Vec<InvitationBody>,
    suspended_webhooks: Vec<WebhookBody>,
    review: ReviewBody,
}

fn key(key: ApiKey, maker: Option<String>) -> KeyBody {
    KeyBody {
        id: key.id.to_string(),
        name: key.name,
        prefix: key.prefix,
        environment: key.environment.as_str(),
        capability: key.capability.as_str(),
        scope: key.scope.as_str(),
        created_by: key.created_by.to_string(),
        created_by_name: maker,
        last_used_at: key.last_used_at.map(|at| at.to_rfc3339()),
        expires_at: key.expires_at.map(|at| at.to_rfc3339()),
        created_at: key.created_at.to_rfc3339(),
    }
}

fn webhook(webhook: Webhook, maker: Option<String>) -> WebhookBody {
    WebhookBody {
        id: webhook.id.to_string(),
        url: webhook.url,
        description: webhook.description,
        scope: webhook.scope.as_str(),
        domain_ids: webhook.domain_ids.iter().map(ToString::to_string).collect(),
        created_by: webhook.created_by.to_string(),
        created_by_name: maker,
        suspended_at: webhook.suspended_at.map(|at| at.to_rfc3339()),
        created_at: webhook.created_at.to_rfc3339(),
    }
}

impl From<Invitation> for InvitationBody {
    fn from(invitation: Invitation) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: invitation.email.to_string(),
            role: invitation.role.as_str(),
            expires_at: invitation.expires_at.to_rfc3339(),
            created_at: invitation.created_at.to_rfc3339(),
        }
    }
}

impl From<ExternalForward> for ForwardBody {
    fn from(it: ExternalForward) -> Self {
        let forward_to = it.targets.iter().map(ToString::to_string).collect();
        match it.by {
            Forwarder::Alias(alias) => Self {
                r#type: "alias",
                id: alias.id.to_string(),
                domain_id: alias.domain_id.to_string(),
                name: format!("{}@{}", alias.local_part, alias.domain),
                forward_to,
            },
            Forwarder::Rule(rule) => Self {
                r#type: "rule",
                id: rule.id.to_string(),
                domain_id: rule.domain_id.to_string(),
                name: rule.name,
                forward_to,
            },
        }
    }
}

impl From<Receipt> for ReceiptBody {
    fn from(it: Receipt) -> Self {
        let alone = |thing| key(thing, None);
        let keys = it.review.keys.into_iter();
        let webhooks = it.review.webhooks.into_iter();
        Self {
            user: it.user.into(),
            revoked_api_keys: it.revoked_keys.into_iter().map(alone).collect(),
            ended_sessions: it.ended_sessions,
            revoked_invitations: it.revoked_invitations.into_iter().map(Into::into).collect(),
            suspended_webhooks: it
                .suspended_webhooks
                .into_iter()
                .map(|thing| webhook(thing, None))
                .collect(),
            review: ReviewBody {
                organization_api_keys: keys
                    .map(|Made { thing, maker }| key(thing, Some(maker)))
                    .collect(),
                organization_webhooks: webhooks
                    .map(|Made { thing, maker }| webhook(thing, Some(maker)))
                    .collect(),
                external_forwards: it.review.forwards.into_iter().map(Into::into).collect(),
            },
        }
    }
}
