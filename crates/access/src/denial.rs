//! What is told of a refusal, for the audit log. Nothing is decided by it.

use postscale_model::{AuditTarget, Audited, OrganizationId};

use crate::{Action, Actor, Refusal, Standings, Subject};

/// A refusal that the log of the actor's organization should have.
#[derive(Debug)]
pub struct Denial<'a> {
    /// Who was refused.
    pub actor: &'a Actor,
    /// What.
    pub action: Action,
    /// To what; nothing in particular when there is no such thing in the organization.
    pub target: AuditTarget,
}

impl Standings {
    fn is_of(&self, organization: OrganizationId) -> bool {
        match self {
            Self::One(one) => one.organization == organization,
            Self::All(all) => all.iter().all(|one| one.organization == organization),
            Self::Organization(whole) => *whole == organization,
        }
    }
}

impl Subject<'_> {
    /// Whether this is a thing of that organization. What is of another one, or not there at all, has
    /// no place in its log.
    pub(crate) fn is_of(&self, organization: OrganizationId) -> bool {
        match self {
            Self::OfDomain(Some(standings)) => standings.is_of(organization),
            Self::User(Some((whose, _))) => *whose == organization,
            Self::ApiKey(Some((whose, _))) => *whose == organization,
            Self::Nothing | Self::OfDomain(None) | Self::User(None) | Self::ApiKey(None) => false,
        }
    }
}

/// Whether a refusal is worth an entry: somebody known asked for what they may not do, or for what
/// is there but hidden from them. That a thing does not exist is no denial.
pub(crate) fn is_denial(refusal: Refusal, actor: &Actor, subject: Subject<'_>) -> bool {
    match refusal {
        Refusal::Unauthenticated => false,
        Refusal::Invisible => subject.is_of(actor.organization()),
        Refusal::Forbidden(_) => true,
    }
}

/// How the log names a row, if it is of the actor's organization.
pub(crate) fn named_if_ours(
    actor: &Actor,
    subject: Subject<'_>,
    row: Option<&impl Audited>,
) -> AuditTarget {
    row.filter(|_| subject.is_of(actor.organization()))
        .map(Audited::audit_target)
        .unwrap_or_default()
}
