//! An invitation on the wire.

use postscale_actions::invitations::ListedInvitation;
use postscale_model::{Timestamp, Word as _};
use serde::Serialize;
use utoipa::ToSchema;

/// A domain granted on joining.
#[derive(Debug, Serialize, ToSchema)]
struct InvitedDomainBody {
    domain_id: String,
    domain: String,
    /// `read` or `read_write`.
    access: &'static str,
}

/// An invitation. The link's token is in its mail and nowhere else.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InvitationBody {
    id: String,
    email: String,
    /// `admin` or `member`.
    role: &'static str,
    /// `pending`, `accepted`, `expired` or `revoked`.
    status: &'static str,
    /// Granted to a member on joining.
    domains: Vec<InvitedDomainBody>,
    /// The user who invited.
    invited_by: String,
    invited_by_name: String,
    expires_at: String,
    created_at: String,
}

impl InvitationBody {
    pub(super) fn new(listed: ListedInvitation, now: Timestamp) -> Self {
        let it = listed.invitation;
        let domains = listed.domains.into_iter();
        Self {
            id: it.id.to_string(),
            status: it.state_at(now).as_str(),
            email: it.email.to_string(),
            role: it.role.as_str(),
            domains: domains
                .map(|granted| InvitedDomainBody {
                    domain_id: granted.domain_id.to_string(),
                    domain: granted.domain,
                    access: granted.level.as_str(),
                })
                .collect(),
            invited_by: it.invited_by.to_string(),
            invited_by_name: listed.inviter,
            expires_at: it.expires_at.to_rfc3339(),
            created_at: it.created_at.to_rfc3339(),
        }
    }
}
