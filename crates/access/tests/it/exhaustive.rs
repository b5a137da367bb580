//! Goal: the policy is right on its whole domain, not only where the normative table has a cell.
//! Method: every role × second factor × credential × action × subject is asked. What must be answered
//! is read from the table, by a rule written by hand: each limit on a principal (its credential, its
//! level, its scope) has a column of its own, and the strictest of these columns decides.

use std::collections::BTreeMap;

use postscale_access::{
    Actor, Identity, Means, Refusal, SecondFactor, Standing, Standings, Subject, action, decide,
};
use postscale_model::{
    ApiKeyId, Capability, Environment, KeyScope, Level, OrganizationId, PersonId, Role, SessionId,
    UserId, Word as _,
};
use uuid::Uuid;

use crate::{
    matrix::BESIDES_THE_TABLE,
    people::{organization, user},
};

const OURS: u128 = 1;
const THEIRS: u128 = 2;
const ME: u128 = 1;
const SOMEBODY: u128 = 2;

/// All that is left to who must set a second factor up first.
const BEFORE_ENROLMENT: [&str; 8] = [
    "self.read",
    "self.update",
    "self.password.change",
    "self.email.change",
    "self.mfa.manage",
    "self.session.list",
    "self.session.revoke",
    "self.leave",
];

/// Column → cell, of one row.
type Cells = BTreeMap<String, String>;

/// The table: what an action is about, and its rows by variant.
struct Table(BTreeMap<String, (String, BTreeMap<String, Cells>)>);

impl Table {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/access-matrix.csv");
        let mut reader = csv::Reader::from_path(path).expect("the normative table");
        let header = reader.headers().expect("a header").clone();
        let mut table = BTreeMap::new();
        for row in reader.records().map(|row| row.expect("a row")) {
            let named = header.iter().zip(&row).skip(6);
            let cells = named.map(|(column, cell)| (column.to_owned(), cell.to_owned()));
            let about = (row[1].to_owned(), BTreeMap::new());
            let (_, variants) = table.entry(row[0].to_owned()).or_insert(about);
            variants.insert(row[5].to_owned(), cells.collect());
        }
        Self(table)
    }
}

/// What there is to ask about.
#[derive(Debug, Clone)]
enum About {
    Nothing,
    OfDomain(Option<Standings>),
    User(Option<(OrganizationId, Role)>),
    Key(Option<(OrganizationId, UserId)>),
}

impl About {
    fn subject(&self) -> Subject<'_> {
        match self {
            Self::Nothing => Subject::Nothing,
            Self::OfDomain(standings) => Subject::OfDomain(standings.as_ref()),
            Self::User(user) => Subject::User(*user),
            Self::Key(key) => Subject::ApiKey(*key),
        }
    }
}

fn every_standing() -> Vec<Standing> {
    let mut all = Vec::new();
    for of in [OURS, THEIRS] {
        for grant in [None, Some(Level::Read), Some(Level::Write)] {
            for in_key_scope in [false, true] {
                all.push(Standing {
                    organization: organization(of),
                    grant,
                    in_key_scope,
                });
            }
        }
    }
    all
}

fn every_subject() -> Vec<About> {
    let mut all = vec![
        About::Nothing,
        About::OfDomain(None),
        About::User(None),
        About::Key(None),
    ];
    for of in [OURS, THEIRS] {
        let whole = Standings::Organization(organization(of));
        all.push(About::OfDomain(Some(whole)));
        all.extend(
            Role::ALL
                .iter()
                .map(|role| About::User(Some((organization(of), *role)))),
        );
        let makers = [ME, SOMEBODY].into_iter();
        all.extend(makers.map(|maker| About::Key(Some((organization(of), user(maker))))));
    }
    for one in every_standing() {
        all.push(About::OfDomain(Some(Standings::One(one))));
        let pairs = every_standing().into_iter();
        let pairs = pairs.map(|other| Standings::All(vec![one, other]));
        all.extend(pairs.map(|pair| About::OfDomain(Some(pair))));
    }
    all
}

