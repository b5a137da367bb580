//! The policy: pure, total, and the only place that says who may do what.
//!
//! `access-matrix.csv` is its specification; `tests/matrix.rs` compares every cell.

use postscale_model::{Capability, KeyScope, Level, OrganizationId, Role, UserId};

use crate::{Action, Actor, Class, Means, SecondFactor, Standing, Standings, action};

/// What an action is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// Nothing in particular: oneself or the organization.
    Nothing,
    /// An addressed domain or something of domains; `None` when there is no such thing.
    OfDomain(Option<&'a Standings>),
    /// A user; `None` when there is no such user.
    User(Option<(OrganizationId, Role)>),
    /// An API key and its creator; `None` when there is no such key.
    ApiKey(Option<(OrganizationId, UserId)>),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No valid credential. 401.
    Unauthenticated,
    /// Must look exactly like "does not exist". 404.
    Invisible,
    /// May be seen, may not be done. 403.
    Forbidden(Reason),
}

/// Which 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The role does not permit it.
    Role,
    /// The organization wants its people to have a second factor, and this one has none yet.
    SecondFactorDue,
    /// The key's capability or scope does not permit it.
    Capability,
    /// Only a person may.
    SessionRequired,
    /// Read access only.
    DomainNotWritable,
    /// The domain named in the payload is not one the caller may write, for whatever reason.
    SenderDomainNotPermitted,
}

type Decision = Result<(), Refusal>;

const fn forbidden(reason: Reason) -> Decision {
    Err(Refusal::Forbidden(reason))
}

/// Decides. No I/O, no clock, no cache; total over its inputs.
///
/// # Errors
/// The [`Refusal`] that becomes the answer. Checks run in the order of the access rules, so that
/// "cannot see it" always wins over "may not do it" for things of domains.
pub fn decide(actor: Option<&Actor>, action: Action, subject: Subject<'_>) -> Decision {
    if action.class() == Class::Public {
        return Ok(());
    }
    let actor = actor.ok_or(Refusal::Unauthenticated)?;
    if actor.second_factor() == SecondFactor::Due && !is_before_enrolment(action) {
        return forbidden(Reason::SecondFactorDue);
    }
    match action.class() {
        Class::Public | Class::Authenticated => Ok(()),
        Class::SelfPerson => person(actor),
        Class::SelfKey => match actor.means() {
            Means::Key { .. } => Ok(()),
            Means::Session { .. } => forbidden(Reason::Role),
        },
        Class::List => match capability(actor) {
            Some(Capability::Send) => forbidden(Reason::Capability),
            _ => Ok(()),
        },
        Class::DomainRead
        | Class::DomainWrite
        | Class::DomainWritePerson
        | Class::DomainAdmin
        | Class::DomainNobody
        | Class::SendByName
        | Class::WriteByName => of_domain(actor, action.class(), subject),
        Class::OrganizationOperate => manager(actor).and_then(|()| wide(actor, Level::Write)),
        Class::OrganizationLook => manager(actor).and_then(|()| wide(actor, Level::Read)),
        Class::OrganizationPerson => person(actor).and_then(|()| manager(actor)),
        Class::OwnerOnly => person(actor).and_then(|()| owner(actor)),
        Class::Nobody => forbidden(Reason::Role),
        Class::UserLook | Class::UserManage | Class::UserOwner => {
            of_user(actor, action.class(), subject)
        }
        Class::OwnKeys => of_key(actor, subject),
    }
}

/// What a person does about themselves, who must set a second factor up before anything else: none
/// of it shows or changes anything of the organization.
fn is_before_enrolment(action: Action) -> bool {
    [
        Action::from(action::SELF_READ),
        action::SELF_UPDATE.into(),
        action::SELF_PASSWORD_CHANGE.into(),
        action::SELF_EMAIL_CHANGE.into(),
        action::SELF_MFA_MANAGE.into(),
        action::SELF_SESSION_LIST.into(),
        action::SELF_SESSION_REVOKE.into(),
        action::SELF_LEAVE.into(),
    ]
    .contains(&action)
}

fn capability(actor: &Actor) -> Option<Capability> {
    match actor.means() {
        Means::Session { .. } => None,
        Means::Key { capability, .. } => Some(*capability),
    }
}

fn person(actor: &Actor) -> Decision {
    match actor.means() {
        Means::Session { .. } => Ok(()),
        Means::Key { .. } => forbidden(Reason::SessionRequired),
    }
}

