//! The model: what there is.
//!
//! Written from the access rules alone. It knows ids, names, secrets and links as answers and mail gave
//! them, and nothing of the product's code.

use std::collections::{BTreeMap, BTreeSet};

/// A level on a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Read,
    Write,
}

impl Level {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "read_write",
        }
    }
}

/// A role in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Member,
    Admin,
    Owner,
}

impl Role {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// State of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    Deactivated,
    Deleted,
}

/// A right on a domain, perhaps with an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    pub level: Level,
    pub until: Option<i64>,
}

/// A membership.
#[derive(Debug, Clone)]
pub struct User {
    pub id: String,
    pub organization: usize,
    pub person: usize,
    pub role: Role,
    pub status: Status,
    pub grants: BTreeMap<usize, Grant>,
}

/// A domain; one that was deleted stays here as what must not be found.
#[derive(Debug, Clone)]
pub struct Domain {
    pub id: String,
    pub name: String,
    pub organization: usize,
    pub is_there: bool,
    pub is_ready: bool,
    pub selectors: BTreeSet<&'static str>,
}

/// What a key or a webhook is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Organization,
    Domains(BTreeSet<usize>),
}

/// Upper bound of what a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    Full,
    Read,
    Send,
}

impl Capability {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Read => "read",
            Self::Send => "send",
        }
    }
}

/// An API key.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: String,
    pub secret: String,
    pub previous: Option<(String, i64)>,
    pub creator: usize,
    pub capability: Capability,
    pub reach: Reach,
    pub until: Option<i64>,
    pub is_revoked: bool,
    /// It is good only from a network nobody here is in.
    pub is_elsewhere: bool,
}

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Session {
    pub token: String,
    pub person: usize,
    pub user: usize,
    pub began: i64,
    pub authenticated: i64,
    pub seen: i64,
    /// A use that is not written down yet.
    pub noted: Option<i64>,
    /// The person was promoted since the token was given.
    pub is_renewal_due: bool,
    pub is_open: bool,
}

/// Something of one domain: an alias, a message.
#[derive(Debug, Clone)]
pub struct Thing {
    pub id: String,
    pub domain: usize,
    pub name: &'static str,
    pub is_there: bool,
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub id: String,
    pub organization: usize,
    pub reach: Reach,
    pub is_there: bool,
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Pending,
    Over,
    Superseded,
}

/// An invitation with its newest link.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub id: String,
    pub token: String,
    /// Links it had before.
    pub former: Vec<String>,
    pub organization: usize,
    pub person: usize,
    pub role: Role,
    pub domains: Vec<(usize, Level)>,
    pub inviter: usize,
    pub until: i64,
    pub fate: Fate,
    /// A code that was mailed, until when it is good.
    pub code: Option<(String, i64)>,
    pub codes: usize,
}

/// What a request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Nobody,
    Session(usize),
    Key(usize),
    /// The secret a key had before its rotation.
    FormerSecret(usize),
}

/// Whom a good credential stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    pub user: usize,
    pub organization: usize,
    pub role: Role,
    pub session: Option<usize>,
    pub key: Option<usize>,
}

impl Who {
    pub fn is_manager(self) -> bool {
        self.role != Role::Member
    }
}

/// Everything there is.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub now: i64,
    pub organizations: Vec<String>,
    /// Addresses of people, whether they have a login or not.
    pub people: Vec<String>,
    pub users: Vec<User>,
    pub domains: Vec<Domain>,
    pub keys: Vec<Key>,
    pub sessions: Vec<Session>,
    pub aliases: Vec<Thing>,
    pub emails: Vec<Thing>,
    pub inbound: Vec<Thing>,
    pub webhooks: Vec<Webhook>,
    pub invitations: Vec<Invitation>,
    /// Organization, person and instant of every mailed invitation.
    pub invited: Vec<(usize, usize, i64)>,
}