fn every_credential() -> Vec<Means> {
    let nil = Uuid::nil();
    let mut all = vec![Means::Session {
        session: SessionId::from_uuid(nil),
        person: PersonId::from_uuid(nil),
    }];
    for scope in KeyScope::ALL {
        for capability in Capability::ALL {
            for environment in [Environment::Live, Environment::Test] {
                all.push(Means::Key {
                    key: ApiKeyId::from_uuid(nil),
                    capability: *capability,
                    scope: *scope,
                    environment,
                });
            }
        }
    }
    all
}

/// The column of the credential alone, and of what it is when everything else is in its favour.
const fn of_credential(role: Role, means: &Means) -> &'static str {
    match (means, role) {
        (Means::Session { .. }, Role::Owner) => "owner",
        (Means::Session { .. }, Role::Admin) => "admin",
        (Means::Session { .. }, Role::Member) => "member_rw",
        (
            Means::Key {
                capability, scope, ..
            },
            _,
        ) => match (capability, scope) {
            (Capability::Full, KeyScope::Organization) => "key_org_by_owner",
            (Capability::Read, KeyScope::Organization) => "key_org_readcap",
            (Capability::Full, KeyScope::Domains) => "key_rw",
            (Capability::Read, KeyScope::Domains) => "key_rw_readcap",
            (Capability::Send, _) => "key_rw_sendcap",
        },
    }
}

/// The columns of what limits an actor towards one domain.
fn towards(role: Role, means: &Means, standing: &Standing) -> Vec<&'static str> {
    let is_key = matches!(means, Means::Key { .. });
    let hidden = if is_key {
        "key_other_scope"
    } else {
        "member_hidden"
    };
    if standing.organization != organization(OURS) {
        return vec![hidden];
    }
    let mut columns = Vec::new();
    if role == Role::Member {
        columns.push(match (is_key, standing.grant) {
            (false, None) => "member_hidden",
            (false, Some(Level::Read)) => "member_read",
            (false, Some(Level::Write)) => "member_rw",
            (true, None) => "key_creator_lost_domain",
            (true, Some(Level::Read)) => "key_creator_downgraded",
            (true, Some(Level::Write)) => "key_rw_any",
        });
    }
    match means {
        Means::Key {
            scope: KeyScope::Domains,
            ..
        } if !standing.in_key_scope => {
            columns.push("key_other_scope");
        }
        // Nobody but owners and admins holds one: it is worth nothing in a member's hands.
        Means::Key {
            scope: KeyScope::Organization,
            ..
        } if role == Role::Member => {
            columns.push("key_creator_lost_domain");
        }
        _ => {}
    }
    columns
}

/// The columns that speak of an actor and something of domains.
fn limits(role: Role, means: &Means, about: &About) -> Vec<&'static str> {
    let is_key = matches!(means, Means::Key { .. });
    let hidden = if is_key {
        "key_other_scope"
    } else {
        "member_hidden"
    };
    let mut columns = vec![of_credential(role, means)];
    match about {
        About::OfDomain(Some(Standings::One(one))) => columns.extend(towards(role, means, one)),
        About::OfDomain(Some(Standings::All(all))) => {
            columns.extend(all.iter().flat_map(|one| towards(role, means, one)));
        }
        About::OfDomain(Some(Standings::Organization(of))) => {
            let is_narrow = matches!(
                means,
                Means::Key {
                    scope: KeyScope::Domains,
                    ..
                }
            );
            if *of != organization(OURS) || role == Role::Member || is_narrow {
                columns.push(hidden);
            }
        }
        _ => columns.push(hidden),
    }
    columns
}

