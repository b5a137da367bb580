//! DKIM keys of a domain.

use std::time::Duration;

use crate::word::words;
use crate::{DkimKeyId, DomainId, Selector, Timestamp};

/// How long the record of a replaced key must stay: as long as a signature of it is valid.
pub const DKIM_RETIRING: Duration = Duration::from_secs(7 * 24 * 3600);

words! {
    /// Key type and size.
    pub enum DkimAlgorithm {
        /// RSA, 2048 bits: the default every verifier knows.
        Rsa2048 = "rsa2048",
        /// RSA, 4096 bits.
        Rsa4096 = "rsa4096",
        /// Ed25519 (RFC 8463).
        Ed25519 = "ed25519",
    }
}

words! {
    /// Where a key is in its life.
    pub enum DkimStatus {
        /// Made; its record has not been seen.
        Pending = "pending",
        /// Signs.
        Active = "active",
        /// Replaced; its record must stay until mail in flight has arrived.
        Retiring = "retiring",
        /// Does not sign.
        Inactive = "inactive",
    }
}

/// The public side of a DKIM key. The private key never leaves `store` unsealed but for signing.
#[derive(Debug, Clone)]
pub struct DkimKey {
    /// Random.
    pub id: DkimKeyId,
    /// The domain.
    pub domain_id: DomainId,
    /// Names the record.
    pub selector: Selector,
    /// Key type.
    pub algorithm: DkimAlgorithm,
    /// Life state.
    pub status: DkimStatus,
    /// Base64 of the SubjectPublicKeyInfo (RSA) or of the raw key (Ed25519): the `p=` tag.
    pub public_key: String,
    /// When its record was first seen.
    pub verified_at: Option<Timestamp>,
    /// The key it takes over from once its record is seen.
    pub replaces: Option<DkimKeyId>,
    /// When a retiring key becomes inactive.
    pub retire_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl DkimKey {
    /// Whether its record has been seen.
    #[must_use]
    pub const fn verified(&self) -> bool {
        self.verified_at.is_some()
    }
    /// Whether mail is signed with it.
    #[must_use]
    pub const fn signs(&self) -> bool {
        matches!(self.status, DkimStatus::Active) && self.verified()
    }
    /// Whether its record is to be in DNS.
    #[must_use]
    pub const fn is_published(&self) -> bool {
        !matches!(self.status, DkimStatus::Inactive)
    }
    /// The TXT record's value (RFC 6376 §3.6.1).
    #[must_use]
    pub fn record_value(&self) -> String {
        let kind = match self.algorithm {
            DkimAlgorithm::Rsa2048 | DkimAlgorithm::Rsa4096 => "rsa",
            DkimAlgorithm::Ed25519 => "ed25519",
        };
        format!("v=DKIM1; k={kind}; p={}", self.public_key)
    }
}
