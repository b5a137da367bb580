//! Things of domains, users and keys.

use postscale_access::{Gate, Granted, Reason, Refusal, Standings, action};
use postscale_model::{Alias, AuditTarget, Domain, KeyScope, Level, Role, TokenHash};

use super::{Answer, key, person, refusal};
use crate::{
    people::{organization, user},
    shelf::{NOW, Shelf, alias, api_key, caller, domain, now, somebody, standing},
};

#[test]
fn what_belongs_to_several_domains_is_somebody_elses_when_one_of_them_is() {
    let ours = standing(1, None);
    for (standings, is_noted) in [
        (Standings::One(ours), true),
        (Standings::All(vec![ours, ours]), true),
        (Standings::All(vec![ours, standing(2, None)]), false),
        (Standings::Organization(organization(1)), true),
        (Standings::Organization(organization(2)), false),
    ] {
        let mut shelf = Shelf::of(person(Role::Member));
        shelf.alias = Some((alias(1), standings.clone()));
        let caller = caller(&[action::ALIAS_READ.into()]);
        let answer: Answer<Granted<Alias, _>> = now(async {
            let mut gate = Gate::open(&mut shelf, &caller).await?;
            gate.object(action::ALIAS_READ, Some(alias(1).id)).await
        });
        assert_eq!(refusal(answer), Refusal::Invisible);
        assert_eq!(shelf.noted.len(), usize::from(is_noted), "{standings:?}");
    }
}

#[test]
fn an_id_that_can_name_nothing_is_not_looked_for() {
    let mut shelf = Shelf::of(person(Role::Owner));
    shelf.alias = Some((alias(1), Standings::One(standing(1, None))));
    shelf.api_key = Some(api_key(1, 1));
    shelf.user = Some(somebody(1, Role::Member));
    let declared = [
        action::ALIAS_READ.into(),
        action::KEY_READ.into(),
        action::USER_READ.into(),
    ];
    let caller = caller(&declared);
    now(async {
        let mut gate = Gate::open(&mut shelf, &caller).await.expect("a gate");
        let alias: Answer<Granted<Alias, _>> = gate.object(action::ALIAS_READ, None).await;
        assert_eq!(refusal(alias), Refusal::Invisible);
        assert_eq!(
            refusal(gate.api_key(action::KEY_READ, None).await),
            Refusal::Invisible
        );
        assert_eq!(
            refusal(gate.user(action::USER_READ, None).await),
            Refusal::Invisible
        );
    });
    assert_eq!(shelf.reads, ["identity"]);
}

#[test]
fn who_may_not_manage_users_learns_nothing_of_any() {
    for (identity, reason) in [
        (person(Role::Member), Reason::Role),
        (
            key(Role::Owner, KeyScope::Organization),
            Reason::SessionRequired,
        ),
    ] {
        for found in [
            None,
            Some(somebody(1, Role::Member)),
            Some(somebody(2, Role::Owner)),
        ] {
            let mut shelf = Shelf::of(identity.clone());
            shelf.user = found;
            let caller = caller(&[action::USER_READ.into()]);
            let answer = now(async {
                let mut gate = Gate::open(&mut shelf, &caller).await?;
                gate.user(action::USER_READ, Some(user(30))).await
            });
            assert_eq!(refusal(answer), Refusal::Forbidden(reason));
            assert_eq!(shelf.reads, ["identity"]);
            assert_eq!(shelf.noted, [("user.read", AuditTarget::default(), NOW)]);
        }
    }
}

#[test]
fn an_owner_is_protected_from_admins_and_the_attempt_is_noted() {
    let managed = |shelf: &mut Shelf| {
        let caller = caller(&[action::USER_DEACTIVATE.into()]);
        now(async {
            let mut gate = Gate::open(shelf, &caller).await?;
            gate.user(action::USER_DEACTIVATE, Some(user(30))).await
        })
    };
    let mut shelf = Shelf::of(person(Role::Admin));
    shelf.user = Some(somebody(1, Role::Owner));
    assert_eq!(
        refusal(managed(&mut shelf)),
        Refusal::Forbidden(Reason::Role)
    );
    let target = AuditTarget::new("user", user(30), "bob@people.example");
    assert_eq!(shelf.noted, [("user.deactivate", target, NOW)]);
    let mut shelf = Shelf::of(person(Role::Admin));
    shelf.user = Some(somebody(1, Role::Admin));
    assert_eq!(managed(&mut shelf).expect("a proof").id, user(30));
    for found in [None, Some(somebody(2, Role::Member))] {
        let mut shelf = Shelf::of(person(Role::Owner));
        shelf.user = found;
        assert_eq!(refusal(managed(&mut shelf)), Refusal::Invisible);
        assert!(shelf.noted.is_empty(), "nobody of the organization");
    }
}

#[test]
fn a_key_is_its_makers_and_the_managers() {
    for (role, key, want, noted) in [
        (Role::Member, api_key(1, 1), true, 0),
        (Role::Admin, api_key(1, 2), true, 0),
        (Role::Member, api_key(1, 2), false, 1),
        (Role::Owner, api_key(2, 2), false, 0),
    ] {
        let mut shelf = Shelf::of(person(role));
        shelf.api_key = Some(key.clone());
        let caller = caller(&[action::KEY_READ.into()]);
        let answer = now(async {
            let mut gate = Gate::open(&mut shelf, &caller).await?;
            gate.api_key(action::KEY_READ, Some(key.id)).await
        });
        assert_eq!(answer.is_ok(), want, "{role} {key:?}");
        assert_eq!(shelf.noted.len(), noted, "{role} {key:?}");
    }
}

#[test]
fn a_guest_link_shows_a_domain_while_its_maker_may_make_one() {
    let visit = |role, found| {
        let mut shelf = Shelf::of(person(role));
        shelf.domain = found;
        let caller = caller(&[action::DOMAIN_GUEST_LINK_OPEN.into()]);
        let answer: Answer<Granted<Domain, _>> = now(async {
            let mut gate = Gate::open(&mut shelf, &caller).await?;
            let token = TokenHash::new([9; 32]);
            gate.guest(action::DOMAIN_GUEST_LINK_OPEN, &token).await
        });
        answer.map(|domain| domain.name.to_string())
    };
    let of = |org, grant| Some((domain(org), standing(org, grant)));
    for (role, found) in [
        (Role::Owner, of(1, None)),
        (Role::Admin, of(1, None)),
        (Role::Member, of(1, Some(Level::Write))),
    ] {
        assert_eq!(visit(role, found).expect("shown"), "shared.example");
    }
    for (role, found) in [
        (Role::Owner, None),
        (Role::Member, of(1, Some(Level::Read))),
        (Role::Member, of(1, None)),
        (Role::Owner, of(2, Some(Level::Write))),
    ] {
        assert_eq!(refusal(visit(role, found)), Refusal::Invisible);
    }
}
