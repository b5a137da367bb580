//! The records of an aggregate report, those that are alike added up as they come. What led to their
//! results is much the same in most of them and kept once.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use postscale_model::{
    DkimSeen, DmarcDetails, DmarcDisposition, DmarcRecord, OverrideReason, ReportProblem, SpfSeen,
    Word as _,
};

use super::{
    COUNT_MAX, DETAILS_OCTETS_MAX, NAME_OCTETS_MAX, RECORDS_MAX, RESULTS_MAX, clean, domain_of,
};

/// Octets of the words of a result.
const WORD_OCTETS_MAX: usize = 32;

/// Which check a result is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResultOf {
    Dkim,
    Spf,
}

/// What makes two records alike.
type Key = (IpAddr, DmarcDisposition, bool, bool, usize);

/// The records so far.
#[derive(Default)]
pub(super) struct Records {
    current: Current,
    seen: usize,
    skipped: i64,
    counts: HashMap<Key, i64>,
    /// The records in the order they first came.
    order: Vec<Key>,
    known: HashMap<Arc<DmarcDetails>, usize>,
    details: Vec<Arc<DmarcDetails>>,
    details_octets: usize,
}

/// The record that is being read.
#[derive(Default)]
struct Current {
    source_ip: Option<IpAddr>,
    count: Option<i64>,
    disposition: Option<DmarcDisposition>,
    dkim: bool,
    spf: bool,
    details: DmarcDetails,
    reason: OverrideReason,
    dkim_seen: DkimSeen,
    spf_seen: SpfSeen,
}

impl Records {
    pub(super) fn begin(&mut self) {
        self.current = Current::default();
    }

    /// Keeps what an element says that is none of a result.
    pub(super) fn keep(&mut self, parent: &str, name: &str, text: &str) {
        let current = &mut self.current;
        let details = &mut current.details;
        match (parent, name) {
            ("row", "source_ip") => current.source_ip = address(text),
            ("row", "count") => current.count = count(text),
            ("policy_evaluated", "disposition") => current.disposition = disposition(text),
            ("policy_evaluated", "dkim") => current.dkim = passes(text),
            ("policy_evaluated", "spf") => current.spf = passes(text),
            ("policy_evaluated", "reason") => {
                let reason = std::mem::take(&mut current.reason);
                if details.reasons.len() < RESULTS_MAX && reason != OverrideReason::default() {
                    details.reasons.push(reason);
                }
            }
            ("reason", "type") => current.reason.kind = word(text),
            ("reason", "comment") => current.reason.comment = clean(text, NAME_OCTETS_MAX),
            ("identifiers", "header_from") => details.header_from = domain_of(text),
            ("identifiers", "envelope_from") => details.envelope_from = domain_of(text),
            ("identifiers", "envelope_to") => details.envelope_to = domain_of(text),
            ("auth_results", "dkim") => {
                let seen = std::mem::take(&mut current.dkim_seen);
                if details.dkim.len() < RESULTS_MAX && seen != DkimSeen::default() {
                    details.dkim.push(seen);
                }
            }
            ("auth_results", "spf") => {
                let seen = std::mem::take(&mut current.spf_seen);
                if details.spf.len() < RESULTS_MAX && seen != SpfSeen::default() {
                    details.spf.push(seen);
                }
            }
            _ => {}
        }
    }

    /// Keeps what an element says of a signature or an SPF check.
    pub(super) fn keep_result(&mut self, of: ResultOf, name: &str, text: &str) {
        let Current {
            dkim_seen,
            spf_seen,
            ..
        } = &mut self.current;
        match (of, name) {
            (ResultOf::Dkim, "domain") => dkim_seen.domain = domain_of(text),
            (ResultOf::Dkim, "selector") => dkim_seen.selector = clean(text, NAME_OCTETS_MAX),
            (ResultOf::Dkim, "result") => dkim_seen.result = word(text),
            (ResultOf::Spf, "domain") => spf_seen.domain = domain_of(text),
            (ResultOf::Spf, "scope") => spf_seen.scope = word(text),
            (ResultOf::Spf, "result") => spf_seen.result = word(text),
            _ => {}
        }
    }

    /// Counts the record in.
    pub(super) fn end(&mut self) -> Result<(), ReportProblem> {
        self.seen += 1;
        if self.seen > RECORDS_MAX {
            return Err(ReportProblem::TooManyRecords);
        }
        let current = std::mem::take(&mut self.current);
        let (Some(source_ip), Some(count)) = (current.source_ip, current.count) else {
            self.skipped += 1;
            return Ok(());
        };
        let details = self.detail(current.details);
        let disposition = current.disposition.unwrap_or(DmarcDisposition::None);
        let key = (source_ip, disposition, current.dkim, current.spf, details);
        match self.counts.entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => *known.into_mut() += count,
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(count);
                self.order.push(key);
            }
        }
        Ok(())
    }

    /// The number of what led to a result; one for all beyond the limit.
    fn detail(&mut self, details: DmarcDetails) -> usize {
        if let Some(known) = self.known.get(&details) {
            return *known;
        }
        self.details_octets += octets(&details);
        let details = if self.details_octets > DETAILS_OCTETS_MAX {
            DmarcDetails::default()
        } else {
            details
        };
        let details = Arc::new(details);
        *self.known.entry(details).or_insert_with_key(|details| {
            self.details.push(Arc::clone(details));
            self.details.len() - 1
        })
    }

    /// The records, and how many were skipped. `domain` stands in `From` where nothing else is said.
    pub(super) fn finish(self, domain: &str) -> (Vec<DmarcRecord>, i64) {
        drop(self.known);
        let with_domain = |mut details: Arc<DmarcDetails>| {
            if details.header_from.is_empty() {
                domain.clone_into(&mut Arc::make_mut(&mut details).header_from);
            }
            details
        };
        let details: Vec<_> = self.details.into_iter().map(with_domain).collect();
        let record = |key: Key| {
            let (source_ip, disposition, dkim, spf, at) = key;
            DmarcRecord {
                source_ip,
                count: self.counts.get(&key).copied().unwrap_or_default(),
                disposition,
                dkim,
                spf,
                details: Arc::clone(&details[at]),
            }
        };
        (self.order.into_iter().map(record).collect(), self.skipped)
    }
}

/// About what a detail takes.
fn octets(details: &DmarcDetails) -> usize {
    let names = [
        &details.header_from,
        &details.envelope_from,
        &details.envelope_to,
    ];
    let dkim = details.dkim.iter();
    let spf = details.spf.iter();
    let reasons = details.reasons.iter();
    std::mem::size_of::<DmarcDetails>()
        + names.iter().map(|name| name.len()).sum::<usize>()
        + dkim
            .map(|one| 72 + one.domain.len() + one.selector.len() + one.result.len())
            .sum::<usize>()
        + spf
            .map(|one| 72 + one.domain.len() + one.scope.len() + one.result.len())
            .sum::<usize>()
        + reasons
            .map(|one| 48 + one.kind.len() + one.comment.len())
            .sum::<usize>()
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches(['[', ']']);
    text.parse()
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

/// Zero is a count; less is none, and more than anybody sends neither.
fn count(text: &str) -> Option<i64> {
    let count = text.trim().parse().ok()?;
    (0..=COUNT_MAX).contains(&count).then_some(count)
}

fn word(text: &str) -> String {
    clean(text, WORD_OCTETS_MAX).to_lowercase()
}

fn passes(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case("pass")
}

fn disposition(text: &str) -> Option<DmarcDisposition> {
    DmarcDisposition::parse(&word(text)).ok()
}
