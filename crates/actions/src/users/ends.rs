//! What ends together with a role or a membership: stated once, for doing it and for saying beforehand
//! what it would do.

use postscale_model::{KeyScope, Role};

/// Which keys of a user end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndedKeys {
    /// None.
    None,
    /// Those for the whole organization.
    OfOrganization,
    /// Every one.
    All,
}

/// What a change to a user ends besides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    /// Every grant.
    pub grants: bool,
    /// These keys.
    pub keys: EndedKeys,
    /// The invitations they sent.
    pub invitations: bool,
}

impl Ends {
    /// Nothing besides.
    pub(crate) const NOTHING: Self = Self {
        grants: false,
        keys: EndedKeys::None,
        invitations: false,
    };
    /// What ends with a membership.
    pub(crate) const EVERYTHING: Self = Self {
        grants: true,
        keys: EndedKeys::All,
        invitations: true,
    };

    /// What ends when a user gets another role: a manager needs no grants and a member starts without
    /// any, no member holds a key for the whole organization or has invitations out.
    pub(crate) fn with_role(before: Role, after: Role) -> Self {
        if before == after {
            return Self::NOTHING;
        }
        let crosses = (before == Role::Member) != (after == Role::Member);
        Self {
            grants: crosses,
            keys: match crosses {
                true => EndedKeys::OfOrganization,
                false => EndedKeys::None,
            },
            invitations: after == Role::Member,
        }
    }
}

impl EndedKeys {
    /// The scope of the keys that end, as the store is told: nothing for every scope.
    pub(crate) const fn scope(self) -> Option<Option<KeyScope>> {
        match self {
            Self::None => None,
            Self::OfOrganization => Some(Some(KeyScope::Organization)),
            Self::All => Some(None),
        }
    }
}
