//! Whether a report that could be read is one to keep: it must be about the very domain whose address it
//! came to (security.md M9), and about a time that can be.

use std::time::Duration;

use postscale_model::{
    DmarcRecord, DmarcReport, Domain, DomainName, ReportProblem, Sources, TlsReport,
};

use super::{AggregateReport, Head, Report, TlsReportRead};

/// How far the clock of a reporter may be ahead.
const AHEAD_MAX: Duration = Duration::from_secs(2 * 24 * 3600);
/// The longest time of one report. RFC 9990 says a day; some report once a month.
const RANGE_MAX: Duration = Duration::from_secs(32 * 24 * 3600);

/// A report as it is kept.
#[derive(Debug, Clone)]
pub enum KeptReport {
    /// About authentication, with its records.
    Aggregate(Box<DmarcReport>, Vec<DmarcRecord>),
    /// About TLS.
    Tls(TlsReport),
}

impl Report {
    /// The domain it says it is about, if that can be one.
    #[must_use]
    pub fn domain(&self) -> Option<DomainName> {
        match self {
            Self::Aggregate(report) => report.domain.parse().ok(),
            Self::Tls(report) => report.domains.first()?.parse().ok(),
        }
    }
    const fn head(&self) -> &Head {
        match self {
            Self::Aggregate(report) => &report.head,
            Self::Tls(report) => &report.head,
        }
    }
    fn is_about(&self, domain: &DomainName) -> bool {
        let is_it = |name: &str| name.parse() == Ok(domain.clone());
        match self {
            Self::Aggregate(report) => is_it(&report.domain),
            Self::Tls(report) => report.domains.iter().all(|name| is_it(name)),
        }
    }
}

/// The report as it is kept for the domain.
///
/// # Errors
/// [`ReportProblem::ForeignDomain`], [`ReportProblem::Dates`].
pub fn kept(
    report: Report,
    domain: &Domain,
    sources: &Sources,
) -> Result<KeptReport, ReportProblem> {
    if !report.is_about(&domain.name) {
        return Err(ReportProblem::ForeignDomain);
    }
    let (begin_at, end_at) = report.head().range();
    let now = sources.now();
    let is_possible = begin_at <= end_at
        && end_at.since(begin_at) <= RANGE_MAX
        && begin_at <= now.plus(AHEAD_MAX);
    if !is_possible {
        return Err(ReportProblem::Dates);
    }
    Ok(match report {
        Report::Aggregate(report) => {
            let (report, records) = aggregate(*report, domain, sources);
            KeptReport::Aggregate(Box::new(report), records)
        }
        Report::Tls(report) => KeptReport::Tls(tls(report, domain, sources)),
    })
}

fn aggregate(
    read: AggregateReport,
    domain: &Domain,
    sources: &Sources,
) -> (DmarcReport, Vec<DmarcRecord>) {
    let (begin_at, end_at) = read.head.range();
    let report = DmarcReport {
        id: sources.ordered_id(),
        organization_id: domain.organization_id,
        domain_id: domain.id,
        org_name: read.head.org_name,
        email: read.head.email,
        extra_contact_info: read.head.extra_contact_info,
        report_id: read.head.report_id,
        begin_at,
        end_at,
        policy: read.policy,
        records: i64::try_from(read.records.len()).unwrap_or(i64::MAX),
        skipped: read.skipped,
        totals: read.totals,
        received_at: sources.now(),
    };
    (report, read.records)
}

fn tls(read: TlsReportRead, domain: &Domain, sources: &Sources) -> TlsReport {
    let (begin_at, end_at) = read.head.range();
    TlsReport {
        id: sources.ordered_id(),
        organization_id: domain.organization_id,
        domain_id: domain.id,
        org_name: read.head.org_name,
        contact: read.head.email,
        report_id: read.head.report_id,
        begin_at,
        end_at,
        policies: read.policies,
        received_at: sources.now(),
    }
}
