//! What others report about mail in a domain's name. What they say of themselves and of others is a
//! stranger's text.

use askama::Template;

use super::domain_tabs::DomainTabs;
use crate::ui::{Chart, Chip, Moment, Pager, Periods, Shell};

/// `/domains/{id}/dmarc`
#[derive(Debug, Template)]
#[template(path = "pages/dmarc/overview.html")]
pub struct DmarcPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The domain's other pages.
    pub tabs: DomainTabs,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// Of how many days the figures are.
    pub days: u32,
    /// Other numbers of days.
    pub periods: Periods,
    /// Whether there ever was a report.
    pub has_reports: bool,
    /// The figures.
    pub tiles: Vec<Tile>,
    /// What a stricter policy would cost.
    pub advice: String,
    /// That in a word.
    pub advice_chip: Option<Chip>,
    /// The pass rate by day.
    pub rates: Chart,
    /// Messages by source and day.
    pub by_source: Chart,
    /// The biggest sources.
    pub sources: Vec<SourceRow>,
    /// How many there are.
    pub sources_total: u64,
    /// Who fails, and why.
    pub failing: Vec<FailingRow>,
    /// The newest reports.
    pub reports: Vec<ReportRow>,
    /// How many there are.
    pub reports_total: u64,
    /// The newest reports about TLS.
    pub tls: Vec<TlsRow>,
    /// The newest mail that was no report.
    pub unread: Vec<UnreadRow>,
    /// How many there are.
    pub unread_total: u64,
    /// Where reports go.
    pub address: String,
    /// Name of the record that asks for them.
    pub record_name: String,
    /// Its value.
    pub record: String,
    /// May bring reports along.
    pub may_upload: bool,
}

/// A figure.
#[derive(Debug)]
pub struct Tile {
    /// What it is.
    pub label: &'static str,
    /// The figure.
    pub value: String,
    /// More about it.
    pub about: String,
}

/// A source in the list.
#[derive(Debug)]
pub struct SourceRow {
    /// Its address.
    pub ip: String,
    /// What it is called in the plot, if it is there.
    pub rank: Option<&'static str>,
    /// Whose host it is.
    pub whose: Option<String>,
    /// Its messages.
    pub total: String,
    /// Share with aligned DKIM.
    pub dkim: String,
    /// Share with aligned SPF.
    pub spf: String,
    /// Whether they pass.
    pub passes: Chip,
    /// End of the last report that named it.
    pub last_seen_at: Option<Moment>,
}

/// A source whose messages fail.
#[derive(Debug)]
pub struct FailingRow {
    /// Its address.
    pub ip: String,
    /// Whose host it is.
    pub whose: Option<String>,
    /// Messages that failed.
    pub count: String,
    /// Why.
    pub why: String,
}

/// A report in a list.
#[derive(Debug)]
pub struct ReportRow {
    /// Where it is shown.
    pub href: String,
    /// Who reports.
    pub org_name: String,
    /// The reporter's own id.
    pub report_id: String,
    /// Begin of the time it is about.
    pub begin_at: Moment,
    /// Its end.
    pub end_at: Moment,
    /// Its messages.
    pub total: String,
    /// Whether they pass.
    pub passes: Chip,
}

/// A report about TLS in the list.
#[derive(Debug)]
pub struct TlsRow {
    /// Who reports.
    pub org_name: String,
    /// Begin of the time it is about.
    pub begin_at: Moment,
    /// Sessions that were secured.
    pub good: String,
    /// Sessions that were not.
    pub bad: String,
    /// Why not.
    pub problems: Vec<String>,
    /// That in a word.
    pub chip: Chip,
}

/// Mail that was no report.
#[derive(Debug)]
pub struct UnreadRow {
    /// The envelope sender.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// How large it was.
    pub size: String,
    /// Why it was of no use.
    pub problem: &'static str,
    /// When it came.
    pub received_at: Moment,
}

/// `/domains/{id}/dmarc/reports`
#[derive(Debug, Template)]
#[template(path = "pages/dmarc/reports.html")]
pub struct DmarcReportsPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// The reports.
    pub rows: Vec<ReportRow>,
    /// Other parts of the list.
    pub pager: Pager,
}

/// `/domains/{id}/dmarc/reports/{report}`
#[derive(Debug, Template)]
#[template(path = "pages/dmarc/report.html")]
pub struct DmarcReportPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// Who reports.
    pub org_name: String,
    /// The reporter's own id.
    pub report_id: String,
    /// How to reach them.
    pub contact: Vec<String>,
    /// Begin of the time it is about.
    pub begin_at: Moment,
    /// Its end.
    pub end_at: Moment,
    /// When it came.
    pub received_at: Moment,
    /// Its messages.
    pub total: String,
    /// How many pass.
    pub pass: String,
    /// That in a word.
    pub passes: Chip,
    /// Records that could not be used.
    pub skipped: i64,
    /// The policy that was found.
    pub policy: String,
    /// Its records.
    pub rows: Vec<RecordRow>,
    /// Other records.
    pub pager: Pager,
    /// Where it is deleted, by who may.
    pub delete_at: Option<String>,
}

impl DmarcReportPage {
    const fn has_skipped(&self) -> bool {
        self.skipped > 0
    }
}

/// Messages of one source that fared alike.
#[derive(Debug)]
pub struct RecordRow {
    /// The source.
    pub ip: String,
    /// Domain in `From`.
    pub header_from: String,
    /// How many.
    pub count: String,
    /// Whether they pass.
    pub passes: Chip,
    /// What was done with them.
    pub disposition: &'static str,
    /// Why.
    pub why: String,
}
