//! DKIM keys of a domain.

use crate::word::words;
use crate::{DkimKeyId, DomainId, Selector, Timestamp};

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
    /// When it was made.
    pub created_at: Timestamp,
}

impl DkimKey {
    /// Whether its record has been seen.
    #[must_use]
    pub const fn verified(&self) -> bool {
        self.verified_at.is_some()
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
