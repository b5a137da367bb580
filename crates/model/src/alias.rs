//! Aliases: receiving addresses of a domain.

use crate::word::words;
use crate::{Address, AliasId, DomainId, OrganizationId, Timestamp, WebhookId};

words! {
    /// What happens to mail for an alias.
    pub enum AliasAction {
        /// Sent on to other addresses.
        Forward = "forward",
        /// Announced to webhooks.
        Webhook = "webhook",
        /// Kept.
        Store = "store",
        /// Accepted and thrown away.
        Drop = "drop",
    }
}

/// A receiving address of a domain.
#[derive(Debug, Clone)]
pub struct Alias {
    /// The resource id.
    pub id: AliasId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The domain; [`DomainId::SHIELD`] for the instance's shared one.
    pub domain_id: DomainId,
    /// The domain's name.
    pub domain: String,
    /// Local part in lower case.
    pub local_part: String,
    /// What happens to its mail.
    pub action: AliasAction,
    /// Targets of `forward`.
    pub forward_to: Vec<Address>,
    /// The one webhook that is told; none announces to every webhook that covers the domain. One that
    /// was deleted since is still named here, and nobody is told.
    pub webhook_id: Option<WebhookId>,
    /// A masked address.
    pub is_masked: bool,
    /// Note of its owner.
    pub description: String,
    /// Messages received.
    pub emails_received: i64,
    /// `false` pauses it: recipients are refused.
    pub active: bool,
    /// Ends by itself then.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

impl Alias {
    /// Whether it stands on the instance's shared domain, not on one of the organization's.
    #[must_use]
    pub fn is_shield(&self) -> bool {
        self.domain_id == DomainId::SHIELD
    }

    /// Whether it takes mail at that instant: switched on, and its end not reached.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.active && self.expires_at.is_none_or(|end| end > now)
    }

    /// Its whole address.
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        Address::new(self.local_part.clone(), self.domain.parse().ok()?).ok()
    }
}
