//! The settings of a domain, and the question before a change that has consequences.

use askama::Template;
use postscale_model::{Domain, MtaStsMode, Word as _};

use super::{domain_tabs::DomainTabs, words::type_choices};
use crate::ui::{CheckField, Choice, InputKind, RadioGroup, SelectField, Shell, TextField};

/// `/domains/{id}/settings`
#[derive(Debug, Template)]
#[template(path = "pages/domains/settings.html")]
pub struct DomainSettingsPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its other pages.
    pub tabs: DomainTabs,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// The form.
    pub settings: DomainSettings,
    /// The typed confirmation that deletes it.
    pub delete: Option<TextField>,
}

impl DomainSettingsPage {
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
    /// When DKIM keys are replaced by themselves.
    pub rotation: SelectField,
    /// The MTA-STS policy.
    pub mta_sts: RadioGroup,
}

/// Days between rotations that can be chosen.
const ROTATION_DAYS: [u16; 4] = [30, 90, 180, 365];

impl DomainSettings {
    /// The settings of a domain.
    #[must_use]
    pub fn of(domain: &Domain) -> Self {
        Self {
            domain_type: RadioGroup::new("type", "Used for", type_choices())
                .choose(domain.domain_type.as_str()),
            catch_all: CheckField::new("catch_all", "Catch-all", domain.catch_all_enabled)
                .hint("Keep mail for every address of the domain, not only for its aliases."),
            active: CheckField::new("active", "Active", domain.active).hint(
                "A paused domain refuses to send, holds what waits, and tells senders to try again later.",
            ),
            rotation: SelectField::new("rotation", "Rotate DKIM keys", rotations(domain))
                .choose(&rotation_value(domain.dkim_rotation_days))
                .hint("A new key is made by itself and its record is mailed to those who look after the domain. The old key signs until the new record is seen."),
            mta_sts: RadioGroup::new("mta_sts", "Encryption of received mail (MTA-STS)", policies())
                .choose(domain.mta_sts.mode.as_str())
                .hint("The policy is served by this instance; the records page says what to publish."),
        }
    }
}

fn rotation_value(days: Option<u16>) -> String {
    days.map_or_else(|| "off".to_owned(), |days| days.to_string())
}

/// Including what somebody chose by the API.
fn rotations(domain: &Domain) -> Vec<Choice> {
    let mut days = Vec::from(ROTATION_DAYS);
    days.extend(domain.dkim_rotation_days);
    days.sort_unstable();
    days.dedup();
    let label = |days: u16| Choice::new(days.to_string(), format!("Every {days} days"));
    let off = Choice::new("off", "Only when somebody does it");
    [off]
        .into_iter()
        .chain(days.into_iter().map(label))
        .collect()
}

fn policies() -> Vec<Choice> {
    let choice =
        |mode: MtaStsMode, label: &str, hint: &str| Choice::new(mode.as_str(), label).hint(hint);
    vec![
        choice(
            MtaStsMode::None,
            "No policy",
            "Senders encrypt when they can, and nobody asks them to check certificates.",
        ),
        choice(
            MtaStsMode::Testing,
            "Testing",
            "Senders report when encryption would have failed, and deliver all the same.",
        ),
        choice(
            MtaStsMode::Enforce,
            "Enforced",
            "Senders deliver only over encrypted connections whose certificate they trust.",
        ),
    ]
}

/// The question before a change that has consequences.
#[derive(Debug, Template)]
#[template(path = "pages/domains/settings_confirm.html")]
pub struct SettingsConfirmPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// What follows, in sentences.
    pub consequences: Vec<String>,
    /// The form as it was sent.
    pub fields: Vec<(&'static str, String)>,
}
