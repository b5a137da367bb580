//! Webhook endpoints and what they are owed.

use crate::word::words;
use crate::{
    DeliveryAttemptId, DeliveryId, DomainId, KeyScope, OrganizationId, Timestamp, UserId, WebhookId,
};

words! {
    /// What an endpoint can be told.
    pub enum WebhookEvent {
        /// A message was received.
        EmailReceived = "email.received",
        /// A message was handed to the recipient's server.
        EmailSent = "email.sent",
        /// A message was delivered.
        EmailDelivered = "email.delivered",
        /// A message bounced.
        EmailBounced = "email.bounced",
        /// A message was refused for now.
        EmailDeferred = "email.deferred",
        /// A message was complained about.
        EmailComplained = "email.complained",
        /// A report names a source that never sent in the domain's name before.
        DmarcNewSource = "dmarc.new_source",
    }
}

words! {
    /// Where a delivery to an endpoint is.
    pub enum DeliveryStatus {
        /// Not tried yet.
        Pending = "pending",
        /// Answered 2xx.
        Delivered = "delivered",
        /// Failed, will be tried again.
        Retrying = "retrying",
        /// Given up.
        Failed = "failed",
    }
}

/// A webhook endpoint. Its secret is sealed in the store.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The resource id.
    pub id: WebhookId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Every domain, or the listed ones.
    pub scope: KeyScope,
    /// The listed domains; empty for organization scope.
    pub domain_ids: Vec<DomainId>,
    /// Where to.
    pub url: String,
    /// Which events.
    pub events: Vec<WebhookEvent>,
    /// Only for recipients that match this glob.
    pub recipient_match: Option<String>,
    /// Note of its owner.
    pub description: String,
    /// Who made it.
    pub created_by: UserId,
    /// Paused since its maker left.
    pub suspended_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One event owed to one endpoint.
#[derive(Debug, Clone)]
pub struct WebhookDelivery {
    /// The resource id.
    pub id: DeliveryId,
    /// The endpoint.
    pub webhook_id: WebhookId,
    /// The domain it speaks of.
    pub domain_id: DomainId,
    /// Which event.
    pub event: WebhookEvent,
    /// The message it speaks of, sent or received.
    pub email_id: String,
    /// State.
    pub status: DeliveryStatus,
    /// Tries so far.
    pub attempts: i64,
    /// Next try.
    pub next_attempt_at: Option<Timestamp>,
    /// When the event happened.
    pub created_at: Timestamp,
}

/// One try of a delivery.
#[derive(Debug, Clone)]
pub struct WebhookAttempt {
    /// Sent as `X-Postscale-Delivery-ID`.
    pub id: DeliveryAttemptId,
    /// When.
    pub at: Timestamp,
    /// The endpoint's answer.
    pub status_code: Option<i64>,
    /// Why there was none.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
}
