//! The DKIM keys of a domain: where each is in its life, what to do next, and how to replace it.

use askama::Template;
use postscale_model::{CheckStatus, DkimAlgorithm, DkimStatus};

use super::{dns_records::Found, domain_tabs::DomainTabs};
use crate::ui::{
    CheckField, Chip, Choice, Copy, InputKind, Moment, SelectField, Shell, TextField, component,
};

/// `/domains/{id}/dkim`
#[derive(Debug, Template)]
#[template(path = "pages/domains/dkim.html")]
pub struct DkimPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its other pages.
    pub tabs: DomainTabs,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// Mail can be sent from it.
    pub sends: bool,
    /// When keys are replaced by themselves, in words.
    pub rotation: String,
    /// Its keys.
    pub keys: DkimKeys,
    /// Makes a key.
    pub new_key: Option<NewKeyForm>,
    /// Replaces a key.
    pub rotate: Option<RotateForm>,
}

/// The keys of a domain, newest first.
#[derive(Debug, Template)]
#[template(path = "parts/dkim_keys.html")]
pub struct DkimKeys {
    /// Id of the domain.
    pub id: String,
    /// Where the part alone is served.
    pub refresh: String,
    /// The keys.
    pub rows: Vec<DkimKeyRow>,
}
component!(DkimKeys);

impl DkimKeys {
    /// Where the part is asked for again, while a record is waited for.
    fn asked_again(&self) -> Option<&str> {
        let waits = self.rows.iter().any(|row| row.state == DkimStatus::Pending);
        waits.then_some(self.refresh.as_str())
    }
    fn summary(&self) -> String {
        let count = |wanted: DkimStatus| self.rows.iter().filter(|row| row.state == wanted).count();
        let active = match count(DkimStatus::Active) {
            0 => "No key signs.".to_owned(),
            1 => "Mail is signed with one key.".to_owned(),
            n => format!("Mail is signed with {n} keys, and has a signature of each."),
        };
        match count(DkimStatus::Pending) {
            0 => active,
            1 => format!("{active} One key waits for its record."),
            n => format!("{active} {n} keys wait for their records."),
        }
    }
}

/// A key in the list.
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
    /// When it becomes inactive.
    pub retire_at: Option<Moment>,
    /// Selector of the key it takes over from, and where that is in its life.
    pub replaces: Option<(String, DkimStatus)>,
    /// Selector of the key that waits to take over from it.
    pub successor: Option<String>,
    /// Its record, unless it is out of use.
    pub record: Option<DkimRecord>,
    /// The only key that signs.
    pub is_last: bool,
    /// What the reader may do with it.
    pub may: Option<KeyActions>,
}

/// The record of a key, and what the last look-up said.
#[derive(Debug)]
pub struct DkimRecord {
    /// Its name.
    pub name: Copy,
    /// Its value.
    pub value: Copy,
    /// What was seen.
    pub state: CheckStatus,
    /// The values found when they differ.
    pub found: Vec<Found>,
    /// What to do about it, or what is worth knowing.
    pub advice: Vec<String>,
    /// When it was looked up.
    pub checked_at: Option<Moment>,
}

/// What the reader may do with a key.
#[derive(Debug)]
pub struct KeyActions {
    /// Proof against forged posts.
    pub csrf: String,
    /// May forget it for good.
    pub may_delete: bool,
}

/// A step of a rotation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub text: String,
    pub is_done: bool,
}

impl DkimKeyRow {
    pub(super) fn chip(&self) -> Chip {
        Chip::from(self.state)
    }

    pub(super) fn record_chip(&self) -> Option<Chip> {
        let record = self.record.as_ref()?;
        Some(Chip::from(record.state))
    }

    /// What to do next, in a sentence.
    pub(super) fn next_step(&self) -> String {
        match (self.state, &self.replaces, &self.successor) {
            (DkimStatus::Pending, Some((old, DkimStatus::Active)), _) => format!(
                "Publish the record below, beside that of {old}. Mail is signed with {old} until it is seen."
            ),
            (DkimStatus::Pending, ..) => {
                "Publish the record below. The key signs as soon as it is seen.".to_owned()
            }
            (DkimStatus::Active, _, Some(successor)) => {
                format!(
                    "Signs until the record of {successor} is seen. Leave its record where it is."
                )
            }
            (DkimStatus::Active, ..) => "Signs. Leave its record where it is.".to_owned(),
            (DkimStatus::Retiring, ..) => {
                "Signs no more. Leave its record for mail that is still on its way.".to_owned()
            }
            (DkimStatus::Inactive, ..) => {
                "Out of use; its private half is gone. Its record can be taken out of DNS."
                    .to_owned()
            }
        }
    }

