//! Users (memberships), their roles, grants and invitations.

use crate::word::words;
use crate::{Address, DomainId, InvitationId, OrganizationId, PersonId, Timestamp, UserId};

words! {
    /// What a user is in the organization.
    pub enum Role {
        /// Everything, billing included. At least one active owner remains.
        Owner = "owner",
        /// Everything but billing and owners.
        Admin = "admin",
        /// Only the domains granted, at the level granted.
        Member = "member",
    }
}

words! {
    /// What a member may do on one domain. No grant at all is a domain that does not exist.
    pub enum Level {
        /// See, change nothing.
        Read = "read",
        /// See and operate.
        Write = "read_write",
    }
}

words! {
    /// Where a user is in its life. Only `active` authenticates.
    pub enum UserStatus {
        /// Accepted an invitation, address not yet proven.
        Pending = "pending",
        /// May sign in.
        Active = "active",
        /// May not; can be reactivated.
        Deactivated = "deactivated",
        /// A tombstone.
        Deleted = "deleted",
    }
}

/// One person's membership in one organization.
#[derive(Debug, Clone)]
pub struct User {
    /// Random, never reused.
    pub id: UserId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person.
    pub person_id: PersonId,
    /// The person's address.
    pub email: Address,
    /// The person's name.
    pub name: String,
    /// Role in this organization.
    pub role: Role,
    /// Life state.
    pub status: UserStatus,
    /// Last authenticated request, at minute precision.
    pub last_active_at: Option<Timestamp>,
    /// When the membership began.
    pub created_at: Timestamp,
}

/// A member's right on one domain.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Whose.
    pub user_id: UserId,
    /// On what.
    pub domain_id: DomainId,
    /// How much.
    pub level: Level,
    /// Ends by itself at this instant, decided by the clock when asked.
    pub expires_at: Option<Timestamp>,
    /// When it was given.
    pub created_at: Timestamp,
}

words! {
    /// Where an invitation is in its life. All but `pending` are final.
    pub enum InvitationState {
        /// May be accepted.
        Pending = "pending",
        /// Somebody joined with it.
        Accepted = "accepted",
        /// Its seven days are over.
        Expired = "expired",
        /// Taken back.
        Revoked = "revoked",
        /// Replaced by a newer one for the same address.
        Superseded = "superseded",
    }
}

/// An invitation to join an organization as admin or member.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Random.
    pub id: InvitationId,
    /// Where to.
    pub organization_id: OrganizationId,
    /// Exactly this address may accept.
    pub email: Address,
    /// Admin or member, never owner.
    pub role: Role,
    /// Life state.
    pub state: InvitationState,
    /// Who invited.
    pub invited_by: UserId,
    /// End of its seven days.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Invitation {
    /// Its life state by the clock: what expired says so, written down or not.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> InvitationState {
        match self.state {
            InvitationState::Pending if self.expires_at <= now => InvitationState::Expired,
            state => state,
        }
    }
}
