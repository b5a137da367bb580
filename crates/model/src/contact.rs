//! Whom an alias corresponds with.

use crate::{Address, AliasId, ContactId, Mailbox, OrganizationId, Timestamp};

/// An outside correspondent of one alias, and the reverse address that stands for them there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The resource id.
    pub id: ContactId,
    /// The organization of the alias.
    pub organization_id: OrganizationId,
    /// The alias.
    pub alias_id: AliasId,
    /// Their address.
    pub address: Address,
    /// How they called themselves; empty when they did not.
    pub display_name: String,
    /// What makes the local part of the reverse address: nobody guesses it.
    pub token: String,
    /// Their mail to the alias is refused.
    pub blocked: bool,
    /// Their messages that were sent on.
    pub emails_received: i64,
    /// Messages to them that left by the reverse address.
    pub emails_sent: i64,
    /// When they last wrote or were written to.
    pub last_used_at: Timestamp,
    /// When they were first known.
    pub created_at: Timestamp,
}

impl Contact {
    /// They as a header field names them.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        Mailbox {
            display_name: Some(self.display_name.clone()).filter(|name| !name.is_empty()),
            address: self.address.clone(),
        }
    }
}
