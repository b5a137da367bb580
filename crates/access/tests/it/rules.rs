//! Rules of the policy that the columns of the table do not reach.

use postscale_access::{
    Action, Actor, Class, Identity, Means, Reason, Refusal, SecondFactor, Standing, Standings,
    Subject, action, decide,
};
use postscale_model::{
    ApiKeyId, Capability, Environment, KeyScope, Level, PersonId, Role, SessionId,
};
use uuid::Uuid;

use crate::people::{organization, user};

fn session() -> Means {
    Means::Session {
        session: SessionId::from_uuid(Uuid::nil()),
        person: PersonId::from_uuid(Uuid::nil()),
    }
}

fn key(scope: KeyScope) -> Means {
    Means::Key {
        key: ApiKeyId::from_uuid(Uuid::nil()),
        capability: Capability::Full,
        scope,
        environment: Environment::Test,
    }
}

fn actor(role: Role, means: Means, second_factor: SecondFactor) -> Actor {
    Actor::for_test(Identity {
        organization: organization(1),
        user: user(1),
        role,
        second_factor,
        means,
    })
}

/// Whoever must set a second factor up can read and change themselves, and leave.
#[test]
fn until_a_second_factor_is_there_only_what_is_ones_own_is_open() {
    let open: Vec<Action> = vec![
        action::SELF_READ.into(),
        action::SELF_UPDATE.into(),
        action::SELF_PASSWORD_CHANGE.into(),
        action::SELF_EMAIL_CHANGE.into(),
        action::SELF_MFA_MANAGE.into(),
        action::SELF_SESSION_LIST.into(),
        action::SELF_SESSION_REVOKE.into(),
        action::SELF_LEAVE.into(),
    ];
    let due = actor(Role::Owner, session(), SecondFactor::Due);
    let settled = actor(Role::Owner, session(), SecondFactor::Settled);
    let standings = Standings::One(Standing {
        organization: organization(1),
        grant: None,
        in_key_scope: true,
    });
    for action in action::ALL {
        let asked = |actor| decide(Some(actor), *action, Subject::OfDomain(Some(&standings)));
        let name = action.name();
        if action.class() == Class::Public || open.contains(action) {
            assert_eq!(asked(&due), Ok(()), "{name}");
        } else {
            let refused = Err(Refusal::Forbidden(Reason::SecondFactorDue));
            assert_eq!(asked(&due), refused, "{name}");
        }
        let refused = Err(Refusal::Forbidden(Reason::SecondFactorDue));
        assert_ne!(asked(&settled), refused, "{name}");
    }
}

/// What belongs to the organization as a whole is its managers', and their keys' for everything.
#[test]
fn what_is_the_organizations_takes_its_manager_in_full_reach() {
    let settled = SecondFactor::Settled;
    for (role, means, whose, want) in [
        (Role::Owner, session(), 1, Ok(())),
        (Role::Admin, session(), 1, Ok(())),
        (Role::Admin, key(KeyScope::Organization), 1, Ok(())),
        (Role::Member, session(), 1, Err(Refusal::Invisible)),
        (Role::Owner, session(), 2, Err(Refusal::Invisible)),
        (Role::Member, session(), 2, Err(Refusal::Invisible)),
        (
            Role::Owner,
            key(KeyScope::Domains),
            1,
            Err(Refusal::Invisible),
        ),
        (
            Role::Member,
            key(KeyScope::Organization),
            1,
            Err(Refusal::Invisible),
        ),
        (
            Role::Owner,
            key(KeyScope::Organization),
            2,
            Err(Refusal::Invisible),
        ),
    ] {
        let name = format!("{role} {means:?} {whose}");
        let standings = Standings::Organization(organization(whose));
        let subject = Subject::OfDomain(Some(&standings));
        let asked = decide(
            Some(&actor(role, means, settled)),
            action::WEBHOOK_UPDATE.into(),
            subject,
        );
        assert_eq!(asked, want, "{name}");
    }
}

#[test]
fn a_domain_that_may_only_be_read_says_so_unless_it_was_named_in_the_input() {
    let standings = Standings::One(Standing {
        organization: organization(1),
        grant: Some(Level::Read),
        in_key_scope: false,
    });
    let reader = actor(Role::Member, session(), SecondFactor::Settled);
    for (action, reason) in [
        (action::ALIAS_CREATE.into(), Reason::DomainNotWritable),
        (
            Action::from(action::MESSAGE_SEND),
            Reason::SenderDomainNotPermitted,
        ),
        (
            action::DMARC_REPORT_UPLOAD.into(),
            Reason::SenderDomainNotPermitted,
        ),
    ] {
        let asked = decide(Some(&reader), action, Subject::OfDomain(Some(&standings)));
        assert_eq!(asked, Err(Refusal::Forbidden(reason)), "{}", action.name());
    }
}

/// A thing of several domains is no more than on the least of them, and a thing of none is hidden.
#[test]
fn of_several_domains_the_least_right_counts() {
    let on = |grant| Standing {
        organization: organization(1),
        grant,
        in_key_scope: false,
    };
    let (w, r) = (Some(Level::Write), Some(Level::Read));
    let member = actor(Role::Member, session(), SecondFactor::Settled);
    let not_writable = Err(Refusal::Forbidden(Reason::DomainNotWritable));
    for (standings, want) in [
        (vec![on(w), on(w)], Ok(())),
        (vec![on(w), on(r)], not_writable),
        (vec![on(w), on(None)], Err(Refusal::Invisible)),
        (vec![], Err(Refusal::Invisible)),
    ] {
        let standings = Standings::All(standings);
        let subject = Subject::OfDomain(Some(&standings));
        let asked = decide(Some(&member), action::WEBHOOK_UPDATE.into(), subject);
        assert_eq!(asked, want, "{standings:?}");
    }
}
