//! The people of an organization: the list, one of them, and what is left when somebody goes.

use askama::Template;
use postscale_model::{Role, UserStatus, Word as _};

use super::words::role_label;
use crate::ui::{
    Chip, Choice, Empty, InputKind, Moment, Pager, SelectField, Shell, TextField, counted,
};

/// `/team`
#[derive(Debug, Template)]
#[template(path = "pages/team/list.html")]
pub struct TeamPage {
    /// What surrounds it.
    pub shell: Shell,
    /// What is looked for.
    pub filter: TeamFilter,
    /// The users found, by name.
    pub rows: Vec<TeamRow>,
    /// Other parts of the list.
    pub pager: Pager,
}

impl TeamPage {
    fn empty(&self) -> Empty {
        Empty::new("Nobody matches", "Try another name, role or status.")
            .with_action("/team", "Clear filters")
    }
}

/// The filters of the list.
#[derive(Debug)]
pub struct TeamFilter {
    /// Part of a name or an address.
    pub query: TextField,
    /// By role.
    pub role: SelectField,
    /// By state.
    pub status: SelectField,
    /// Whether anything is looked for at all.
    pub is_set: bool,
}

impl TeamFilter {
    /// The filters with what was looked for.
    #[must_use]
    pub fn new(query: &str, role: &str, status: &str) -> Self {
        let any = |label| Choice::new("", label);
        let mut roles = vec![any("All roles")];
        roles.extend([Role::Owner, Role::Admin, Role::Member].map(role_choice));
        let states = vec![
            any("Active and deactivated"),
            Choice::new(UserStatus::Active.as_str(), "Active"),
            Choice::new(UserStatus::Deactivated.as_str(), "Deactivated"),
        ];
        Self {
            query: TextField::new(InputKind::Search, "q", "Name or e-mail").value(query),
            role: SelectField::new("role", "Role", roles).choose(role),
            status: SelectField::new("status", "Status", states).choose(status),
            is_set: [query, role, status].iter().any(|text| !text.is_empty()),
        }
    }
}

fn role_choice(role: Role) -> Choice {
    Choice::new(role.as_str(), role_label(role))
}

/// Somebody in the list.
#[derive(Debug)]
pub struct TeamRow {
    /// Id of the user.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Login.
    pub email: String,
    /// The role.
    pub role: &'static str,
    /// Whether they may sign in.
    pub status: Chip,
    /// Whether they sign in with a second factor.
    pub second_factor: bool,
    /// Domains they reach.
    pub domains: u64,
    /// Keys of theirs that work.
    pub keys: u64,
    /// When they were last seen.
    pub last_active_at: Option<Moment>,
    /// What they reach is a list that can be changed: not by role, and not while they are out.
    pub has_access_list: bool,
}

/// `/team/users/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/team/user.html")]
pub struct UserPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the user.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// Login.
    pub email: String,
    /// The role.
    pub role: &'static str,
    /// Whether they may sign in.
    pub status: Chip,
    /// Whether they sign in with a second factor.
    pub second_factor: Chip,
    /// Whether the address is proven.
    pub is_verified: bool,
    /// When they were last seen.
    pub last_active_at: Option<Moment>,
    /// Since when they belong to the organization.
    pub created_at: Moment,
    /// Keys of theirs that work.
    pub keys: u64,
    /// Reaches every domain by role.
    pub everything: bool,
    /// What they reach, by domain.
    pub grants: Vec<GrantRow>,
    /// The reader may change what they reach.
    pub may_change_access: bool,
    /// Changes the role, if the reader may.
    pub role_form: Option<RoleForm>,
    /// The reader may sign them out.
    pub may_sign_out: bool,
    /// The reader may hand the organization on to them.
    pub may_inherit: bool,
    /// They were taken out of the team and can come back.
    pub is_deactivated: bool,
    /// What taking them out of the team would end, if the reader may.
    pub leaving: Option<Leaving>,
}

/// A domain somebody reaches.
#[derive(Debug)]
pub struct GrantRow {
    /// Id of the domain.
    pub domain_id: String,
    /// Its name.
    pub domain: String,
    /// How much.
    pub level: &'static str,
    /// When that ends by itself.
    pub expires_at: Option<Moment>,
    /// It has ended.
    pub is_over: bool,
    /// Why it was given.
    pub note: String,
}

/// Picks a role.
#[derive(Debug)]
pub struct RoleForm {
    /// The role.
    pub role: SelectField,
}

impl RoleForm {
    /// The form with the role there is.
    #[must_use]
    pub fn new(role: &str, may_make_owner: bool, error: Option<String>) -> Self {
        let mut roles = vec![role_choice(Role::Member), role_choice(Role::Admin)];
        if may_make_owner || role == Role::Owner.as_str() {
            roles.push(role_choice(Role::Owner));
        }
        let mut field = SelectField::new("role", "Role", roles).choose(role);
        field.error = error;
        Self { role: field }
    }
}

/// What taking somebody out of the team ends.
#[derive(Debug)]
pub struct Leaving {
    /// Names of their keys.
    pub keys: Vec<String>,
    /// Addresses of their webhooks.
    pub webhooks: Vec<String>,
    /// How many domains they reach by grants.
    pub domains: usize,
    /// How many invitations they have out.
    pub invitations: usize,
    /// It is refused: nobody else owns the organization.
    pub is_last_owner: bool,
}

impl Leaving {
    /// What it ends, in words.
    fn ends(&self) -> String {
        let so_many = |number: usize, one: &str, many: &str| {
            counted(u64::try_from(number).unwrap_or(u64::MAX), one, many)
        };
        format!(
            "sessions, {}, access to {}, {}, {}",
            so_many(self.keys.len(), "key", "keys"),
            so_many(self.domains, "domain", "domains"),
            so_many(self.invitations, "invitation", "invitations"),
            so_many(self.webhooks.len(), "webhook", "webhooks"),
        )
    }
}

/// What was ended when somebody was taken out of the team.
#[derive(Debug, Template)]
#[template(path = "pages/team/receipt.html")]
pub struct ReceiptPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the user.
    pub id: String,
    /// Shown name.
    pub name: String,
    /// They cannot come back as the same user.
    pub for_good: bool,
    /// Browsers that were signed out.
    pub sessions: u64,
    /// Keys that stopped working.
    pub keys: Vec<String>,
    /// Whose invitations can no longer be accepted.
    pub invitations: Vec<String>,
    /// Webhooks that are told nothing any more.
    pub webhooks: Vec<String>,
    /// What works on and what they may have a copy of.
    pub kept: Vec<Kept>,
    /// What sends mail out of the organization because of them.
    pub forwards: Vec<Forward>,
}

/// Something that sends mail out of the organization because of somebody who left.
#[derive(Debug)]
pub struct Forward {
    /// Its page.
    pub path: String,
    /// The alias's address or the rule's name.
    pub name: String,
    /// Where to.
    pub targets: String,
}

/// Something of the organization that somebody who left may have a copy of.
#[derive(Debug)]
pub struct Kept {
    /// Its page.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// Who made it.
    pub maker: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_ends_in_the_singular() {
        let leaving = Leaving {
            keys: vec!["CI".to_owned()],
            webhooks: Vec::new(),
            domains: 1,
            invitations: 2,
            is_last_owner: false,
        };
        let want = "sessions, 1 key, access to 1 domain, 2 invitations, 0 webhooks";
        assert_eq!(leaving.ends(), want);
    }
}
