//! The policy: pure, total, and the only place that says who may do what.
//!
//! `access-matrix.csv` is its specification; `tests/matrix.rs` compares every cell. [`decide`] and
//! [`explain`] walk the same rules, so that an explanation cannot say other than the decision.

use postscale_model::{Capability, KeyScope, Level, OrganizationId, Role, UserId};

use crate::{
    Action, Actor, Class, Explanation, Means, Rule, SecondFactor, Standing, Standings, Step, action,
};

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

/// Hears which rules a walk through the policy asks.
trait Trace {
    fn asked(&mut self, rule: Rule, holds: bool);
}

/// Nobody listens.
impl Trace for () {
    #[inline]
    fn asked(&mut self, _rule: Rule, _holds: bool) {}
}

impl Trace for Vec<Step> {
    fn asked(&mut self, rule: Rule, holds: bool) {
        self.push(Step { rule, holds });
    }
}

/// Asks a rule; `refusal` is the answer when it does not hold.
fn ask(trace: &mut impl Trace, rule: Rule, holds: bool, refusal: Refusal) -> Decision {
    trace.asked(rule, holds);
    if holds { Ok(()) } else { Err(refusal) }
}

/// Asks a rule whose refusal is a 403.
fn want(trace: &mut impl Trace, rule: Rule, holds: bool, reason: Reason) -> Decision {
    ask(trace, rule, holds, Refusal::Forbidden(reason))
}

/// Decides. No I/O, no clock, no cache; total over its inputs.
///
/// # Errors
/// The [`Refusal`] that becomes the answer. Checks run in the order of the access rules, so that
/// "cannot see it" always wins over "may not do it" for things of domains.
pub fn decide(actor: Option<&Actor>, action: Action, subject: Subject<'_>) -> Decision {
    walk(&mut (), actor, action, subject)
}

/// Decides, and tells which rules were asked on the way.
#[must_use]
pub fn explain(actor: Option<&Actor>, action: Action, subject: Subject<'_>) -> Explanation {
    let mut steps = Vec::new();
    let result = walk(&mut steps, actor, action, subject);
    Explanation { steps, result }
}

fn walk(
    trace: &mut impl Trace,
    actor: Option<&Actor>,
    action: Action,
    subject: Subject<'_>,
) -> Decision {
    if action.class() == Class::Public {
        trace.asked(Rule::Open, true);
        return Ok(());
    }
    trace.asked(Rule::Credential, actor.is_some());
    let actor = actor.ok_or(Refusal::Unauthenticated)?;
    second_factor(trace, actor, action)?;
    match action.class() {
        Class::Public | Class::Authenticated => Ok(()),
        Class::SelfPerson => person(trace, actor),
        Class::SelfKey => {
            let is_key = matches!(actor.means(), Means::Key { .. });
            want(trace, Rule::ByKey, is_key, Reason::Role)
        }
        Class::List => capable(trace, actor, |capability| capability != Capability::Send),
        Class::DomainRead
        | Class::DomainWrite
        | Class::DomainWritePerson
        | Class::DomainAdmin
        | Class::DomainNobody
        | Class::SendByName
        | Class::WriteByName => of_domain(trace, actor, action.class(), subject),
        Class::OrganizationOperate => {
            manager(trace, actor)?;
            wide(trace, actor, Level::Write)
        }
        Class::OrganizationLook => {
            manager(trace, actor)?;
            wide(trace, actor, Level::Read)
        }
        Class::OrganizationPerson => {
            person(trace, actor)?;
            manager(trace, actor)
        }
        Class::OwnerOnly => {
            person(trace, actor)?;
            owner(trace, actor)
        }
        Class::Nobody => want(trace, Rule::Somebody, false, Reason::Role),
        Class::UserLook | Class::UserManage | Class::UserOwner => {
            of_user(trace, actor, action.class(), subject)
        }
        Class::OwnKeys => of_key(trace, actor, subject),
    }
}

