//! API keys: the list, the form to make one, a new key's secret.

use askama::Template;
use postscale_model::{ApiKey, Capability, Environment, KeyScope, Word};

use super::words::capability_choices;
use crate::ui::{
    CheckGroup, Chip, Choice, Copy, Empty, InputKind, Moment, RadioGroup, Shell, TextField,
};

/// `/api-keys`
#[derive(Debug, Template)]
#[template(path = "pages/api_keys/list.html")]
pub struct ApiKeyListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The keys that are visible.
    pub rows: Vec<ApiKeyRow>,
    /// May make one for some domain.
    pub may_create: bool,
}

impl ApiKeyListPage {
    fn empty(&self) -> Empty {
        if self.may_create {
            Empty::new(
                "No API keys yet",
                "A key opens the API, and is the password for SMTP at the same time.",
            )
            .with_action("/api-keys/new", "Create API key")
        } else {
            Empty::new(
                "No API keys",
                "You can make keys once you have write access to a domain.",
            )
        }
    }
}

/// A key in the list.
#[derive(Debug)]
pub struct ApiKeyRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The first characters of its secret.
    pub prefix: String,
    /// Live or test.
    pub environment: Chip,
    /// What it may do, as shown.
    pub capability: &'static str,
    /// Whether it reaches every domain of the organization.
    pub everywhere: bool,
    /// The domains it names, each with what it reaches there now, as shown.
    pub domains: Vec<(String, &'static str)>,
    /// Who made it.
    pub created_by: String,
    /// Its last use.
    pub last_used_at: Option<Moment>,
    /// When it ends by itself.
    pub expires_at: Option<Moment>,
    /// Expired or revoked, as shown; absent while it works.
    pub ended: Option<Chip>,
    /// May revoke it.
    pub may_revoke: bool,
}

/// What was entered into the form of a key.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyEntry {
    /// Its name.
    pub name: String,
    /// The environment's word.
    pub environment: String,
    /// The capability's word.
    pub capability: String,
    /// The scope's word.
    pub scope: String,
    /// The ids of the domains.
    pub domain_ids: Vec<String>,
    /// The networks it is good from, one a line.
    pub allowed_networks: String,
    /// The day it ends.
    pub expires_on: String,
}

/// Why what was entered is refused, per field.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyErrors {
    /// Of the name.
    pub name: Option<String>,
    /// Of the domains.
    pub domain_ids: Option<String>,
    /// Of the networks.
    pub allowed_networks: Option<String>,
    /// Of the day it ends.
    pub expires_on: Option<String>,
}

/// `/api-keys/new`
#[derive(Debug, Template)]
#[template(path = "pages/api_keys/new.html")]
pub struct NewApiKeyPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its name.
    pub name: TextField,
    /// Live or test.
    pub environment: RadioGroup,
    /// What it may do.
    pub capability: RadioGroup,
    /// Every domain or some; absent for those who may only name domains.
    pub scope: Option<RadioGroup>,
    /// Which domains: those the reader may write.
    pub domains: CheckGroup,
    /// The networks it is good from.
    pub allowed_networks: TextField,
    /// The day it ends.
    pub expires_on: TextField,
}

impl NewApiKeyPage {
    /// The form. `scope` is the group of those who may choose every domain.
    #[must_use]
    pub fn new(
        shell: Shell,
        entry: &ApiKeyEntry,
        errors: ApiKeyErrors,
        scope: Option<RadioGroup>,
        domains: Vec<Choice>,
    ) -> Self {
        let domains = CheckGroup::new("domain_ids", "Domains", domains).choose(&entry.domain_ids);
        let domains = if scope.is_some() {
            domains
        } else {
            domains.hint("None chosen means all that you may write today.")
        };
        let environments = vec![
            Choice::new(Environment::Live.as_str(), "Live").hint("Mail really leaves."),
            Choice::new(Environment::Test.as_str(), "Test")
                .hint("Everything is checked and recorded, nothing is delivered."),
        ];
        Self {
            shell,
            name: TextField::new(InputKind::Text, "name", "Name")
                .value(&entry.name)
                .placeholder("Production web server")
                .error(errors.name)
                .required(),
            environment: RadioGroup::new("environment", "Environment", environments)
                .choose(&entry.environment),
            capability: RadioGroup::new("capability", "What it may do", capability_choices())
                .choose(&entry.capability),
            scope,
            domains: domains.error(errors.domain_ids),
            allowed_networks: networks_field(&entry.allowed_networks, errors.allowed_networks),
            expires_on: TextField::new(InputKind::Date, "expires_on", "Ends on")
                .value(&entry.expires_on)
                .hint("It stops working by itself then. Optional.")
                .error(errors.expires_on),
        }
    }
}

