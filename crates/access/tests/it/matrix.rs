//! Every cell of `access-matrix.csv`, and that nothing is missing on either side.

use std::collections::BTreeSet;

use postscale_access::{Action, Class, Reason, Refusal, Standings, Subject, action, decide};
use postscale_model::{OrganizationId, Role};

use crate::people::{organization, principal, user};

/// Actions of ours that the table does not list: routes open to everybody.
pub const BESIDES_THE_TABLE: [&str; 3] = [
    "public.read",
    "forward_target.confirm",
    "domain.guest_link.open",
];

fn rows() -> (Vec<String>, Vec<csv::StringRecord>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/access-matrix.csv");
    let mut reader = csv::Reader::from_path(path).expect("the normative table");
    let header = reader
        .headers()
        .expect("a header")
        .iter()
        .map(str::to_owned)
        .collect();
    (
        header,
        reader.records().map(|row| row.expect("a row")).collect(),
    )
}

fn target(variant: &str) -> Option<(OrganizationId, Role)> {
    Some(match variant {
        "target=owner" => (organization(1), Role::Owner),
        "target=admin" => (organization(1), Role::Admin),
        "target=member" => (organization(1), Role::Member),
        "target=other-org" => (organization(2), Role::Member),
        other => panic!("unknown variant {other}"),
    })
}

/// The decision as a cell says it: what a client is told is what the table says.
fn answer(decision: Result<(), Refusal>) -> String {
    decision.map_or_else(|refusal| refusal.status().to_string(), |()| "A".to_owned())
}

#[test]
fn every_cell_of_the_normative_table_is_what_the_policy_says() {
    let (header, rows) = rows();
    let mut wrong = Vec::new();
    let mut cells = 0;
    for row in &rows {
        let (name, variant) = (&row[0], &row[5]);
        let action = Action::named(name).unwrap_or_else(|| panic!("no action {name}"));
        for (column, want) in header.iter().zip(row).skip(6) {
            let who = principal(column);
            let standings = Standings::One(who.standing());
            let subject = match action.class() {
                Class::UserLook | Class::UserManage | Class::UserOwner => {
                    // The other organization's owner looks at the target from outside.
                    Subject::User(target(variant))
                }
                Class::OwnKeys => Subject::ApiKey(Some((organization(1), user(3)))),
                _ => Subject::OfDomain(Some(&standings)),
            };
            cells += 1;
            let got = answer(decide(who.actor.as_ref(), action, subject));
            if got != want {
                wrong.push(format!("{name} {variant} {column}: want {want}, got {got}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_table_and_the_list_of_actions_name_the_same_actions() {
    let table: BTreeSet<String> = rows().1.iter().map(|row| row[0].to_owned()).collect();
    let ours: BTreeSet<String> = action::ALL
        .iter()
        .map(|action| action.name().to_owned())
        .filter(|name| !BESIDES_THE_TABLE.contains(&name.as_str()))
        .collect();
    assert_eq!(ours, table);
    assert_eq!(
        action::ALL.len(),
        ours.len() + BESIDES_THE_TABLE.len(),
        "a name stands twice"
    );
}

#[test]
fn inv_12_a_hidden_domain_and_no_domain_are_one_case_for_everybody() {
    let (header, _) = rows();
    for column in header.iter().skip(6) {
        let who = principal(column);
        for action in action::ALL {
            let hidden = Standings::One(postscale_access::Standing {
                organization: organization(3),
                grant: None,
                in_key_scope: false,
            });
            assert_eq!(
                decide(
                    who.actor.as_ref(),
                    *action,
                    Subject::OfDomain(Some(&hidden))
                ),
                decide(who.actor.as_ref(), *action, Subject::OfDomain(None)),
                "{column} {}",
                action.name()
            );
        }
    }
}

#[test]
fn a_refusal_by_name_never_says_why() {
    let (header, _) = rows();
    for column in header.iter().skip(6) {
        let who = principal(column);
        let standings = Standings::One(who.standing());
        let decided = decide(
            who.actor.as_ref(),
            action::MESSAGE_SEND.into(),
            Subject::OfDomain(Some(&standings)),
        );
        if let Err(Refusal::Forbidden(reason)) = decided {
            assert!(
                matches!(
                    reason,
                    Reason::SenderDomainNotPermitted | Reason::Capability
                ),
                "{column}: {reason:?}"
            );
        }
    }
}
