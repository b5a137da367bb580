//! Somebody as they are or would be, asked about and never acting: what explanations and previews are
//! made of. No proof comes of it.

use crate::{
    Action, Actor, Explanation, Identity, Permission, Standing, Standings, Subject, action, decide,
    explain,
};

/// What somebody may do on a domain at most. In order: more comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// It does not exist for them.
    Nothing,
    /// Send mail from it, without seeing anything of it.
    Send,
    /// See it.
    Read,
    /// See it, send from it and operate it.
    Write,
}

impl Reach {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Send => "send",
            Self::Read => "read",
            Self::Write => "read_write",
        }
    }
}

/// Somebody whom the policy is asked about on behalf of somebody else.
#[derive(Debug)]
pub struct Supposed(Option<Actor>);

impl Supposed {
    /// Somebody with that identity; without one, somebody whose credential is good for nothing.
    /// Only who may look into access asks about others.
    #[must_use]
    pub fn new(_permission: &Permission, identity: Option<Identity>) -> Self {
        Self(identity.map(Actor::new))
    }

    /// What they may, and why.
    #[must_use]
    pub fn explain(&self, action: Action, standing: Standing) -> Explanation {
        let standings = Standings::One(standing);
        explain(self.0.as_ref(), action, Subject::OfDomain(Some(&standings)))
    }

    /// What they may do on a domain at most: the answers of [`decide`] to operating it, seeing it
    /// and sending from it.
    #[must_use]
    pub fn reach(&self, standing: Standing) -> Reach {
        let standings = Standings::One(standing);
        let may = |action: Action| {
            decide(self.0.as_ref(), action, Subject::OfDomain(Some(&standings))).is_ok()
        };
        if may(action::DOMAIN_SETTINGS_UPDATE.into()) {
            Reach::Write
        } else if may(action::DOMAIN_READ.into()) {
            Reach::Read
        } else if may(action::MESSAGE_SEND.into()) {
            Reach::Send
        } else {
            Reach::Nothing
        }
    }
}
