//! What a listing may see.

use postscale_model::{ApiKeyId, OrganizationId, UserId};

/// What a listing may see. `store` turns it into a `WHERE` clause; nothing filters afterwards.
#[derive(Debug)]
pub struct Scope {
    organization: OrganizationId,
    member: Option<UserId>,
    key: Option<ApiKeyId>,
    nothing: bool,
    organization_wide: bool,
}

impl Scope {
    pub(crate) fn new(
        organization: OrganizationId,
        member: Option<UserId>,
        key: Option<ApiKeyId>,
        nothing: bool,
    ) -> Self {
        let organization_wide = member.is_none() && key.is_none() && !nothing;
        Self {
            organization,
            member,
            key,
            nothing,
            organization_wide,
        }
    }
    /// The organization; always a condition.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }
    /// Only domains this member holds an unexpired grant on.
    #[must_use]
    pub fn member(&self) -> Option<UserId> {
        self.member
    }
    /// Only domains this key names.
    #[must_use]
    pub fn key(&self) -> Option<ApiKeyId> {
        self.key
    }
    /// Nothing at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.nothing
    }
    /// Everything of the organization, also what belongs to no domain.
    #[must_use]
    pub fn is_organization_wide(&self) -> bool {
        self.organization_wide
    }
}