/// The strictest of the cells: what cannot be seen before what may not be done.
fn strictest(cells: &Cells, columns: &[&str]) -> String {
    let all: Vec<&str> = columns
        .iter()
        .filter(|column| **column != "key_rw_any")
        .map(|column| cells[*column].as_str())
        .collect();
    let found = ["401", "404", "403"]
        .into_iter()
        .find(|answer| all.contains(answer));
    found.unwrap_or("A").to_owned()
}

/// What must be answered to an actor.
fn wanted(
    table: &Table,
    name: &str,
    (role, factor, means): (Role, SecondFactor, &Means),
    about: &About,
) -> String {
    if BESIDES_THE_TABLE.contains(&name) {
        return "A".to_owned();
    }
    let (scope, variants) = &table.0[name];
    if scope == "pub" {
        return "A".to_owned();
    }
    if factor == SecondFactor::Due && !BEFORE_ENROLMENT.contains(&name) {
        return "403".to_owned();
    }
    let (any, cells) = variants.first_key_value().expect("a row");
    let is_member_key = role == Role::Member && matches!(means, Means::Key { .. });
    let of_role = if is_member_key {
        "key_creator_lost_domain"
    } else {
        of_credential(role, means)
    };
    match scope.as_str() {
        "dom" => strictest(cells, &limits(role, means, about)),
        "user" => {
            let of = match about {
                About::User(Some((of, target))) if *of == organization(OURS) => target.to_string(),
                _ => "other-org".to_owned(),
            };
            let cells = &variants[&format!("target={of}")];
            strictest(cells, &[of_credential(role, means)])
        }
        "key" => {
            assert_eq!(any, "target=key of member_rw");
            let column = match (about, means) {
                (_, Means::Key { .. }) => "key_rw",
                (About::Key(Some((of, maker))), _) if *of == organization(OURS) => {
                    match (*maker == user(ME), role) {
                        (true, _) => "member_rw",
                        (false, Role::Member) => "member_read",
                        (false, _) => "admin",
                    }
                }
                _ => "other_org_owner",
            };
            strictest(cells, &[column])
        }
        // What is asked of the organization or of oneself: both the credential and its maker's role
        // must allow it.
        _ => strictest(cells, &[of_credential(role, means), of_role]),
    }
}

fn answer(decision: Result<(), Refusal>) -> &'static str {
    match decision {
        Ok(()) => "A",
        Err(Refusal::Unauthenticated) => "401",
        Err(Refusal::Invisible) => "404",
        Err(Refusal::Forbidden(_)) => "403",
    }
}

#[test]
fn the_policy_is_the_table_on_its_whole_domain() {
    let table = Table::read();
    let subjects = every_subject();
    let mut asked = 0;
    let mut wrong = Vec::new();
    for role in Role::ALL {
        for factor in [SecondFactor::Settled, SecondFactor::Due] {
            for means in every_credential() {
                let actor = Actor::for_test(Identity {
                    organization: organization(OURS),
                    user: user(ME),
                    role: *role,
                    second_factor: factor,
                    means: means.clone(),
                });
                for action in action::ALL {
                    for about in &subjects {
                        let want = wanted(&table, action.name(), (*role, factor, &means), about);
                        let got = answer(decide(Some(&actor), *action, about.subject()));
                        asked += 1;
                        if got != want && wrong.len() < 20 {
                            let name = action.name();
                            wrong.push(format!(
                                "{name}: {role} {factor:?} {means:?} {about:?}: want {want}, got {got}"
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "of {asked}:\n{}", wrong.join("\n"));
    assert!(asked > 500_000, "{asked}");
}

#[test]
fn nobody_is_allowed_only_what_is_public() {
    let table = Table::read();
    for action in action::ALL {
        let name = action.name();
        let is_public = BESIDES_THE_TABLE.contains(&name) || table.0[name].0 == "pub";
        let want = if is_public { "A" } else { "401" };
        for about in every_subject() {
            let got = answer(decide(None, *action, about.subject()));
            assert_eq!(got, want, "{name} {about:?}");
        }
    }
}
