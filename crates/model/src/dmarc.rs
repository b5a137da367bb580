//! What other hosts report about mail in a domain's name: DMARC aggregate reports (RFC 9990, and the
//! form of RFC 7489) and reports about TLS (RFC 8460). All of it is a stranger's claim.

use std::{net::IpAddr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::word::words;
use crate::{DmarcReportId, DomainId, OrganizationId, ReportMailId, Timestamp, TlsReportId};

words! {
    /// What a receiver did with messages because of the policy.
    pub enum DmarcDisposition {
        /// Nothing (RFC 9990 also says `pass`).
        None = "none",
        /// It treated them as suspicious.
        Quarantine = "quarantine",
        /// It refused them.
        Reject = "reject",
    }
}

/// The policy a reporter found published. Words as it wrote them; empty when it wrote none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishedPolicy {
    /// `p`
    pub p: String,
    /// `sp`
    pub sp: String,
    /// `np`
    pub np: String,
    /// `adkim`
    pub adkim: String,
    /// `aspf`
    pub aspf: String,
    /// `pct`, of RFC 7489.
    pub pct: String,
    /// `fo`
    pub fo: String,
    /// `testing`, of RFC 9990.
    pub testing: String,
    /// `discovery_method`, of RFC 9990.
    pub discovery_method: String,
}

/// How many messages, and how they fared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DmarcTotals {
    /// Messages.
    pub total: i64,
    /// With an aligned DKIM signature.
    pub pass_dkim: i64,
    /// With aligned SPF.
    pub pass_spf: i64,
    /// With both.
    pub aligned: i64,
    /// With either: what DMARC asks for.
    pub dmarc_pass: i64,
    /// Quarantined.
    pub quarantine: i64,
    /// Refused.
    pub reject: i64,
}

impl DmarcTotals {
    /// Messages nothing was done with.
    #[must_use]
    pub const fn untouched(&self) -> i64 {
        self.total - self.quarantine - self.reject
    }
    /// Messages with neither: what a policy of quarantine or reject asks receivers to keep away.
    #[must_use]
    pub const fn failing(&self) -> i64 {
        self.total - self.dmarc_pass
    }
    /// Counts the messages of a record in.
    pub const fn count(&mut self, record: &DmarcRecord) {
        let count = record.count;
        self.total += count;
        if record.dkim {
            self.pass_dkim += count;
        }
        if record.spf {
            self.pass_spf += count;
        }
        if record.dkim && record.spf {
            self.aligned += count;
        }
        if record.dkim || record.spf {
            self.dmarc_pass += count;
        }
        match record.disposition {
            DmarcDisposition::None => {}
            DmarcDisposition::Quarantine => self.quarantine += count,
            DmarcDisposition::Reject => self.reject += count,
        }
    }
}

/// A kept aggregate report, without its records.
#[derive(Debug, Clone)]
pub struct DmarcReport {
    /// The resource id.
    pub id: DmarcReportId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The domain it is about.
    pub domain_id: DomainId,
    /// Who reports.
    pub org_name: String,
    /// Their address.
    pub email: String,
    /// What else they say about how to reach them.
    pub extra_contact_info: String,
    /// The reporter's own id.
    pub report_id: String,
    /// Begin of the time it is about.
    pub begin_at: Timestamp,
    /// Its end.
    pub end_at: Timestamp,
    /// The policy they found.
    pub policy: PublishedPolicy,
    /// Records it is kept as.
    pub records: i64,
    /// Records of it that could not be used.
    pub skipped: i64,
    /// Its messages.
    pub totals: DmarcTotals,
    /// When it came.
    pub received_at: Timestamp,
}

/// Messages of one source that fared alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DmarcRecord {
    /// Who sent them.
    pub source_ip: IpAddr,
    /// How many.
    pub count: i64,
    /// What was done with them.
    pub disposition: DmarcDisposition,
    /// An aligned signature was good.
    pub dkim: bool,
    /// Aligned SPF passed.
    pub spf: bool,
    /// The rest. Records of a report share it.
    pub details: Arc<DmarcDetails>,
}

/// What led to the result of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct DmarcDetails {
    /// Domain in `From`.
    pub header_from: String,
    /// Domain of the envelope sender.
    pub envelope_from: String,
    /// Domain of the recipients.
    pub envelope_to: String,
    /// Why the policy was not applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<OverrideReason>,
    /// Signatures that were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dkim: Vec<DkimSeen>,
    /// SPF checks that were made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spf: Vec<SpfSeen>,
}

/// Why a receiver did not apply the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OverrideReason {
    /// `forwarded`, `mailing_list`, `local_policy`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// In their words.
    pub comment: String,
}

/// A signature a receiver looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DkimSeen {
    /// `d=`
    pub domain: String,
    /// `s=`
    pub selector: String,
    /// `pass`, `fail`, …
    pub result: String,
}

