//! Why the policy decided as it did: the rules it asked, in their order, up to the one that said no.
//!
//! Nothing is decided here. [`explain`](crate::explain) and [`decide`](crate::decide) are the same
//! walk; the former writes down what the latter only answers.

use postscale_model::{Capability, KeyScope, Level, Role};

use crate::{Reason, Refusal};

/// A rule the policy asked, with the facts it asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The action is open to everybody.
    Open,
    /// There is a valid credential of an active user.
    Credential,
    /// A second factor that the organization asks for is there, or the action comes before it.
    SecondFactor,
    /// A person asks, not a program.
    InPerson,
    /// A key asks, not a person.
    ByKey,
    /// The user's role looks after the organization.
    Manager {
        /// The role.
        role: Role,
    },
    /// The user's role owns the organization.
    Owner {
        /// The role.
        role: Role,
    },
    /// The key reaches the organization as a whole.
    OrganizationKey {
        /// How its reach is stated.
        scope: KeyScope,
    },
    /// There is such a thing in the actor's organization.
    SameOrganization,
    /// What the user reaches by role or by grant: their level on it.
    UserLevel {
        /// The role, which gives everything or leaves it to the grant.
        role: Role,
        /// The grant in force.
        grant: Option<Level>,
    },
    /// The key names the domain, or reaches every one as its creator does.
    KeyScope {
        /// How its reach is stated.
        scope: KeyScope,
        /// Whether the domain is among those it names.
        is_listed: bool,
    },
    /// The key's capability includes the action.
    Capability {
        /// The upper bound of what the key does.
        capability: Capability,
    },
    /// The level is enough.
    Level {
        /// What there is.
        has: Level,
        /// What the action wants.
        wants: Level,
    },
    /// Somebody may do it at all.
    Somebody,
    /// The target is not protected from the actor.
    Target {
        /// The target's role.
        role: Role,
    },
    /// The key is the actor's own, or the actor looks after the organization.
    OwnKey,
}

impl Rule {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Credential => "credential",
            Self::SecondFactor => "second_factor",
            Self::InPerson => "in_person",
            Self::ByKey => "by_key",
            Self::Manager { .. } => "manager",
            Self::Owner { .. } => "owner",
            Self::OrganizationKey { .. } => "organization_key",
            Self::SameOrganization => "same_organization",
            Self::UserLevel { .. } => "user_level",
            Self::KeyScope { .. } => "key_scope",
            Self::Capability { .. } => "capability",
            Self::Level { .. } => "level",
            Self::Somebody => "somebody",
            Self::Target { .. } => "target",
            Self::OwnKey => "own_key",
        }
    }
}

/// A rule and whether it held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What was asked.
    pub rule: Rule,
    /// Whether it let the request go on.
    pub holds: bool,
}

/// A decision with the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The rules asked, in order. Only the last one may not hold.
    pub steps: Vec<Step>,
    /// What was decided.
    pub result: Result<(), Refusal>,
}

impl Refusal {
    /// The status a client is answered.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Invisible => 404,
            Self::Forbidden(_) => 403,
        }
    }

    /// The code a client is answered.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthorized",
            Self::Invisible => "not_found",
            Self::Forbidden(reason) => reason.code(),
        }
    }
}

impl Reason {
    /// The code a client is answered.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Role => "forbidden",
            Self::SecondFactorDue => "second_factor_required",
            Self::Capability => "insufficient_capability",
            Self::SessionRequired => "session_required",
            Self::DomainNotWritable => "domain_not_writable",
            Self::SenderDomainNotPermitted => "sender_domain_not_permitted",
        }
    }
}
