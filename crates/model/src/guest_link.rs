//! Links that show one domain's DNS records to somebody without an account.

use serde_json::{Value, json};

use crate::{AuditTarget, Audited, DomainId, GuestLinkId, Timestamp, UserId};

/// A link to one domain's records.
#[derive(Debug, Clone)]
pub struct GuestLink {
    /// Random.
    pub id: GuestLinkId,
    /// The domain it shows.
    pub domain_id: DomainId,
    /// Whose right it hangs on: it is good while this user may write the domain.
    pub created_by: UserId,
    /// For whom, or why.
    pub note: String,
    /// Its end.
    pub expires_at: Timestamp,
    /// When somebody last looked, as the log has it: once an hour.
    pub opened_at: Option<Timestamp>,
    /// How often somebody looked; looks within an hour count once.
    pub views: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Audited for GuestLink {
    fn audit_target(&self) -> AuditTarget {
        AuditTarget::new("guest_link", self.id, &self.note)
    }
    fn audit_members(&self) -> Value {
        json!({
            "domain_id": self.domain_id,
            "note": self.note,
            "expires_at": self.expires_at.to_rfc3339(),
        })
    }
}