fn second_factor(trace: &mut impl Trace, actor: &Actor, action: Action) -> Decision {
    // A key is no person who could have one.
    if matches!(actor.means(), Means::Key { .. }) && actor.second_factor() == SecondFactor::Settled
    {
        return Ok(());
    }
    let holds = actor.second_factor() == SecondFactor::Settled || is_before_enrolment(action);
    want(trace, Rule::SecondFactor, holds, Reason::SecondFactorDue)
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

/// A person may whatever their rights give them; a key only what its capability includes.
fn capable(
    trace: &mut impl Trace,
    actor: &Actor,
    includes: impl FnOnce(Capability) -> bool,
) -> Decision {
    match *actor.means() {
        Means::Session { .. } => Ok(()),
        Means::Key { capability, .. } => want(
            trace,
            Rule::Capability { capability },
            includes(capability),
            Reason::Capability,
        ),
    }
}

fn person(trace: &mut impl Trace, actor: &Actor) -> Decision {
    let is_person = matches!(actor.means(), Means::Session { .. });
    want(trace, Rule::InPerson, is_person, Reason::SessionRequired)
}

fn manager(trace: &mut impl Trace, actor: &Actor) -> Decision {
    let role = actor.role();
    let rule = Rule::Manager { role };
    want(trace, rule, actor.is_manager(), Reason::Role)
}

fn owner(trace: &mut impl Trace, actor: &Actor) -> Decision {
    let role = actor.role();
    want(
        trace,
        Rule::Owner { role },
        role == Role::Owner,
        Reason::Role,
    )
}

/// A person, or an organization-wide key of at least that capability.
fn wide(trace: &mut impl Trace, actor: &Actor, need: Level) -> Decision {
    let Means::Key { scope, .. } = *actor.means() else {
        return Ok(());
    };
    let is_wide = scope == KeyScope::Organization;
    let rule = Rule::OrganizationKey { scope };
    want(trace, rule, is_wide, Reason::Capability)?;
    capable(trace, actor, |capability| match (capability, need) {
        (Capability::Full, _) | (Capability::Read, Level::Read) => true,
        (Capability::Read | Capability::Send, _) => false,
    })
}

/// The level of the user behind the actor on a domain, the key's scope applied but not yet its
/// capability. `None` is a domain that does not exist for them.
fn level_on(trace: &mut impl Trace, actor: &Actor, standing: &Standing) -> Option<Level> {
    let is_ours = standing.organization == actor.organization();
    trace.asked(Rule::SameOrganization, is_ours);
    if !is_ours {
        return None;
    }
    let (role, grant) = (actor.role(), standing.grant);
    let of_user = if actor.is_manager() {
        Some(Level::Write)
    } else {
        grant
    };
    trace.asked(Rule::UserLevel { role, grant }, of_user.is_some());
    let of_user = of_user?;
    let Means::Key { scope, .. } = *actor.means() else {
        return Some(of_user);
    };
    let is_listed = standing.in_key_scope;
    let in_reach = match scope {
        KeyScope::Organization => actor.is_manager(),
        KeyScope::Domains => is_listed,
    };
    trace.asked(Rule::KeyScope { scope, is_listed }, in_reach);
    in_reach.then_some(of_user)
}

/// The least level over everything the thing belongs to.
fn level(trace: &mut impl Trace, actor: &Actor, standings: &Standings) -> Option<Level> {
    match standings {
        Standings::One(standing) => level_on(trace, actor, standing),
        Standings::All(all) => {
            if all.is_empty() {
                trace.asked(Rule::SameOrganization, false);
            }
            let mut least = None;
            for standing in all {
                let here = level_on(trace, actor, standing)?;
                least = Some(least.map_or(here, |known: Level| known.min(here)));
            }
            least
        }
        Standings::Organization(organization) => whole(trace, actor, *organization),
    }
}

/// The level on what belongs to the organization as a whole.
fn whole(trace: &mut impl Trace, actor: &Actor, organization: OrganizationId) -> Option<Level> {
    let is_ours = organization == actor.organization();
    trace.asked(Rule::SameOrganization, is_ours);
    if !is_ours {
        return None;
    }
    manager(trace, actor).ok()?;
    if let Means::Key { scope, .. } = *actor.means() {
        let is_wide = scope == KeyScope::Organization;
        trace.asked(Rule::OrganizationKey { scope }, is_wide);
        if !is_wide {
            return None;
        }
    }
    Some(Level::Write)
}

fn of_domain(
    trace: &mut impl Trace,
    actor: &Actor,
    class: Class,
    subject: Subject<'_>,
) -> Decision {
    let level = match subject {
        Subject::OfDomain(Some(standings)) => level(trace, actor, standings),
        Subject::OfDomain(None) | Subject::Nothing | Subject::User(_) | Subject::ApiKey(_) => {
            trace.asked(Rule::SameOrganization, false);
            None
        }
    };
    let by_name = matches!(class, Class::SendByName | Class::WriteByName);
    let Some(has) = level else {
        return match by_name {
            true => Err(Refusal::Forbidden(Reason::SenderDomainNotPermitted)),
            false => Err(Refusal::Invisible),
        };
    };
    if class == Class::DomainWritePerson {
        person(trace, actor)?;
    }
    if class == Class::DomainNobody {
        return want(trace, Rule::Somebody, false, Reason::Role);
    }
    capable(trace, actor, |capability| match class {
        Class::DomainRead => capability != Capability::Send,
        Class::SendByName => capability != Capability::Read,
        _ => capability == Capability::Full,
    })?;
    let reason = match by_name {
        true => Reason::SenderDomainNotPermitted,
        false => Reason::DomainNotWritable,
    };
    match class {
        Class::DomainAdmin => {
            manager(trace, actor)?;
            wide(trace, actor, Level::Write)
        }
        Class::DomainRead => {
            let wants = Level::Read;
            want(trace, Rule::Level { has, wants }, has >= wants, reason)
        }
        _ => {
            let wants = Level::Write;
            want(trace, Rule::Level { has, wants }, has >= wants, reason)
        }
    }
}

fn of_user(trace: &mut impl Trace, actor: &Actor, class: Class, subject: Subject<'_>) -> Decision {
    person(trace, actor)?;
    manager(trace, actor)?;
    let target = match subject {
        Subject::User(Some((organization, role))) if organization == actor.organization() => {
            Some(role)
        }
        _ => None,
    };
    trace.asked(Rule::SameOrganization, target.is_some());
    let role = target.ok_or(Refusal::Invisible)?;
    let protected =
        class == Class::UserOwner || (role == Role::Owner && class == Class::UserManage);
    if protected {
        return owner(trace, actor);
    }
    trace.asked(Rule::Target { role }, true);
    Ok(())
}

fn of_key(trace: &mut impl Trace, actor: &Actor, subject: Subject<'_>) -> Decision {
    person(trace, actor)?;
    let creator = match subject {
        Subject::ApiKey(Some((organization, creator))) if organization == actor.organization() => {
            Some(creator)
        }
        _ => None,
    };
    trace.asked(Rule::SameOrganization, creator.is_some());
    let creator = creator.ok_or(Refusal::Invisible)?;
    let is_theirs = creator == actor.user() || actor.is_manager();
    ask(trace, Rule::OwnKey, is_theirs, Refusal::Invisible)
}