    /// How far the key's rotation is, while there is something to wait for.
    pub(super) fn steps(&self) -> Vec<Step> {
        let Some((old, old_state)) = &self.replaces else {
            return Vec::new();
        };
        let seen = self.state == DkimStatus::Active;
        if !(self.state == DkimStatus::Pending || seen && *old_state == DkimStatus::Retiring) {
            return Vec::new();
        }
        let step = |text: String, is_done| Step { text, is_done };
        vec![
            step(format!("{} was made", self.selector), true),
            step("Its record is in DNS".to_owned(), seen),
            step(format!("Mail is signed with {}", self.selector), seen),
            step(
                format!("{old} retires for a week, then its record can go"),
                *old_state == DkimStatus::Inactive,
            ),
        ]
    }

    fn deactivation(&self) -> &'static str {
        match self.state {
            _ if self.is_last => {
                "It is the only key that signs: nothing can be sent from this domain until the record of another one has been seen. Its private half is wiped and cannot come back."
            }
            DkimStatus::Pending if self.replaces.is_some() => {
                "The rotation ends here, and the old key goes on signing. The private half of the new one is wiped and cannot come back."
            }
            DkimStatus::Retiring => {
                "Mail it signed that is still on its way may fail its check once you take the record away. Its private half is wiped."
            }
            DkimStatus::Pending | DkimStatus::Active | DkimStatus::Inactive => {
                "It signs no more from now on. Its private half is wiped and cannot come back."
            }
        }
    }
}

/// Algorithms, as shown.
#[must_use]
pub const fn algorithm_label(algorithm: DkimAlgorithm) -> &'static str {
    match algorithm {
        DkimAlgorithm::Rsa2048 => "RSA, 2048 bits",
        DkimAlgorithm::Rsa4096 => "RSA, 4096 bits",
        DkimAlgorithm::Ed25519 => "Ed25519",
    }
}

fn algorithms() -> Vec<Choice> {
    use DkimAlgorithm::{Ed25519, Rsa2048, Rsa4096};
    [Rsa2048, Rsa4096, Ed25519]
        .into_iter()
        .map(|it| Choice::new(it.to_string(), algorithm_label(it)))
        .collect()
}

/// Makes a key.
#[derive(Debug)]
pub struct NewKeyForm {
    /// Names the record.
    pub selector: TextField,
    /// Its type.
    pub algorithm: SelectField,
}

impl NewKeyForm {
    /// The form with what was entered and what is wrong with it.
    #[must_use]
    pub fn new(selector: &str, algorithm: &str, error: Option<String>) -> Self {
        Self {
            selector: TextField::new(InputKind::Text, "selector", "Selector")
                .value(selector)
                .hint("Names the record: selector._domainkey. Letters, digits and hyphens.")
                .error(error)
                .required(),
            algorithm: SelectField::new("algorithm", "Algorithm", algorithms())
                .choose(algorithm)
                .hint("Every receiver checks RSA. An Ed25519 key beside it adds a second, short signature."),
        }
    }
}

/// Replaces a key.
#[derive(Debug)]
pub struct RotateForm {
    /// The key that is replaced.
    pub old: SelectField,
    /// Names the new one.
    pub new: TextField,
    /// Its type.
    pub algorithm: SelectField,
    /// Ends the old one now.
    pub immediate: CheckField,
}

/// What was entered into a [`RotateForm`].
#[derive(Debug, Default, Clone)]
pub struct RotateEntry {
    /// Selector of the old key.
    pub old: String,
    /// Selector of the new one.
    pub new: String,
    /// Its type; empty for the old one's.
    pub algorithm: String,
    /// The old one ends now.
    pub immediate: bool,
}

impl RotateForm {
    /// The form with what was entered and what is wrong with it. `replaceable` are selectors.
    #[must_use]
    pub fn new(
        replaceable: &[String],
        entry: &RotateEntry,
        (old_error, new_error): (Option<String>, Option<String>),
    ) -> Self {
        let olds = replaceable.iter().map(|it| Choice::new(it, it)).collect();
        let mut kinds = vec![Choice::new("", "As the old one")];
        kinds.extend(algorithms());
        Self {
            old: SelectField::new("old_selector", "Key to replace", olds)
                .choose(&entry.old)
                .error(old_error),
            new: TextField::new(InputKind::Text, "new_selector", "Selector of the new key")
                .value(&entry.new)
                .error(new_error)
                .required(),
            algorithm: SelectField::new("new_algorithm", "Algorithm", kinds)
                .choose(&entry.algorithm),
            immediate: CheckField::new("immediate", "End the old key now", entry.immediate).hint(
                "For a key somebody else may have. Mail is not signed, and waits, until the record of the new one is seen.",
            ),
        }
    }
}
