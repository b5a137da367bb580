//! Goal: an explanation says what the decision says, and the way to it ends where the decision does.
//! Method: the full finite domain of the policy, one value per thing it can tell apart.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem::discriminant,
};

use postscale_access::{
    Actor, Identity, Means, Reach, SecondFactor, Standing, Standings, Subject, action, decide,
    explain,
};
use postscale_model::{
    ApiKeyId, Capability, Environment, KeyScope, Level, OrganizationId, PersonId, Role, SessionId,
    UserId, Word as _,
};
use uuid::Uuid;

use crate::people::{organization, user};

/// Our organization and another one.
fn organizations() -> [OrganizationId; 2] {
    [organization(1), organization(2)]
}

fn means() -> Vec<Means> {
    let nil = Uuid::nil();
    let mut all = vec![Means::Session {
        session: SessionId::from_uuid(nil),
        person: PersonId::from_uuid(nil),
    }];
    for scope in KeyScope::ALL {
        for capability in Capability::ALL {
            all.push(Means::Key {
                key: ApiKeyId::from_uuid(nil),
                capability: *capability,
                scope: *scope,
                environment: Environment::Live,
            });
        }
    }
    all
}

fn actors() -> Vec<Option<Actor>> {
    let mut all = vec![None];
    for role in Role::ALL {
        for second_factor in [SecondFactor::Settled, SecondFactor::Due] {
            all.extend(means().into_iter().map(|means| {
                Some(Actor::for_test(Identity {
                    organization: organization(1),
                    user: user(1),
                    role: *role,
                    second_factor,
                    means,
                }))
            }));
        }
    }
    all
}

fn standings() -> Vec<Standings> {
    let mut each = Vec::new();
    for organization in organizations() {
        for grant in [None, Some(Level::Read), Some(Level::Write)] {
            for in_key_scope in [true, false] {
                each.push(Standing {
                    organization,
                    grant,
                    in_key_scope,
                });
            }
        }
    }
    let pairs = each
        .iter()
        .flat_map(|one| each.iter().map(|other| Standings::All(vec![*one, *other])));
    let whole = organizations().map(Standings::Organization);
    let alone = each.iter().map(|one| Standings::One(*one));
    alone.chain(pairs).chain(whole).collect()
}

fn subjects(standings: &[Standings]) -> Vec<Subject<'_>> {
    let mut all = vec![
        Subject::Nothing,
        Subject::OfDomain(None),
        Subject::User(None),
        Subject::ApiKey(None),
    ];
    all.extend(standings.iter().map(|it| Subject::OfDomain(Some(it))));
    for organization in organizations() {
        let users = Role::ALL
            .iter()
            .map(|role| Subject::User(Some((organization, *role))));
        all.extend(users);
        let makers: [UserId; 2] = [user(1), user(2)];
        all.extend(makers.map(|maker| Subject::ApiKey(Some((organization, maker)))));
    }
    all
}

#[test]
fn an_explanation_says_what_the_decision_says_for_every_input() {
    let standings = standings();
    let subjects = subjects(&standings);
    let mut compared = 0;
    for actor in actors() {
        for action in action::ALL {
            for subject in &subjects {
                let decided = decide(actor.as_ref(), *action, *subject);
                let explained = explain(actor.as_ref(), *action, *subject);
                let what = || format!("{} {subject:?} {actor:?}", action.name());
                assert_eq!(explained.result, decided, "{}", what());
                let (last, before) = explained.steps.split_last().expect("a step");
                assert_eq!(last.holds, decided.is_ok(), "{} {last:?}", what());
                assert!(before.iter().all(|step| step.holds), "{}", what());
                compared += 1;
            }
        }
    }
    assert!(compared > 1_000_000, "{compared}");
}

/// Every answer code there is; clients tell refusals apart by them.
const CODES: [&str; 8] = [
    "domain_not_writable",
    "forbidden",
    "insufficient_capability",
    "not_found",
    "second_factor_required",
    "sender_domain_not_permitted",
    "session_required",
    "unauthorized",
];

fn is_word(name: &str) -> bool {
    let is_of_words = |c: char| c.is_ascii_lowercase() || c == '_';
    !name.is_empty() && name.chars().all(is_of_words)
}

#[test]
fn each_rule_and_each_refusal_has_a_name_of_its_own() {
    let standings: Vec<_> = standings()
        .into_iter()
        .filter(|standings| !matches!(standings, Standings::All(_)))
        .collect();
    let subjects = subjects(&standings);
    let (mut rules, mut refusals) = (BTreeMap::new(), BTreeMap::new());
    for actor in actors() {
        for (action, subject) in action::ALL
            .iter()
            .flat_map(|action| subjects.iter().map(move |subject| (action, subject)))
        {
            let explained = explain(actor.as_ref(), *action, *subject);
            for step in explained.steps {
                let known = rules.entry(step.rule.name()).or_insert(step.rule);
                assert_eq!(discriminant(known), discriminant(&step.rule), "{known:?}");
            }
            if let Err(refusal) = explained.result {
                let known = *refusals.entry(refusal.code()).or_insert(refusal);
                assert_eq!(known, refusal, "{}", refusal.code());
            }
        }
    }
    assert!(rules.keys().all(|name| is_word(name)), "{rules:?}");
    assert_eq!(refusals.into_keys().collect::<BTreeSet<_>>(), CODES.into());
}

/// What a domain is to somebody is said in the words for levels and capabilities.
#[test]
fn how_far_somebody_reaches_is_said_in_the_words_of_what_lets_them() {
    assert_eq!(Reach::Nothing.as_str(), "none");
    assert_eq!(Reach::Send.as_str(), Capability::Send.as_str());
    assert_eq!(Reach::Read.as_str(), Level::Read.as_str());
    assert_eq!(Reach::Write.as_str(), Level::Write.as_str());
}
