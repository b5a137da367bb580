//! Reading reports other hosts send: DMARC aggregate reports (RFC 9990 and the older form of RFC 7489
//! appendix C) and reports about TLS (RFC 8460), in whatever container they come.
//!
//! Reporters differ from the schema and from each other; whatever can be understood is. Everything is
//! a stranger's: a report is read as a stream, every size has a limit (security.md M8), and what it
//! says are texts without control characters, to be shown as such. Nothing is asked of the network.
//!
//! security.md M8 names 25 MiB unpacked and 50,000 records. A report of 100,000 records, which must be
//! read, is 50 MiB of XML. Memory depends on neither here, because nothing unpacked is kept, so both
//! limits are twice that, and 25 MiB is the limit of what is held: the file as it came.

mod aggregate;
mod container;
mod kept;
mod mail;
mod record;
pub mod senders;
mod source;
#[cfg(test)]
mod tests;
mod tls;
mod zip;

use postscale_model::{
    DmarcRecord, DmarcTotals, PublishedPolicy, ReportProblem, Timestamp, TlsPolicy,
};

pub use kept::{KeptReport, kept};
pub use mail::{FILES_MAX, files};

/// Octets of a report as it comes, packed or not.
pub const FILE_OCTETS_MAX: usize = 25 * 1024 * 1024;
/// Octets of an aggregate report, unpacked.
pub const XML_OCTETS_MAX: u64 = 100 * 1024 * 1024;
/// Octets of a report about TLS, unpacked: it is held as a whole.
pub const JSON_OCTETS_MAX: u64 = 4 * 1024 * 1024;
/// How much a file may grow when it is unpacked, beyond [`RATIO_FREE_OCTETS`].
pub const RATIO_MAX: u64 = 200;
/// Octets any file may unpack to.
pub const RATIO_FREE_OCTETS: u64 = 1024 * 1024;
/// Octets of one tag, comment or text.
pub const EVENT_OCTETS_MAX: u64 = 64 * 1024;
/// Elements in elements.
pub const DEPTH_MAX: usize = 32;
/// Records of one report.
pub const RECORDS_MAX: usize = 100_000;
/// Octets of one value; the rest is cut off.
pub const VALUE_OCTETS_MAX: usize = 1024;
/// Octets of a name or an id; the rest is cut off.
pub const NAME_OCTETS_MAX: usize = 255;
/// Octets of what led to the results of a report's records. Of records beyond it only numbers are kept.
pub const DETAILS_OCTETS_MAX: usize = 8 * 1024 * 1024;
/// Signatures, SPF checks or reasons of one record.
pub const RESULTS_MAX: usize = 8;
/// Messages of one record. Nobody sends more from one address in the time of a report.
pub const COUNT_MAX: i64 = 1_000_000_000;
/// Failures kept of one report about TLS.
pub const FAILURES_MAX: usize = 500;
/// Policies kept of one report about TLS.
pub const POLICIES_MAX: usize = 50;

/// A report that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// About authentication.
    Aggregate(Box<AggregateReport>),
    /// About TLS.
    Tls(TlsReportRead),
}

/// What a report says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Who reports.
    pub org_name: String,
    /// How to reach them.
    pub email: String,
    /// More of that.
    pub extra_contact_info: String,
    /// Their id for it; made of the time it is about when they gave none.
    pub report_id: String,
    /// Begin of the time it is about.
    pub begin: i64,
    /// Its end, both in seconds since 1970.
    pub end: i64,
}

impl Head {
    /// The time it is about.
    #[must_use]
    pub const fn range(&self) -> (Timestamp, Timestamp) {
        (
            Timestamp::from_seconds(self.begin),
            Timestamp::from_seconds(self.end),
        )
    }
}

/// An aggregate report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AggregateReport {
    /// What it says of itself.
    pub head: Head,
    /// The domain whose policy was applied: in lower case, as A-labels when the reporter knows them.
    pub domain: String,
    /// The policy.
    pub policy: PublishedPolicy,
    /// What was seen. Records that are alike are one.
    pub records: Vec<DmarcRecord>,
    /// Records without a usable address or count.
    pub skipped: i64,
    /// All messages.
    pub totals: DmarcTotals,
}

/// A report about TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsReportRead {
    /// What it says of itself.
    pub head: Head,
    /// The domains its policies belong to.
    pub domains: Vec<String>,
    /// What was seen under each policy.
    pub policies: Vec<TlsPolicy>,
}

/// Reads a report, packed or not. Never panics.
///
/// # Errors
/// [`ReportProblem`].
pub fn read(file: &[u8]) -> Result<Report, ReportProblem> {
    if file.len() > FILE_OCTETS_MAX {
        return Err(ReportProblem::TooLarge);
    }
    container::open(file)
}

/// A value as it is kept: on one line, without controls, cut at a limit.
fn clean(text: &str, octets_max: usize) -> String {
    let text = text.trim();
    let mut kept = String::with_capacity(text.len().min(octets_max));
    for c in text.chars() {
        let c = if c.is_control() || is_invisible(c) {
            ' '
        } else {
            c
        };
        if kept.len() + c.len_utf8() > octets_max {
            break;
        }
        kept.push(c);
    }
    kept
}

/// What turns the text around it or cannot be seen (security.md W3).
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A domain as it is compared: in lower case, without a final dot.
fn domain_of(text: &str) -> String {
    let text = clean(text, NAME_OCTETS_MAX);
    text.trim_end_matches('.').to_lowercase()
}