/// An SPF check a receiver made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SpfSeen {
    /// The domain that was asked.
    pub domain: String,
    /// `mfrom` or `helo`.
    pub scope: String,
    /// `pass`, `fail`, `softfail`, …
    pub result: String,
}

/// A kept report about TLS to a domain's mail hosts.
#[derive(Debug, Clone)]
pub struct TlsReport {
    /// The resource id.
    pub id: TlsReportId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The domain it is about.
    pub domain_id: DomainId,
    /// Who reports.
    pub org_name: String,
    /// How to reach them.
    pub contact: String,
    /// The reporter's own id.
    pub report_id: String,
    /// Begin of the time it is about.
    pub begin_at: Timestamp,
    /// Its end.
    pub end_at: Timestamp,
    /// What it says of each policy.
    pub policies: Vec<TlsPolicy>,
    /// When it came.
    pub received_at: Timestamp,
}

impl TlsReport {
    /// Sessions that were secured, and those that were not.
    #[must_use]
    pub fn sessions(&self) -> (i64, i64) {
        let policies = self.policies.iter();
        policies.fold((0, 0), |(good, bad), policy| {
            (good + policy.successful, bad + policy.failed)
        })
    }
}

/// What a report says of the sessions under one policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsPolicy {
    /// `sts`, `tlsa` or `no-policy-found`.
    pub policy_type: String,
    /// The domain it belongs to.
    pub domain: String,
    /// The hosts it names.
    pub mx_hosts: Vec<String>,
    /// Sessions that were secured.
    pub successful: i64,
    /// Sessions that were not.
    pub failed: i64,
    /// Why not.
    pub failures: Vec<TlsFailure>,
}

/// Sessions that failed alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsFailure {
    /// As `certificate-expired` (RFC 8460 §4.3).
    pub result_type: String,
    /// Who sent.
    pub sending_ip: String,
    /// Which of the domain's hosts.
    pub receiving_host: String,
    /// How many.
    pub count: i64,
    /// More about it.
    pub reason: String,
}

words! {
    /// Why a report is of no use.
    pub enum ReportProblem {
        /// The message or file holds none.
        NoReport = "no_report",
        /// The container is damaged or of an unknown kind.
        Container = "container",
        /// A zip file with a password.
        Encrypted = "encrypted",
        /// A container of several files.
        SeveralFiles = "several_files",
        /// A container in a container.
        Nested = "nested",
        /// Larger than is read.
        TooLarge = "too_large",
        /// One value of it is longer than is read.
        ValueTooLong = "value_too_long",
        /// It grows more than any real report when it is unpacked.
        Bomb = "bomb",
        /// A document type definition: entities could grow or read files.
        Doctype = "doctype",
        /// Elements in elements in elements.
        TooDeep = "too_deep",
        /// More records than are read.
        TooManyRecords = "too_many_records",
        /// Neither XML nor JSON anybody can read.
        Syntax = "syntax",
        /// It breaks off.
        Truncated = "truncated",
        /// It does not say which domain it is about.
        NoDomain = "no_domain",
        /// It is about another domain than its address belongs to.
        ForeignDomain = "foreign_domain",
        /// The time it is about cannot be.
        Dates = "dates",
        /// None of its records can be used.
        NoUsableRecord = "no_usable_record",
        /// It could not be read in several tries.
        GivenUp = "given_up",
    }
}

impl ReportProblem {
    /// The problem in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoReport => "There is no DMARC or TLS report in it",
            Self::Container => "The compressed file is damaged or of an unknown kind",
            Self::Encrypted => "The zip file is protected by a password",
            Self::SeveralFiles => "The compressed file holds several files instead of one report",
            Self::Nested => "The compressed file holds another compressed file",
            Self::TooLarge => "The report is larger than is read",
            Self::ValueTooLong => "One value of the report is longer than any real one",
            Self::Bomb => "The file grows more than any real report when it is unpacked",
            Self::Doctype => "The XML has a document type definition, which no report needs",
            Self::TooDeep => "The XML is nested deeper than any report",
            Self::TooManyRecords => "The report has more records than are read",
            Self::Syntax => "The report is neither XML nor JSON that could be read",
            Self::Truncated => "The report breaks off before its end",
            Self::NoDomain => "The report does not say which domain it is about",
            Self::ForeignDomain => "The report is about another domain than its address belongs to",
            Self::Dates => "The report is about a time that cannot be",
            Self::NoUsableRecord => "None of the report's records has a usable address and count",
            Self::GivenUp => "The report could not be read in several tries",
        }
    }
}

/// Mail to a report address that held nothing of use.
#[derive(Debug, Clone)]
pub struct UnreadReport {
    /// Row id.
    pub id: ReportMailId,
    /// The envelope sender, as claimed.
    pub envelope_sender: String,
    /// The subject, as claimed.
    pub subject: String,
    /// Octets.
    pub size_bytes: i64,
    /// Why.
    pub problem: ReportProblem,
    /// When it came.
    pub received_at: Timestamp,
}
