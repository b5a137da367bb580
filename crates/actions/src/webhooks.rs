//! Webhooks: endpoints that are told what happens.

mod adopt;
mod check;
mod create;
mod delete;
mod deliveries;
mod get;
mod list;
mod replay;
mod rotate;
mod test;
mod update;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use postscale_model::{DomainId, KeyScope, Sources, Webhook};
pub use postscale_store::{webhook::NamedBy, webhook_delivery::DeliveryFilter};

pub use adopt::adopt;
pub use create::{NewWebhook, NewWebhookRest, create};
pub use delete::delete;
pub use deliveries::{DeliveryWithAttempts, deliveries, list_deliveries};
pub use get::{WebhookView, get};
pub use list::list;
pub use postscale_store::webhook_delivery::NO_EMAIL;
pub use replay::replay_delivery;
pub use rotate::{GRACE_HOURS_DEFAULT, GRACE_HOURS_MAX, rotate};
pub use test::test;
pub use update::{WebhookChange, update};

use crate::Secret;

/// Whether a webhook is told what happens on a domain of its organization.
#[must_use]
pub fn is_told_of(webhook: &Webhook, domain: DomainId) -> bool {
    webhook.scope == KeyScope::Organization || webhook.domain_ids.contains(&domain)
}

/// A new secret: 256 random bits behind a prefix that scanners recognise.
fn new_secret(sources: &Sources) -> Secret {
    let random = BASE64_URL_SAFE_NO_PAD.encode(sources.bytes::<32>());
    Secret::from(["whsec_", &random].concat())
}
