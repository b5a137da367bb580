//! Goal: the gate hands out what the policy allows and nothing else, and takes note of what it did.
//! Method: storage that holds one row of each kind and writes down what was read from it.

mod objects;

use postscale_access::{
    Action, Denied, DomainRef, Gate, Granted, Identity, Late, Means, Origin, Reason, Refusal,
    SecondFactor, SystemScope, action, cap,
};
use postscale_model::{
    ApiKeyId, AuditTarget, Capability, Domain, Environment, Invalid, KeyScope, Level, PersonId,
    Role, SessionId,
};
use uuid::Uuid;

use crate::{
    people::{organization, user},
    shelf::{NOW, Shelf, caller, domain, now, somebody, standing},
};

type Answer<T> = Result<T, Denied<&'static str>>;

/// User 1 of organization 1, at a browser.
fn person(role: Role) -> Identity {
    Identity {
        organization: organization(1),
        user: user(1),
        role,
        second_factor: SecondFactor::Settled,
        means: Means::Session {
            session: SessionId::from_uuid(Uuid::nil()),
            person: PersonId::from_uuid(Uuid::nil()),
        },
    }
}

fn key(role: Role, scope: KeyScope) -> Identity {
    let means = Means::Key {
        key: ApiKeyId::from_uuid(Uuid::from_u128(5)),
        capability: Capability::Full,
        scope,
        environment: Environment::Test,
    };
    Identity {
        means,
        ..person(role)
    }
}

#[track_caller]
fn refusal<T>(answer: Answer<T>) -> Refusal {
    match answer {
        Err(Denied::Refused(refusal)) => refusal,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("allowed"),
    }
}

/// Asks for the domain on the shelf.
fn ask<C: cap::Cap>(
    shelf: &mut Shelf,
    action: postscale_access::On<C>,
    by: &DomainRef,
) -> Answer<Granted<Domain, C>> {
    let caller = caller(&[action.into()]);
    now(async {
        let mut gate = Gate::open(shelf, &caller).await?;
        gate.domain(action, by).await
    })
}

fn by_id() -> DomainRef {
    DomainRef::Id(domain(1).id)
}

#[test]
fn an_action_that_was_not_declared_is_a_bug_and_no_decision() {
    let mut shelf = Shelf::of(person(Role::Owner));
    let caller = caller(&[action::DOMAIN_CREATE.into()]);
    let mut gate = now(Gate::open(&mut shelf, &caller)).expect("a gate");
    let answer = gate.permit(action::USER_LIST);
    assert!(matches!(answer, Err(Denied::Undeclared(it)) if it == Action::from(action::USER_LIST)));
    assert!(!caller.was_decided());
    let permission = gate.permit(action::DOMAIN_CREATE).expect("permission");
    assert!(caller.was_decided());
    assert_eq!(permission.action(), action::DOMAIN_CREATE.into());
    assert_eq!(permission.organization(), organization(1));
    assert_eq!(permission.actor().map(|actor| actor.user()), Some(user(1)));
    assert_eq!(gate.actor().map(|actor| actor.role()), Some(Role::Owner));
}

#[test]
fn a_request_keeps_what_it_presented_and_where_it_came_from() {
    let origin = Origin {
        ip: Some([192, 0, 2, 1].into()),
        request_id: "1".into(),
    };
    let caller = caller(&[]).with_origin(origin.clone());
    assert_eq!(caller.origin(), &origin);
    assert_eq!(caller.received_at(), NOW);
    assert!(caller.credential().is_some());
    assert!(!caller.declares(action::USER_LIST.into()));
}

#[test]
fn nobody_is_refused_and_that_is_a_decision() {
    let mut shelf = Shelf::default();
    let caller = caller(&[action::DOMAIN_LIST.into()]);
    let gate = now(Gate::open(&mut shelf, &caller)).expect("a gate");
    assert_eq!(refusal(gate.reach()), Refusal::Unauthenticated);
    assert!(caller.was_decided());
    assert!(gate.actor().is_none());
    assert!(shelf.noted.is_empty(), "there is no log to note it in");
}

