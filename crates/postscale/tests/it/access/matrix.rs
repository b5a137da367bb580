//! `access-matrix.csv`, and which of its cells answers for a domain of each kind.

use std::collections::BTreeMap;

/// Which object a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// What hangs on the domain the table speaks of.
    Shared,
    /// What hangs on a domain no member may see.
    Closed,
    /// What belongs to another organization.
    Foreign,
    /// Well-formed, but nothing has it.
    Absent,
    /// What can be no id at all.
    Malformed,
}

pub const TARGETS: [Target; 5] = [
    Target::Shared,
    Target::Closed,
    Target::Foreign,
    Target::Absent,
    Target::Malformed,
];

/// The normative table: (action, variant, column) → `A` or a status. The variant is whom an action
/// on a user is about (`target=…`), and empty for all others.
pub struct Matrix(BTreeMap<(String, String, String), String>);

impl Matrix {
    pub fn read() -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../access/tests/access-matrix.csv"
        );
        let mut reader = csv::Reader::from_path(path).unwrap();
        let header = reader.headers().unwrap().clone();
        let mut cells = BTreeMap::new();
        for row in reader.records().map(Result::unwrap) {
            let variant = if &row[1] == "user" { &row[5] } else { "" };
            for (column, cell) in header.iter().zip(&row).skip(6) {
                let key = (row[0].to_owned(), variant.to_owned(), column.to_owned());
                cells.insert(key, cell.to_owned());
            }
        }
        Self(cells)
    }

    /// What the table says of these actions one after the other: the first refusal, or `A`.
    pub fn says(&self, actions: &[&str], actor: &str, target: Target) -> &str {
        let cells = actions.iter().map(|action| {
            let cell = |variant: &str, column: &str| {
                let key = ((*action).to_owned(), variant.to_owned(), column.to_owned());
                self.0.get(&key)
            };
            let of_a_user = cell(whom(actor, target), actor);
            let found = of_a_user.or_else(|| cell("", column(actor, target)));
            // Routes open to everybody that the table does not list.
            found.map_or("A", String::as_str)
        });
        cells.into_iter().find(|cell| *cell != "A").unwrap_or("A")
    }
}

/// The variant of the table that speaks of a user of that kind: a member of ours, somebody of
/// another organization. What nobody is belongs to the organization the actor is not of.
fn whom(actor: &str, target: Target) -> &'static str {
    let is_elsewhere = match target {
        Target::Shared | Target::Closed => false,
        Target::Foreign => true,
        Target::Absent | Target::Malformed => actor != "other_org_owner",
    };
    if is_elsewhere {
        "target=other-org"
    } else {
        "target=member"
    }
}

/// The column of the table that speaks of this actor and an object of that kind: a domain without
/// a grant is `member_hidden`'s, one outside a key's scope `key_other_scope`'s, and one of another
/// organization is to everybody what ours is to `other_org_owner`.
fn column(actor: &str, target: Target) -> &str {
    let dead = matches!(
        actor,
        "anonymous" | "deactivated" | "key_revoked" | "key_creator_deactivated"
    );
    if dead || target == Target::Shared {
        return actor;
    }
    let is_key = actor.starts_with("key_");
    let is_organization_key = actor.starts_with("key_org_");
    match (target, actor) {
        (Target::Closed, "owner" | "admin" | "other_org_owner") => actor,
        (Target::Closed, _) if is_organization_key => actor,
        (Target::Closed, "key_other_scope") => "key_rw",
        (Target::Foreign, "other_org_owner") => "owner",
        (Target::Foreign | Target::Absent | Target::Malformed, "owner" | "admin") => {
            "other_org_owner"
        }
        _ if is_key => "key_other_scope",
        (_, "other_org_owner") => actor,
        _ => "member_hidden",
    }
}
