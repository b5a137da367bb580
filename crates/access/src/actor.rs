//! Who is asking.

use postscale_model::{
    ApiKeyId, Capability, Environment, KeyScope, OrganizationId, PersonId, Role, SessionId, UserId,
};

/// Whether an organization that asks its people for a second factor has got one from this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactor {
    /// There is one, or none is asked for.
    Settled,
    /// One must be set up before anything else.
    Due,
}

/// What a credential stands for, as read from storage. Powerless until the gate makes an
/// [`Actor`] of it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The current organization.
    pub organization: OrganizationId,
    /// The signed-in user, or the creator of the key.
    pub user: UserId,
    /// That user's role now.
    pub role: Role,
    /// Whether a second factor must be set up first.
    pub second_factor: SecondFactor,
    /// Session or key.
    pub means: Means,
}

/// By what the actor is acting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// A person at a browser.
    Session {
        /// The session.
        session: SessionId,
        /// The person.
        person: PersonId,
    },
    /// A program with a key, over HTTP or SMTP.
    Key {
        /// The key.
        key: ApiKeyId,
        /// Upper bound of what it does.
        capability: Capability,
        /// How its reach is stated.
        scope: KeyScope,
        /// Live or test; makes no difference to any decision.
        environment: Environment,
    },
}

/// Who is asking. Only the [`Gate`](crate::Gate) makes one, from a credential it verified, so
/// nobody can type themselves an owner.
#[derive(Debug, Clone)]
pub struct Actor {
    identity: Identity,
}

impl Actor {
    pub(crate) fn new(identity: Identity) -> Self {
        Self { identity }
    }
    /// An actor for tests of the policy.
    #[cfg(feature = "test-support")]
    #[must_use]
    pub fn for_test(identity: Identity) -> Self {
        Self { identity }
    }
    /// The organization the actor acts in.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.identity.organization
    }
    /// The signed-in user, or the creator of the key.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.identity.user
    }
    /// The role of [`Actor::user`] now.
    #[must_use]
    pub fn role(&self) -> Role {
        self.identity.role
    }
    /// Whether a second factor must be set up first.
    #[must_use]
    pub fn second_factor(&self) -> SecondFactor {
        self.identity.second_factor
    }
    /// Session or key.
    #[must_use]
    pub fn means(&self) -> &Means {
        &self.identity.means
    }
    /// Owner or admin.
    #[must_use]
    pub fn is_manager(&self) -> bool {
        matches!(self.role(), Role::Owner | Role::Admin)
    }
    /// The environment mail is sent in: live unless a test key asks.
    #[must_use]
    pub fn environment(&self) -> Environment {
        match self.identity.means {
            Means::Session { .. } => Environment::Live,
            Means::Key { environment, .. } => environment,
        }
    }
}