#[test]
fn a24_a_hidden_domain_costs_the_same_reads_as_none() {
    let mut costs = Vec::new();
    let hidden = [
        None,
        Some((domain(1), standing(1, None))),
        Some((domain(2), standing(2, Some(Level::Write)))),
    ];
    for found in hidden {
        let mut shelf = Shelf::of(person(Role::Member));
        shelf.domain = found;
        let answer = ask(&mut shelf, action::DOMAIN_READ, &by_id());
        assert_eq!(refusal(answer), Refusal::Invisible);
        costs.push(shelf.reads);
    }
    assert_eq!(costs[0], ["identity", "domain"]);
    assert!(costs.iter().all(|reads| *reads == costs[0]));
}

#[test]
fn a_refusal_is_noted_with_its_target_when_that_is_of_the_organization() {
    let ours = AuditTarget::new("domain", domain(1).id, "shared.example");
    let named = DomainRef::Name("shared.example".parse().expect("a name"));
    let nothing = AuditTarget::default();
    let write = Some(Level::Write);
    for (found, by, role, action, want) in [
        // What is there and hidden is worth a note; what is not there, or is somebody else's, is none.
        (
            Some((domain(1), standing(1, None))),
            by_id(),
            Role::Member,
            action::DOMAIN_DELETE,
            Some(ours.clone()),
        ),
        (None, by_id(), Role::Member, action::DOMAIN_DELETE, None),
        (
            Some((domain(2), standing(2, write))),
            by_id(),
            Role::Member,
            action::DOMAIN_DELETE,
            None,
        ),
        // What may be seen and not be done.
        (
            Some((domain(1), standing(1, write))),
            named.clone(),
            Role::Member,
            action::DOMAIN_DELETE,
            Some(ours),
        ),
    ] {
        let mut shelf = Shelf::of(person(role));
        shelf.domain = found;
        refusal(ask(&mut shelf, action, &by));
        let want = want.map(|target| ("domain.delete", target, NOW));
        assert_eq!(shelf.noted, Vec::from_iter(want));
    }
    // A sender that is not there is refused by name, and noted by the name that was tried.
    let mut shelf = Shelf::of(person(Role::Member));
    refusal(ask(&mut shelf, action::MESSAGE_SEND, &named));
    let tried = AuditTarget::new("domain", "", "shared.example");
    assert_eq!(shelf.noted, [("message.send", tried, NOW)]);
    let mut shelf = Shelf::of(person(Role::Member));
    refusal(ask(&mut shelf, action::MESSAGE_SEND, &DomainRef::Nothing));
    assert_eq!(shelf.noted, [("message.send", nothing, NOW)]);
}

#[test]
fn a_listing_reaches_as_far_as_whoever_asks() {
    let key_id = Some(ApiKeyId::from_uuid(Uuid::from_u128(5)));
    let (me, whole) = (Some(user(1)), KeyScope::Organization);
    for (identity, member, key, is_nothing) in [
        (person(Role::Owner), None, None, false),
        (person(Role::Admin), None, None, false),
        (person(Role::Member), me, None, false),
        (key(Role::Admin, whole), None, None, false),
        // INV-7: a member's key for everything would be good for nothing.
        (key(Role::Member, whole), me, None, true),
        (key(Role::Admin, KeyScope::Domains), None, key_id, false),
        (key(Role::Member, KeyScope::Domains), me, key_id, false),
    ] {
        let mut shelf = Shelf::of(identity);
        let caller = caller(&[action::DOMAIN_LIST.into()]);
        let mut gate = now(Gate::open(&mut shelf, &caller)).expect("a gate");
        let scope = gate.scope(action::DOMAIN_LIST).expect("a scope");
        assert_eq!(scope.organization(), organization(1));
        assert_eq!((scope.member(), scope.key()), (member, key));
        assert_eq!(scope.is_nothing(), is_nothing);
        let is_wide = member.is_none() && key.is_none() && !is_nothing;
        assert_eq!(scope.is_organization_wide(), is_wide);
        assert_eq!(gate.rights().reads, ["identity"]);
    }
}

