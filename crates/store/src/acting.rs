//! Who acts in a transaction, for the audit log. Nothing is decided by it.

use postscale_access::{Identity, Means, Origin};
use postscale_model::{ApiKeyId, AuditActorKind, SessionId, UserId};

/// Who acts in a transaction: known once the gate was opened in it.
#[derive(Debug, Clone)]
pub struct Acting {
    pub(crate) who: Who,
    pub(crate) origin: Origin,
}

#[derive(Debug, Clone)]
pub(crate) enum Who {
    Nobody,
    User(UserId, Option<SessionId>),
    Key(ApiKeyId),
    Cli,
    System,
}

impl Acting {
    pub(crate) fn nobody() -> Self {
        Self::by(Who::Nobody)
    }

    fn by(who: Who) -> Self {
        Self {
            who,
            origin: Origin::default(),
        }
    }

    pub(crate) fn new(identity: Option<&Identity>, origin: &Origin) -> Self {
        let who = identity.map_or(Who::Nobody, |identity| match identity.means {
            Means::Session { session, .. } => Who::User(identity.user, Some(session)),
            Means::Key { key, .. } => Who::Key(key),
        });
        Self {
            who,
            origin: origin.clone(),
        }
    }

    /// Somebody with a shell on the host.
    #[must_use]
    pub fn cli() -> Self {
        Self::by(Who::Cli)
    }

    /// The product by itself.
    #[must_use]
    pub fn system() -> Self {
        Self::by(Who::System)
    }

    pub(crate) const fn kind(&self) -> AuditActorKind {
        match self.who {
            Who::Nobody => AuditActorKind::Anonymous,
            Who::User(..) => AuditActorKind::User,
            Who::Key(_) => AuditActorKind::Key,
            Who::Cli => AuditActorKind::Cli,
            Who::System => AuditActorKind::System,
        }
    }
}
