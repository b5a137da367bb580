//! `access-matrix.csv`, and which of its cells answers for an object of each kind.

use postscale_access::{Action, Class};

/// Which object a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// What hangs on the domain the table speaks of; of what hangs on no domain, ours.
    Shared,
    /// What hangs on a domain no member may see.
    Closed,
    /// What belongs to another organization.
    Foreign,
    /// Well-formed, but nothing has it.
    Absent,
    /// What can be no id at all.
    Malformed,
    /// Another owner of ours.
    Owner,
    /// Another admin of ours.
    Admin,
    /// A member of ours.
    Member,
}

use Target::{Absent, Admin, Closed, Foreign, Malformed, Member, Owner, Shared};

/// What a request can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Nothing,
    /// A domain, or what hangs on one.
    OfDomain,
    /// A key, which its maker sees, and whoever manages.
    Key,
    /// A user.
    User,
    /// What belongs to the organization as a whole.
    OfOrganization,
    /// One of the person's own sessions.
    OwnSession,
    /// What its name or its token alone gives to everybody.
    ForEverybody,
}

impl Kind {
    /// The objects a request of this kind is made with.
    pub const fn targets(self) -> &'static [Target] {
        match self {
            Self::Nothing => &[Shared],
            Self::User => &[Member, Admin, Owner, Foreign, Absent, Malformed],
            Self::OfOrganization => &[Shared, Foreign, Absent, Malformed],
            Self::OfDomain | Self::Key | Self::OwnSession | Self::ForEverybody => {
                &[Shared, Closed, Foreign, Absent, Malformed]
            }
        }
    }

    /// Whether there is such an object for an actor whom its action is allowed: what the table does
    /// not say, because it speaks of an object that is there.
    fn is_there(self, actor: &str, target: Target) -> bool {
        match self {
            Self::Nothing | Self::OfDomain | Self::Key | Self::User => true,
            Self::ForEverybody => !matches!(target, Absent | Malformed),
            Self::OwnSession => target == Shared,
            Self::OfOrganization if actor == "other_org_owner" => target == Foreign,
            Self::OfOrganization => target == Shared,
        }
    }
}

/// A row: an action, the kind of target it speaks of, and `A` or a status per actor.
pub struct Row {
    pub action: String,
    pub variant: String,
    cells: Vec<String>,
}

/// The normative table.
pub struct Matrix {
    actors: Vec<String>,
    pub rows: Vec<Row>,
}

impl Matrix {
    pub fn read() -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../access/tests/access-matrix.csv"
        );
        let mut reader = csv::Reader::from_path(path).unwrap();
        let texts = |row: &csv::StringRecord| row.iter().skip(6).map(str::to_owned).collect();
        let actors = texts(&reader.headers().unwrap().clone());
        let rows = reader.records().map(Result::unwrap).map(|row| Row {
            action: row[0].to_owned(),
            variant: row[5].to_owned(),
            cells: texts(&row),
        });
        Self {
            rows: rows.collect(),
            actors,
        }
    }

    /// The cell of a row.
    pub fn cell<'t>(&'t self, row: &'t Row, actor: &str) -> &'t str {
        let column = self.actors.iter().position(|name| name == actor);
        &row.cells[column.unwrap()]
    }

    /// What the table says of these actions one after the other: the first refusal, or `A`; and
    /// `404` where it would be allowed if it were there.
    pub fn says(&self, actions: &[&str], kind: Kind, actor: &str, target: Target) -> &str {
        let mut cells = actions.iter().map(|name| self.one(name, actor, target));
        match cells.find(|cell| *cell != "A") {
            Some(refusal) => refusal,
            None if kind.is_there(actor, target) => "A",
            None => "404",
        }
    }

    fn one(&self, name: &str, actor: &str, target: Target) -> &str {
        let class = Action::named(name).unwrap().class();
        let (variant, column) = match class {
            Class::UserLook | Class::UserManage | Class::UserOwner => user_cell(actor, target),
            _ => (None, column(class, actor, target)),
        };
        let row = self
            .rows
            .iter()
            .find(|row| row.action == name && variant.is_none_or(|variant| row.variant == variant));
        // Routes open to everybody that the table does not list.
        row.map_or("A", |row| self.cell(row, column))
    }
}

/// The variant and the column that speak of this actor and such a user.
fn user_cell(actor: &str, target: Target) -> (Option<&'static str>, &str) {
    let variant = match target {
        Owner => "target=owner",
        Admin => "target=admin",
        Absent | Malformed if actor == "other_org_owner" => "target=member",
        Member | Shared => "target=member",
        Foreign | Closed | Absent | Malformed => "target=other-org",
    };
    (Some(variant), actor)
}

/// The column of the table that speaks of this actor and an object of that kind: a domain without
/// a grant is `member_hidden`'s, one outside a key's scope `key_other_scope`'s, and one of another
/// organization is to everybody what ours is to `other_org_owner`.
fn column(class: Class, actor: &str, target: Target) -> &str {
    let is_of_domain = matches!(
        class,
        Class::DomainRead
            | Class::DomainWrite
            | Class::DomainWritePerson
            | Class::DomainAdmin
            | Class::DomainNobody
            | Class::SendByName
            | Class::WriteByName
            | Class::OwnKeys
    );
    let is_dead = matches!(
        actor,
        "anonymous" | "deactivated" | "key_revoked" | "key_creator_deactivated"
    );
    if is_dead || target == Shared || !is_of_domain {
        return actor;
    }
    let is_key = actor.starts_with("key_");
    let is_organization_key = actor.starts_with("key_org_");
    match (target, actor) {
        (Closed, "owner" | "admin" | "other_org_owner") => actor,
        (Closed, _) if is_organization_key => actor,
        (Closed, "key_other_scope") => "key_rw",
        (Foreign, "other_org_owner") => "owner",
        (Foreign | Absent | Malformed, "owner" | "admin") => "other_org_owner",
        _ if is_key => "key_other_scope",
        (_, "other_org_owner") => actor,
        _ => "member_hidden",
    }
}
