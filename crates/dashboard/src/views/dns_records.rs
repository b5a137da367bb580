//! The DNS records of a domain, as its page shows them.

use askama::Template;
use postscale_model::{CheckStatus, Purpose};

use super::words::{purpose_label, purpose_reason};
use crate::ui::{Chip, Copy, Moment, component};

/// The DNS records of a domain.
#[derive(Debug, Template)]
#[template(path = "parts/dns_records.html")]
pub struct DnsRecords {
    /// Where they are looked up now.
    pub check_at: String,
    /// Where they are downloaded as a file.
    pub download_at: String,
    /// Where the part alone is served, to be asked for again while records are missing.
    pub refresh: Option<String>,
    /// The records, required ones first.
    pub rows: Vec<DnsRecordRow>,
    /// When they were last looked up.
    pub checked_at: Option<Moment>,
    /// Proof against forged posts, for those who may look them up now.
    pub check_now: Option<String>,
}
component!(DnsRecords);

impl DnsRecords {
    /// Where the part is asked for again.
    fn asked_again(&self) -> Option<&str> {
        self.refresh.as_deref().filter(|_| !self.is_complete())
    }
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
    pub(super) fn chip(&self) -> Chip {
        Chip::from(self.state)
    }
}
