//! The whole decision table, printed: every principal by every class, on a domain each stands to
//! differently. A change of policy is reviewed as a diff of `tests/access.golden`.

use std::fmt::Write as _;

use postscale_access::{
    Action, Actor, Class, Identity, Means, SecondFactor, Standing, Standings, Subject, action,
    decide,
};
use postscale_model::{
    ApiKeyId, Capability, Environment, KeyScope, Level, PersonId, Role, SessionId, Word as _,
};
use uuid::Uuid;

use crate::people::{organization, user};

const GRANTS: [(&str, Option<Level>); 3] = [
    ("none", None),
    ("read", Some(Level::Read)),
    ("write", Some(Level::Write)),
];

fn actor(role: Role, means: Means) -> Actor {
    Actor::for_test(Identity {
        organization: organization(1),
        user: user(1),
        role,
        second_factor: SecondFactor::Settled,
        means,
    })
}

fn means() -> Vec<(String, Means)> {
    let nil = Uuid::nil();
    let session = Means::Session {
        session: SessionId::from_uuid(nil),
        person: PersonId::from_uuid(nil),
    };
    let mut all = vec![("in person".to_owned(), session)];
    for scope in KeyScope::ALL {
        for capability in Capability::ALL {
            let key = Means::Key {
                key: ApiKeyId::from_uuid(nil),
                capability: *capability,
                scope: *scope,
                environment: Environment::Live,
            };
            all.push((format!("{scope} key, {capability}"), key));
        }
    }
    all
}

/// One action of each class of domain action.
fn sample(class: Class) -> Action {
    let found = action::ALL
        .iter()
        .copied()
        .find(|action| action.class() == class);
    found.unwrap_or_else(|| panic!("no action of class {class:?}"))
}

const OF_DOMAINS: [(char, Class); 6] = [
    ('R', Class::DomainRead),
    ('S', Class::SendByName),
    ('W', Class::DomainWrite),
    ('P', Class::DomainWritePerson),
    ('D', Class::DomainAdmin),
    ('N', Class::DomainNobody),
];

fn mark(actor: &Actor, class: Class, standings: &Standings) -> char {
    match decide(
        Some(actor),
        sample(class),
        Subject::OfDomain(Some(standings)),
    ) {
        Ok(()) => '+',
        Err(postscale_access::Refusal::Unauthenticated) => '1',
        Err(postscale_access::Refusal::Forbidden(_)) => '3',
        Err(postscale_access::Refusal::Invisible) => '4',
    }
}

fn table() -> String {
    let mut out = String::from(
        "A domain of the actor's organization: + yes, 3 forbidden, 4 not found\n\
         R read  S send  W write  P write in person  D destroy  N nobody\n\n",
    );
    for role in Role::ALL {
        for (name, means) in means() {
            for in_key_scope in [true, false] {
                if !in_key_scope && !name.starts_with("domains key") {
                    continue;
                }
                let place = if in_key_scope { "" } else { ", elsewhere" };
                let _ = write!(out, "{:<42}", format!("{role}, {name}{place}"));
                for (grant, level) in GRANTS {
                    let standing = Standing {
                        organization: organization(1),
                        grant: level,
                        in_key_scope,
                    };
                    let actor = actor(*role, means.clone());
                    let marks: String = OF_DOMAINS
                        .iter()
                        .map(|(letter, class)| {
                            format!(
                                "{letter}{} ",
                                mark(&actor, *class, &Standings::One(standing))
                            )
                        })
                        .collect();
                    let _ = write!(out, "  {grant}: {}", marks.trim_end());
                }
                out.push('\n');
            }
        }
    }
    out
}

#[test]
fn the_decision_table_is_the_reviewed_one() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/access.golden");
    let now = table();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(golden, &now).expect("the golden file");
    }
    let reviewed = std::fs::read_to_string(golden).expect("the golden file");
    assert_eq!(
        now, reviewed,
        "the policy changed: review the table, then run with UPDATE=1"
    );
}

/// INV-14: taking a right away never adds a permission to anyone.
#[test]
fn inv_14_less_right_never_means_more_access() {
    let order = |level: Option<Level>| GRANTS.iter().position(|(_, known)| *known == level);
    for role in Role::ALL {
        for (name, means) in means() {
            let actor = actor(*role, means);
            for action in action::ALL {
                for (_, more) in GRANTS {
                    for (_, less) in GRANTS
                        .into_iter()
                        .filter(|(_, less)| order(*less) < order(more))
                    {
                        let allowed = |grant, in_key_scope| {
                            let standing = Standing {
                                organization: organization(1),
                                grant,
                                in_key_scope,
                            };
                            let standings = Standings::One(standing);
                            decide(Some(&actor), *action, Subject::OfDomain(Some(&standings)))
                                .is_ok()
                        };
                        assert!(
                            allowed(more, true) || !allowed(less, true),
                            "{role} {name} {}",
                            action.name()
                        );
                        assert!(
                            allowed(more, true) || !allowed(more, false),
                            "{role} {name} {}",
                            action.name()
                        );
                    }
                }
            }
        }
    }
}

/// INV-3: no key is allowed what its creator is not.
#[test]
fn inv_03_a_key_never_reaches_further_than_its_creator() {
    let mut compared = 0;
    for role in Role::ALL {
        let all = means();
        let (person, keys) = all.split_first().expect("a session first");
        let creator = actor(*role, person.1.clone());
        for (name, means) in keys {
            let key = actor(*role, means.clone());
            for action in action::ALL
                .iter()
                .filter(|action| action.class() != Class::SelfKey)
            {
                for (_, grant) in GRANTS {
                    for in_key_scope in [true, false] {
                        let standing = Standing {
                            organization: organization(1),
                            grant,
                            in_key_scope,
                        };
                        let standings = Standings::One(standing);
                        let subject = Subject::OfDomain(Some(&standings));
                        let by_key = decide(Some(&key), *action, subject).is_ok();
                        let by_creator = decide(Some(&creator), *action, subject).is_ok();
                        assert!(by_creator || !by_key, "{role} {name} {}", action.name());
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 10_000);
}
