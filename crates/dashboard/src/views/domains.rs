//! Domains: the list, the form to add one, one domain with its records and keys.

use askama::Template;
use postscale_model::{CheckStatus, DkimStatus, Domain, Purpose};

use super::words::{Reach, purpose_label, purpose_reason, type_choices, type_label};
use crate::ui::{
    CheckField, Chip, Copy, Empty, InputKind, Moment, Pager, RadioGroup, Shell, TextField, Tone,
    component,
};

/// `/domains`
#[derive(Debug, Template)]
#[template(path = "pages/domains/list.html")]
pub struct DomainListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The domains that are visible.
    pub rows: Vec<DomainRow>,
    /// Other parts of the list.
    pub pager: Pager,
    /// May add a domain.
    pub may_create: bool,
}

impl DomainListPage {
    fn empty(&self) -> Empty {
        if self.may_create {
            Empty::new(
                "No domains yet",
                "Add the first one, publish its DNS records, and send or receive with it.",
            )
            .with_action("/domains/new", "Add domain")
        } else {
            Empty::new(
                "No domains assigned to you",
                "Ask an administrator of your organization for access to the domains you work on.",
            )
        }
    }
    fn shows_access(&self) -> bool {
        self.rows.iter().any(|row| row.reach.label().is_some())
    }
}

/// A domain in the list.
#[derive(Debug)]
pub struct DomainRow {
    /// Its id.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// What it is used for.
    pub type_label: &'static str,
    /// Verified as a whole.
    pub status: Chip,
    /// Its records at a glance.
    pub health: Vec<HealthMark>,
    /// What the reader may do with it.
    pub reach: Reach,
}

impl DomainRow {
    /// The row of a domain.
    #[must_use]
    pub fn new(domain: &Domain, reach: Reach) -> Self {
        Self {
            id: domain.id.to_string(),
            name: domain.name.to_unicode(),
            type_label: type_label(domain.domain_type),
            status: Chip::domain(domain),
            health: HealthMark::of(domain),
            reach,
        }
    }
}

/// Whether one record of a domain is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthMark {
    /// Which record.
    pub label: &'static str,
    /// How that feels.
    pub tone: Tone,
    /// The same in words.
    pub state: &'static str,
}

impl HealthMark {
    /// The records a domain's type asks for: required ones first, then recommended ones.
    #[must_use]
    pub fn of(domain: &Domain) -> Vec<Self> {
        let required = domain.required();
        let recommended: &[Purpose] = if domain.domain_type.sends() {
            &[Purpose::Dmarc, Purpose::ReturnPath]
        } else {
            &[]
        };
        let mark = |purpose: &Purpose| {
            let verified = match purpose {
                Purpose::Ownership => domain.ownership_verified,
                Purpose::Mx => domain.mx_verified,
                Purpose::Spf => domain.spf_verified,
                Purpose::Dkim => domain.dkim_verified,
                Purpose::Dmarc => domain.dmarc_verified,
                Purpose::ReturnPath => domain.return_path_verified,
            };
            let (tone, state) = match (verified, required.contains(purpose)) {
                (true, _) => (Tone::Good, "verified"),
                (false, true) => (Tone::Bad, "required, not verified"),
                (false, false) => (Tone::Quiet, "recommended, not verified"),
            };
            Self {
                label: purpose_label(*purpose),
                tone,
                state,
            }
        };
        required.iter().chain(recommended).map(mark).collect()
    }
}

/// `/domains/new`
#[derive(Debug, Template)]
#[template(path = "pages/domains/new.html")]
pub struct NewDomainPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The name.
    pub name: TextField,
    /// What it is used for.
    pub domain_type: RadioGroup,
}

impl NewDomainPage {
    /// The form, with what was entered before and why it was refused.
    #[must_use]
    pub fn new(shell: Shell, name: &str, domain_type: &str, name_error: Option<String>) -> Self {
        Self {
            shell,
            name: TextField::new(InputKind::Text, "domain", "Domain name")
                .value(name)
                .placeholder("example.com")
                .hint("A sub-domain such as mail.example.com is a domain of its own.")
                .error(name_error)
                .required(),
            domain_type: RadioGroup::new("type", "What is it for?", type_choices())
                .choose(domain_type),
        }
    }
}

/// `/domains/{id}`
#[derive(Debug, Template)]
#[template(path = "pages/domains/show.html")]
pub struct DomainPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its id.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// What it is used for.
    pub type_label: &'static str,
    /// Verified as a whole.
    pub status: Chip,
    /// What the reader may do with it.
    pub reach: Reach,
    /// Catch-all, as shown.
    pub catch_all: &'static str,
    /// When it was added.
    pub created_at: Moment,
    /// Its records.
    pub records: DnsRecords,
    /// Its DKIM keys; absent when the domain does not send.
    pub dkim_keys: Option<Vec<DkimKeyRow>>,
    /// The form to make a DKIM key.
    pub new_key: Option<TextField>,
    /// Its settings.
    pub settings: Option<DomainSettings>,
    /// The typed confirmation that deletes it.
    pub delete: Option<TextField>,
}

