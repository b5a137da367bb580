//! API keys, which are SMTP passwords too.

use ipnet::IpNet;

use crate::word::words;
use crate::{ApiKeyId, DomainId, Environment, OrganizationId, Timestamp, UserId};

words! {
    /// What a key may do inside its scope.
    pub enum Capability {
        /// Read and write.
        Full = "full",
        /// Read only.
        Read = "read",
        /// Send messages, nothing else.
        Send = "send",
    }
}

words! {
    /// How a key's reach is stated.
    pub enum KeyScope {
        /// Every domain, present and future, while the creator is owner or admin.
        Organization = "organization",
        /// A list of domains, never empty and never widened.
        Domains = "domains",
    }
}

/// One domain a key names, with what the key really reaches there now.
#[derive(Debug, Clone)]
pub struct ApiKeyDomain {
    /// The domain.
    pub id: DomainId,
    /// Its name.
    pub name: String,
    /// The creator's level there now; `None` when the creator lost it.
    pub level: Option<crate::Level>,
}

impl Capability {
    /// Whether a key of this capability may become one of `lower`: never one that does more.
    #[must_use]
    pub fn covers(self, lower: Self) -> bool {
        self == Self::Full || self == lower
    }
}

/// An API key. Its secret is known only as a SHA-256.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Random; part of the key's text.
    pub id: ApiKeyId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Whose rights bound it, at every use.
    pub created_by: UserId,
    /// Shown name.
    pub name: String,
    /// Live or test.
    pub environment: Environment,
    /// Upper bound of what it does.
    pub capability: Capability,
    /// How its reach is stated.
    pub scope: KeyScope,
    /// Networks it is good from, over HTTP and SMTP alike; empty is everywhere.
    pub allowed_networks: Vec<IpNet>,
    /// The first characters of the secret, to recognise it.
    pub prefix: String,
    /// Last use, at minute precision.
    pub last_used_at: Option<Timestamp>,
    /// The secret before the last rotation is good until then.
    pub previous_secret_until: Option<Timestamp>,
    /// Ends by itself then.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