fn networks_field(value: &str, error: Option<String>) -> TextField {
    TextField::new(
        InputKind::Lines,
        "allowed_networks",
        "Only from these networks",
    )
    .value(value)
    .placeholder("192.0.2.0/24")
    .hint("One address or network a line, for HTTP and SMTP alike. None means everywhere.")
    .error(error)
}

/// What a key reaches on one domain.
#[derive(Debug)]
pub struct KeyReach {
    /// The domain.
    pub domain: String,
    /// How much, as shown.
    pub access: &'static str,
    /// Why, in a sentence.
    pub why: &'static str,
    /// Where the whole derivation is, for those who may read it.
    pub explained: Option<String>,
}

/// The form that changes a key. It can only make the key reach less.
#[derive(Debug)]
pub struct ApiKeyForm {
    /// Its name.
    pub name: TextField,
    /// A lower capability; absent when there is none lower.
    pub capability: Option<RadioGroup>,
    /// The domains it keeps; absent for a key of the whole organization.
    pub domains: Option<CheckGroup>,
    /// The networks it is good from.
    pub allowed_networks: TextField,
    /// An earlier end.
    pub expires_on: TextField,
}

impl ApiKeyForm {
    /// The form for a key, with what was entered.
    #[must_use]
    pub fn new(
        key: &ApiKey,
        entry: &ApiKeyEntry,
        errors: ApiKeyErrors,
        domains: Vec<Choice>,
    ) -> Self {
        let named = key.scope == KeyScope::Domains;
        Self {
            name: TextField::new(InputKind::Text, "name", "Name")
                .value(&entry.name)
                .error(errors.name)
                .required(),
            capability: (key.capability == Capability::Full).then(|| {
                RadioGroup::new("capability", "What it may do", capability_choices())
                    .choose(&entry.capability)
                    .hint("Can be lowered, not raised again.")
            }),
            domains: named.then(|| {
                CheckGroup::new("domain_ids", "Domains it keeps", domains)
                    .choose(&entry.domain_ids)
                    .hint("What you take away cannot be given back to this key.")
                    .error(errors.domain_ids)
            }),
            allowed_networks: networks_field(&entry.allowed_networks, errors.allowed_networks),
            expires_on: TextField::new(InputKind::Date, "expires_on", "Ends earlier, on")
                .value(&entry.expires_on)
                .hint("Leave empty to keep its end as it is.")
                .error(errors.expires_on),
        }
    }
}

/// `/api-keys/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/api_keys/show.html")]
pub struct ApiKeyPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The first characters of its secret.
    pub prefix: String,
    /// Live or test.
    pub environment: Chip,
    /// What it may do, as shown.
    pub capability: &'static str,
    /// Whether it reaches every domain of the organization.
    pub everywhere: bool,
    /// What it reaches of the domains it names.
    pub reaches: Vec<KeyReach>,
    /// The networks it is good from; none is everywhere.
    pub networks: Vec<String>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Moment,
    /// Its last use.
    pub last_used_at: Option<Moment>,
    /// When it ends by itself.
    pub expires_at: Option<Moment>,
    /// Until when the secret before a rotation works too.
    pub previous_secret_until: Option<Moment>,
    /// Expired or revoked, as shown; absent while it works.
    pub ended: Option<Chip>,
    /// The form that changes it; absent once it ended.
    pub form: Option<ApiKeyForm>,
    /// Whether the reader made it, and so may be given its secret.
    pub is_own: bool,
}

/// The page right after a secret was made: the only place it is ever shown.
#[derive(Debug, Template)]
#[template(path = "pages/api_keys/secret.html")]
pub struct ApiKeySecretPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The key's name.
    pub name: String,
    /// What to know beside, perhaps nothing.
    pub lead: &'static str,
    /// The secret.
    pub secret: Copy,
    /// A command that tries it.
    pub example: Copy,
}
