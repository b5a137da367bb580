//! What the page about a domain's reports shows at once.

use std::net::IpAddr;

use postscale_access::{Caller, DomainRef, Gate, Granted, Late, action};
use postscale_mail::reports::senders::sender_of;
use postscale_model::{DmarcReport, Domain, TlsReport, UnreadReport};
use postscale_store::{
    Tx,
    dmarc_report::{self, DayFigures},
    report_mail, tls_report,
};

use super::{DAY, Days, ReportAddress, Source, Summary, address, daily, sources, summary, why};
use crate::{App, Listed, Page, Result};

/// Sources that are listed.
const SOURCES: u32 = 20;
/// Sources with a line of their own in the plot.
const PLOTTED: usize = 4;
/// Failing sources whose failure is told.
const FAILING: usize = 8;
/// Records that are looked through for these.
const FAILING_RECORDS: u32 = 500;
/// Rows of each list at the end of the page.
const ROWS: u32 = 10;

/// What the page shows.
#[derive(Debug)]
pub struct Overview {
    /// Where reports go.
    pub address: ReportAddress,
    /// Whether there ever was one.
    pub has_reports: bool,
    /// What they add up to.
    pub summary: Summary,
    /// By day.
    pub days: Vec<DayFigures>,
    /// Who sends.
    pub sources: Listed<Source>,
    /// The biggest of them by day.
    pub series: Vec<SourceSeries>,
    /// Who fails, and why.
    pub failing: Vec<Failing>,
    /// The reports themselves, the newest.
    pub reports: Listed<DmarcReport>,
    /// The newest about TLS.
    pub tls_reports: Listed<TlsReport>,
    /// The newest mail that was no report.
    pub unread: Listed<UnreadReport>,
    /// Reports may be uploaded.
    pub may_upload: bool,
}

/// Messages of a source, or of all others, by day.
#[derive(Debug)]
pub struct SourceSeries {
    /// The source; none for the others.
    pub source: Option<Source>,
    /// One number for each day.
    pub totals: Vec<i64>,
}

/// A source whose messages fail.
#[derive(Debug)]
pub struct Failing {
    /// The source.
    pub source_ip: IpAddr,
    /// Its name.
    pub host_name: Option<String>,
    /// The service it belongs to.
    pub sender: Option<&'static str>,
    /// Messages that failed, of the records that were looked through.
    pub count: i64,
    /// Why, of most of them.
    pub why: String,
}

/// What the page about a domain's reports shows.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Invalid`](postscale_model::Invalid).
pub async fn overview(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    days: Late<Days>,
) -> Result<Overview> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_LIST, domain).await?;
    let may_upload = gate.also(action::DMARC_REPORT_UPLOAD, &domain);
    let days = days.after(&domain)?;
    let tx = &mut tx;
    let page = |limit| Page { limit, offset: 0 };
    let summary = summary::of(app, tx, &domain, days).await?;
    let by_day = daily::of(app, tx, &domain, days).await?;
    let sources = sources::of(app, tx, &domain, (days, page(SOURCES))).await?;
    let series = series(app, tx, &domain, (days, &by_day, &sources.rows)).await?;
    let failing = failing(app, tx, &domain, (days, &sources.rows)).await?;
    let reports = dmarc_report::list(tx, &domain, page(ROWS)).await?;
    let tls_reports = tls_report::list(tx, &domain, page(ROWS)).await?;
    let unread = report_mail::list_unread(tx, &domain, page(ROWS)).await?;
    Ok(Overview {
        address: address::of(app, domain.into_inner()),
        has_reports: reports.total > 0,
        summary,
        days: by_day,
        sources,
        series,
        failing,
        reports,
        tls_reports,
        unread,
        may_upload,
    })
}

/// The biggest sources by day, and the rest together.
async fn series<C>(
    app: &App,
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    (days, by_day, sources): (Days, &[DayFigures], &[Source]),
) -> Result<Vec<SourceSeries>> {
    let window = days.window(app.sources.now());
    let plotted = &sources[..sources.len().min(PLOTTED)];
    let addresses: Vec<IpAddr> = plotted.iter().map(|it| it.figures.source_ip).collect();
    let found = dmarc_report::of_sources(tx, domain, window, &addresses).await?;
    let mut rest: Vec<i64> = by_day.iter().map(|day| day.totals.total).collect();
    let mut all = Vec::with_capacity(PLOTTED + 1);
    for source in plotted {
        let mut totals = vec![0; rest.len()];
        let own = found
            .iter()
            .filter(|one| one.source_ip == source.figures.source_ip);
        for one in own {
            let index = one.day.since(window.from).as_secs() / DAY.as_secs();
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            if let (Some(total), Some(rest)) = (totals.get_mut(index), rest.get_mut(index)) {
                *total += one.total;
                *rest -= one.total;
            }
        }
        all.push(SourceSeries {
            source: Some(source.clone()),
            totals,
        });
    }
    if rest.iter().any(|total| *total > 0) {
        all.push(SourceSeries {
            source: None,
            totals: rest,
        });
    }
    Ok(all)
}

async fn failing<C>(
    app: &App,
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    (days, sources): (Days, &[Source]),
) -> Result<Vec<Failing>> {
    let window = days.window(app.sources.now());
    let records = dmarc_report::failing(tx, domain, window, FAILING_RECORDS).await?;
    let mut failing: Vec<Failing> = Vec::new();
    // Records with most messages come first: what is said of a source is said of its biggest one.
    for record in &records {
        if let Some(known) = failing
            .iter_mut()
            .find(|it| it.source_ip == record.source_ip)
        {
            known.count += record.count;
            continue;
        }
        let named = sources
            .iter()
            .find(|it| it.figures.source_ip == record.source_ip);
        let host_name = named.and_then(|it| it.figures.host_name.clone());
        failing.push(Failing {
            source_ip: record.source_ip,
            sender: host_name.as_deref().and_then(sender_of),
            host_name,
            count: record.count,
            why: why(record),
        });
    }
    failing.sort_by_key(|it| (std::cmp::Reverse(it.count), it.source_ip));
    failing.truncate(FAILING);
    Ok(failing)
}
