//! The DNS records of a domain, as its page shows them.

use askama::Template;
use postscale_model::{Advice, CheckStatus, Purpose, Word as _};

use super::words::{purpose_label, purpose_reason};
use crate::ui::{Chip, Copy, Moment, Tone, component};

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
    /// When they are looked up by themselves the next time.
    pub next_at: Option<Moment>,
    /// Proof against forged posts, for those who may look them up now.
    pub check_now: Option<String>,
    /// Whether one record can be looked up alone.
    pub checks_each: bool,
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
    /// The record to see to first: a required one that is not there, then a recommended one.
    #[must_use]
    pub fn next_record(&self) -> Option<&DnsRecordRow> {
        let is_open = |row: &&DnsRecordRow| row.state != CheckStatus::Verified;
        let required = self.rows.iter().find(|row| row.required && is_open(row));
        required.or_else(|| self.rows.iter().find(is_open))
    }
    /// What to do next, in a sentence.
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        let Some(next) = self.next_record() else {
            return "Nothing is left to do here.";
        };
        if !next.required {
            return "Everything required is there. The recommended records make delivery more reliable.";
        }
        match next.state {
            CheckStatus::Mismatch => {
                "A record has another value than the one asked for. Compare what was found below."
            }
            CheckStatus::Unknown => "DNS did not answer for a record. It is asked again by itself.",
            _ => {
                "Publish the records below at your DNS provider. Changes can take some minutes to be seen."
            }
        }
    }
    /// The one button's label: there are others below when each record has its own.
    fn button(&self) -> &'static str {
        if self.checks_each {
            "Check all now"
        } else {
            "Check now"
        }
    }
}

/// A value that was found, cut where it differs from the one asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub(super) before: String,
    pub(super) differs: String,
    pub(super) after: String,
}

/// Characters two values share at their start for the rest to be worth pointing at.
const ALIKE_MIN: usize = 6;

impl Found {
    /// A value beside the one asked for. Values that have little in common are shown as they are.
    #[must_use]
    pub fn new(found: &str, wanted: &str) -> Self {
        let same = |(a, b): &(char, char)| a == b;
        let before: usize = found
            .chars()
            .zip(wanted.chars())
            .take_while(same)
            .map(|(c, _)| c.len_utf8())
            .sum();
        let rest = &found[before..];
        let after: usize = rest
            .chars()
            .rev()
            .zip(wanted[before..].chars().rev())
            .take_while(same)
            .map(|(c, _)| c.len_utf8())
            .sum();
        if before < ALIKE_MIN || found == wanted {
            return Self {
                before: found.to_owned(),
                differs: String::new(),
                after: String::new(),
            };
        }
        let (differs, after) = rest.split_at(rest.len() - after);
        Self {
            before: found[..before].to_owned(),
            differs: differs.to_owned(),
            after: after.to_owned(),
        }
    }
}

/// What to do about a record, or what is worth knowing of it.
#[derive(Debug)]
pub struct AdviceRow {
    /// In a sentence or two.
    pub text: String,
    /// The value to publish, when it is another than the record's.
    pub value: Option<Copy>,
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
    /// The word of its purpose, for looking it up alone.
    pub word: &'static str,
    /// The values found, when they differ or are worth a look.
    pub found: Vec<Found>,
    /// What to do.
    pub advice: Vec<AdviceRow>,
    /// DNS look-ups of the SPF policy.
    pub spf_lookups: Option<u32>,
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
            word: purpose.as_str(),
            found: Vec::new(),
            advice: Vec::new(),
            spf_lookups: None,
        }
    }
    /// The record with what was found and what to do about it.
    #[must_use]
    pub fn looked_up(mut self, state: CheckStatus, found: &[String], advice: Vec<Advice>) -> Self {
        let wanted = self.value.value.clone();
        self.state = state;
        if state != CheckStatus::Verified || !advice.is_empty() {
            // What is right differs in nothing that matters.
            let is_right = state == CheckStatus::Verified;
            let beside = |one: &String| Found::new(one, if is_right { one } else { &wanted });
            self.found = found.iter().map(beside).collect();
        }
        let label = self.purpose;
        self.advice = advice
            .into_iter()
            .map(|advice| AdviceRow {
                text: advice.text,
                value: advice
                    .value
                    .filter(|value| *value != wanted && self.record_type != "MX")
                    .map(|value| Copy::new(format!("new value of the {label} record"), value)),
            })
            .collect();
        self
    }
    fn found_label(&self) -> &'static str {
        match self.state {
            CheckStatus::Mismatch => "Found instead",
            _ => "Found",
        }
    }
    /// Where the page jumps to it.
    fn anchor(&self) -> String {
        let name = self.name.value.replace('.', "-");
        format!("record-{}-{name}", self.word)
    }
    /// A recommended record that is not there is no fault.
    pub(super) fn chip(&self) -> Chip {
        match self.state {
            CheckStatus::Missing if !self.required => Chip::new(Tone::Quiet, "Not there"),
            state => Chip::from(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_cut_out_of_what_was_found() {
        let cut = |found: &str, wanted: &str| {
            let found = Found::new(found, wanted);
            (found.before, found.differs, found.after)
        };
        let parts = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        for (found, wanted, want) in [
            ("v=spf1 -all", "v=spf1 ~all", parts("v=spf1 ", "-", "all")),
            (
                "v=DKIM1; p=AAB",
                "v=DKIM1; p=AABB",
                parts("v=DKIM1; p=AAB", "", ""),
            ),
            (
                "v=DKIM1; p=\u{e9}",
                "v=DKIM1; p=A",
                parts("v=DKIM1; p=", "\u{e9}", ""),
            ),
            (
                "10 mx.a.example",
                "mx.b.example",
                parts("10 mx.a.example", "", ""),
            ),
            ("aaaaaaa", "aaaaaaaaa", parts("aaaaaaa", "", "")),
        ] {
            assert_eq!(cut(found, wanted), want);
        }
    }
}