fn manager(actor: &Actor) -> Decision {
    if actor.is_manager() {
        Ok(())
    } else {
        forbidden(Reason::Role)
    }
}

fn owner(actor: &Actor) -> Decision {
    if actor.role() == Role::Owner {
        Ok(())
    } else {
        forbidden(Reason::Role)
    }
}

/// A person, or an organization-wide key of at least that capability.
fn wide(actor: &Actor, need: Level) -> Decision {
    match actor.means() {
        Means::Session { .. } => Ok(()),
        Means::Key {
            scope: KeyScope::Domains,
            ..
        } => forbidden(Reason::Capability),
        Means::Key {
            scope: KeyScope::Organization,
            capability,
            ..
        } => match (capability, need) {
            (Capability::Full, _) | (Capability::Read, Level::Read) => Ok(()),
            (Capability::Read | Capability::Send, _) => forbidden(Reason::Capability),
        },
    }
}

/// The level of the user behind the actor on a domain, the key's scope applied but not yet its
/// capability. `None` is a domain that does not exist for them.
fn level_on(actor: &Actor, standing: &Standing) -> Option<Level> {
    if standing.organization != actor.organization() {
        return None;
    }
    let of_user = if actor.is_manager() {
        Some(Level::Write)
    } else {
        standing.grant
    };
    match actor.means() {
        Means::Session { .. } => of_user,
        Means::Key {
            scope: KeyScope::Organization,
            ..
        } => of_user.filter(|_| actor.is_manager()),
        Means::Key {
            scope: KeyScope::Domains,
            ..
        } => of_user.filter(|_| standing.in_key_scope),
    }
}

/// The least level over everything the thing belongs to.
fn level(actor: &Actor, standings: &Standings) -> Option<Level> {
    match standings {
        Standings::One(standing) => level_on(actor, standing),
        Standings::All(all) => all.iter().map(|one| level_on(actor, one)).min().flatten(),
        Standings::Organization(organization) => {
            let in_reach = match actor.means() {
                Means::Session { .. } => true,
                Means::Key { scope, .. } => *scope == KeyScope::Organization,
            };
            (*organization == actor.organization() && actor.is_manager() && in_reach)
                .then_some(Level::Write)
        }
    }
}

fn of_domain(actor: &Actor, class: Class, subject: Subject<'_>) -> Decision {
    let level = match subject {
        Subject::OfDomain(Some(standings)) => level(actor, standings),
        Subject::OfDomain(None) | Subject::Nothing | Subject::User(_) | Subject::ApiKey(_) => None,
    };
    let capability = capability(actor);
    let by_name = matches!(class, Class::SendByName | Class::WriteByName);
    let Some(level) = level else {
        return match by_name {
            true => forbidden(Reason::SenderDomainNotPermitted),
            false => Err(Refusal::Invisible),
        };
    };
    if class == Class::DomainWritePerson {
        person(actor)?;
    }
    let capable = match class {
        Class::DomainNobody => return forbidden(Reason::Role),
        Class::DomainRead => capability != Some(Capability::Send),
        Class::SendByName => capability != Some(Capability::Read),
        _ => !matches!(capability, Some(Capability::Read | Capability::Send)),
    };
    if !capable {
        return forbidden(Reason::Capability);
    }
    match class {
        Class::DomainRead => Ok(()),
        Class::DomainAdmin => manager(actor).and_then(|()| wide(actor, Level::Write)),
        _ if level == Level::Write => Ok(()),
        _ if by_name => forbidden(Reason::SenderDomainNotPermitted),
        _ => forbidden(Reason::DomainNotWritable),
    }
}

fn of_user(actor: &Actor, class: Class, subject: Subject<'_>) -> Decision {
    person(actor)?;
    manager(actor)?;
    let target = match subject {
        Subject::User(Some((organization, role))) if organization == actor.organization() => role,
        _ => return Err(Refusal::Invisible),
    };
    let protected =
        class == Class::UserOwner || (target == Role::Owner && class == Class::UserManage);
    if protected { owner(actor) } else { Ok(()) }
}

fn of_key(actor: &Actor, subject: Subject<'_>) -> Decision {
    person(actor)?;
    match subject {
        Subject::ApiKey(Some((organization, creator)))
            if organization == actor.organization()
                && (creator == actor.user() || actor.is_manager()) =>
        {
            Ok(())
        }
        _ => Err(Refusal::Invisible),
    }
}
