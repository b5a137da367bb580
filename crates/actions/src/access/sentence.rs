//! The rules of an explanation in words, with the facts they were asked about.

use postscale_access::{Rule, Step};
use postscale_model::{ApiKey, Capability, KeyScope, Level, Role, Timestamp, User};
use postscale_store::grant::GivenGrant;

use super::ExplainedStep;

/// What is known besides what the policy was asked.
pub(super) struct Facts<'a> {
    pub user: &'a User,
    pub api_key: Option<&'a ApiKey>,
    pub grant: Option<&'a GivenGrant>,
    pub now: Timestamp,
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Admin => "an admin",
        Role::Member => "a member",
    }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Read => "read only",
        Level::Write => "read and write",
    }
}

impl Facts<'_> {
    /// The step as people read it.
    pub(super) fn tell(&self, step: Step) -> ExplainedStep {
        ExplainedStep {
            rule: step.rule.name(),
            holds: step.holds,
            text: self.text(step),
        }
    }

    fn text(&self, Step { rule, holds }: Step) -> String {
        let either = |yes: &str, no: &str| if holds { yes } else { no }.to_owned();
        match rule {
            Rule::Open => "This is open to everybody.".to_owned(),
            Rule::Credential => self.credential(holds),
            Rule::SecondFactor => either(
                "Nothing is missing from how they sign in.",
                "The organization asks for a second factor, and they have none yet.",
            ),
            Rule::InPerson => either(
                "A signed-in person asks.",
                "Only a signed-in person may do this, not a key.",
            ),
            Rule::ByKey => either("A key asks.", "Only a key does this, about itself."),
            Rule::Manager { role: it } => {
                let may = either("may", "may not");
                format!("As {} they {may} do this for the organization.", role(it))
            }
            Rule::Owner { role: it } => {
                let what = either("which this wants", "but only an owner may do this");
                format!("They are {}, {what}.", role(it))
            }
            Rule::OrganizationKey { .. } => either(
                "The key is for the whole organization.",
                "The key is for some domains; this wants one for the whole organization.",
            ),
            Rule::SameOrganization => either(
                "The domain is their organization's.",
                "It is no domain of their organization.",
            ),
            Rule::UserLevel { role: it, grant } => self.user_level(it, grant),
            Rule::KeyScope { scope, .. } => key_scope(scope, holds),
            Rule::Capability { capability } => key_capability(capability, holds),
            Rule::Level { has, wants } => {
                let enough = either("which is enough", "which is not enough");
                format!(
                    "This wants {}. There is {}, {enough}.",
                    level(wants),
                    level(has)
                )
            }
            Rule::Somebody => "Nobody may do this.".to_owned(),
            Rule::Target { role: it } => format!("The other one is {}.", role(it)),
            Rule::OwnKey => either(
                "The key is theirs to manage.",
                "The key is somebody else's.",
            ),
        }
    }

    fn credential(&self, holds: bool) -> String {
        let name = &self.user.name;
        let Some(key) = self.api_key else {
            return match holds {
                true => format!("{name} is an active user and can sign in."),
                false => format!("{name} is {} and cannot sign in.", self.user.status),
            };
        };
        let key_name = &key.name;
        if holds {
            return format!("The key “{key_name}” works, and its maker {name} is active.");
        }
        match (key.revoked_at, key.expires_at) {
            (Some(at), _) => format!("The key “{key_name}” was revoked at {}.", at.to_rfc3339()),
            (None, Some(at)) if at <= self.now => {
                format!("The key “{key_name}” ended at {}.", at.to_rfc3339())
            }
            _ => format!("The maker of the key, {name}, is {}.", self.user.status),
        }
    }

    fn user_level(&self, it: Role, in_force: Option<Level>) -> String {
        let name = &self.user.name;
        if it != Role::Member {
            let role = role(it);
            return format!("{name} is {role}: read and write on every domain, without a grant.");
        }
        let Some(given) = self.grant else {
            return format!("{name} is a member without a grant on this domain.");
        };
        let by = given.given_by.as_ref();
        let by = by.map_or_else(String::new, |(_, giver)| format!(" by {giver}"));
        let at = given.given_at.to_rfc3339();
        let note = match given.grant.note.as_str() {
            "" => String::new(),
            note => format!(" Note: “{note}”."),
        };
        match (in_force, given.grant.expires_at) {
            (Some(level_now), end) => {
                let until = end.map_or_else(
                    || "without an end".to_owned(),
                    |end| format!("until {}", end.to_rfc3339()),
                );
                let level = level(level_now);
                format!("{name} is a member with {level}, given{by} at {at}, {until}.{note}")
            }
            (None, end) => {
                let end = end.map_or_else(String::new, Timestamp::to_rfc3339);
                format!("{name} is a member whose grant, given{by} at {at}, ended at {end}.{note}")
            }
        }
    }
}

fn key_scope(scope: KeyScope, holds: bool) -> String {
    match (scope, holds) {
        (KeyScope::Organization, true) => {
            "The key is for every domain, while its maker is owner or admin."
        }
        (KeyScope::Organization, false) => {
            "The key is for every domain, but its maker is no longer owner or admin."
        }
        (KeyScope::Domains, true) => "The key names this domain.",
        (KeyScope::Domains, false) => "The key does not name this domain.",
    }
    .to_owned()
}

fn key_capability(capability: Capability, holds: bool) -> String {
    let what = match capability {
        Capability::Full => "everything its maker may",
        Capability::Read => "nothing but read",
        Capability::Send => "nothing but send",
    };
    let includes = if holds {
        "includes"
    } else {
        "does not include"
    };
    format!("The key may do {what}, which {includes} this.")
}