#[test]
fn what_else_may_be_done_is_asked_of_the_policy() {
    let declared = [
        action::DOMAIN_READ.into(),
        action::DOMAIN_SETTINGS_UPDATE.into(),
        action::DOMAIN_DELETE.into(),
    ];
    let caller = caller(&declared);
    let mut shelf = Shelf::of(person(Role::Member));
    shelf.domain = Some((domain(1), standing(1, Some(Level::Write))));
    now(async {
        let mut gate = Gate::open(&mut shelf, &caller).await.expect("a gate");
        let seen = gate.domain(action::DOMAIN_READ, &by_id()).await;
        let seen = seen.expect("a proof");
        assert!(gate.also(action::DOMAIN_SETTINGS_UPDATE, &seen));
        assert!(!gate.also(action::DOMAIN_DELETE, &seen));
        assert!(gate.may(action::SELF_LEAVE) && !gate.may(action::USER_LIST));
        assert!(!gate.may_to(action::USER_DELETE, &somebody(1, Role::Member)));
        let changed = gate.upgrade(action::DOMAIN_SETTINGS_UPDATE, seen);
        let changed = changed.expect("a stronger proof");
        let seen: postscale_access::Readable<Domain> = changed.into();
        let gone = gate.upgrade(action::DOMAIN_DELETE, seen);
        assert_eq!(refusal(gone), Refusal::Forbidden(Reason::Role));
    });
    let target = AuditTarget::new("domain", domain(1).id, "shared.example");
    assert_eq!(shelf.noted, [("domain.delete", target, NOW)]);
    let mut shelf = Shelf::of(person(Role::Admin));
    let gate = now(Gate::open(&mut shelf, &caller)).expect("a gate");
    assert!(gate.may(action::USER_LIST) && !gate.may(action::BILLING_READ));
    assert!(gate.may_to(action::USER_DELETE, &somebody(1, Role::Member)));
    assert!(!gate.may_to(action::USER_DELETE, &somebody(1, Role::Owner)));
}

#[test]
fn a_sender_is_decided_about_before_its_message_is_judged() {
    let caller = caller(&[action::MESSAGE_SEND.into()]);
    let name = || "shared.example".parse().ok();
    let mut shelf = Shelf::of(person(Role::Member));
    let answer = now(async {
        let mut gate = Gate::open(&mut shelf, &caller).await?;
        gate.sender_of(action::MESSAGE_SEND, Late::from("a message"), |_| name())
            .await
    });
    let refused = Refusal::Forbidden(Reason::SenderDomainNotPermitted);
    assert_eq!(refusal(answer), refused);
    let mut shelf = Shelf::of(person(Role::Member));
    shelf.domain = Some((domain(1), standing(1, Some(Level::Write))));
    now(async {
        let mut gate = Gate::open(&mut shelf, &caller).await.expect("a gate");
        let late = Late::from("a message");
        let named = gate.named(&late, |text| text.len()).expect("somebody");
        assert_eq!(named, Ok(9));
        let sent = gate.sender_of(action::MESSAGE_SEND, late, |_| name()).await;
        let (granted, text) = sent.expect("a decision").expect("an input");
        assert_eq!((granted.into_inner().id, text), (domain(1).id, "a message"));
        let broken: Late<&str> = Late::new(Err(Invalid::whole("is broken")));
        let sent = gate
            .sender_of(action::MESSAGE_SEND, broken, |_| name())
            .await;
        assert_eq!(
            sent.expect("a decision").map(|_| ()),
            Err(Invalid::whole("is broken"))
        );
    });
    let broken: Late<&str> = Late::new(Err(Invalid::whole("is broken")));
    let mut nobody = Shelf::default();
    let answer = now(async {
        let mut gate = Gate::open(&mut nobody, &caller).await?;
        gate.sender_of(action::MESSAGE_SEND, broken, |_| name())
            .await
    });
    assert_eq!(
        refusal(answer),
        Refusal::Unauthenticated,
        "not what is wrong with it"
    );
}

#[test]
fn a_job_says_its_name() {
    #[expect(clippy::disallowed_methods, reason = "only its name is looked at")]
    let scope = SystemScope::for_job("deliver");
    assert_eq!(scope.job(), "deliver");
}