impl DomainPage {
    /// The field of [`Self::new_key`].
    #[must_use]
    pub fn selector_field(value: &str, error: Option<String>) -> TextField {
        TextField::new(InputKind::Text, "selector", "Selector")
            .value(value)
            .hint("Names the record: selector._domainkey. Letters, digits and hyphens.")
            .error(error)
            .required()
    }
    /// The field of [`Self::delete`].
    #[must_use]
    pub fn delete_field(name: &str, error: Option<String>) -> TextField {
        TextField::new(
            InputKind::Text,
            "confirm",
            "Type the domain name to confirm",
        )
        .placeholder("example.com")
        .hint(format!("Type {name} exactly."))
        .error(error)
        .required()
    }
}

/// The settings that can be changed.
#[derive(Debug)]
pub struct DomainSettings {
    /// What it is used for.
    pub domain_type: RadioGroup,
    /// Mail for unknown local parts is kept.
    pub catch_all: CheckField,
    /// Not paused.
    pub active: CheckField,
}

impl DomainSettings {
    /// The settings of a domain.
    #[must_use]
    pub fn of(domain: &Domain) -> Self {
        Self {
            domain_type: RadioGroup::new("type", "Used for", type_choices())
                .choose(&domain.domain_type.to_string()),
            catch_all: CheckField::new("catch_all", "Catch-all", domain.catch_all_enabled)
                .hint("Keep mail for every address of the domain, not only for its aliases."),
            active: CheckField::new("active", "Active", domain.active)
                .hint("A paused domain neither sends nor receives."),
        }
    }
}

/// The DNS records of a domain; also served alone at `/domains/{id}/records`, which the page
/// asks for again while records are missing.
#[derive(Debug, Template)]
#[template(path = "parts/dns_records.html")]
pub struct DnsRecords {
    /// The domain.
    pub domain_id: String,
    /// The records, required ones first.
    pub rows: Vec<DnsRecordRow>,
    /// When they were last looked up.
    pub checked_at: Option<Moment>,
    /// Proof against forged posts, for those who may look them up now.
    pub check_now: Option<String>,
}
component!(DnsRecords);

impl DnsRecords {
    fn required(&self) -> impl Iterator<Item = &DnsRecordRow> {
        self.rows.iter().filter(|row| row.required)
    }
    /// Whether every required record is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.required()
            .all(|row| row.state == CheckStatus::Verified)
    }
    /// How far it is, in a sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let all = self.required().count();
        let seen = self
            .required()
            .filter(|row| row.state == CheckStatus::Verified)
            .count();
        if seen == all {
            format!("All {all} required records are verified.")
        } else {
            format!("{seen} of {all} required records verified.")
        }
    }
    /// What to do next, in a sentence.
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        let missing_recommended = self
            .rows
            .iter()
            .any(|row| !row.required && row.state != CheckStatus::Verified);
        if self
            .rows
            .iter()
            .any(|row| row.state == CheckStatus::Mismatch && row.required)
        {
            "A record has another value than the one asked for. Compare what was found below."
        } else if !self.is_complete() {
            "Publish the records below at your DNS provider. Changes can take some minutes to be seen."
        } else if missing_recommended {
            "Everything required is there. The recommended records make delivery more reliable."
        } else {
            "Nothing is left to do here."
        }
    }
}

/// One record to publish, and what was found.
#[derive(Debug)]
pub struct DnsRecordRow {
    /// What it is for.
    pub purpose: &'static str,
    /// Why, in a sentence.
    pub reason: &'static str,
    /// `TXT`, `MX`, `CNAME`.
    pub record_type: String,
    /// Its name, complete.
    pub name: Copy,
    /// Its value.
    pub value: Copy,
    /// Preference of an MX.
    pub priority: Option<u16>,
    /// Required, not only recommended.
    pub required: bool,
    /// What the last look-up said.
    pub state: CheckStatus,
    /// The values found when they differ.
    pub found: Vec<String>,
}

impl DnsRecordRow {
    /// A record to publish, not looked up yet.
    #[must_use]
    pub fn new(purpose: Purpose, record_type: &str, name: &str, value: &str) -> Self {
        let label = purpose_label(purpose);
        Self {
            purpose: label,
            reason: purpose_reason(purpose),
            record_type: record_type.to_owned(),
            name: Copy::new(format!("name of the {label} record"), name),
            value: Copy::new(format!("value of the {label} record"), value),
            priority: None,
            required: false,
            state: CheckStatus::Unchecked,
            found: Vec::new(),
        }
    }
    fn chip(&self) -> Chip {
        Chip::from(self.state)
    }
}

/// A DKIM key in the list.
#[derive(Debug)]
pub struct DkimKeyRow {
    /// Its selector.
    pub selector: String,
    /// Its algorithm, as shown.
    pub algorithm: &'static str,
    /// Where it is in its life.
    pub state: DkimStatus,
    /// When its record was first seen.
    pub verified_at: Option<Moment>,
    /// When it was made.
    pub created_at: Moment,
    /// Proof against forged posts, for those who may deactivate it.
    pub deactivate: Option<String>,
}

impl DkimKeyRow {
    fn chip(&self) -> Chip {
        Chip::from(self.state)
    }
}
