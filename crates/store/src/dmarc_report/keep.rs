//! A report is kept, whoever brought it: with its records, the sources it names, and what endpoints
//! are told of sources that are new.

use std::{cmp::Reverse, collections::BTreeSet, net::IpAddr};

use postscale_access::{SystemScope, Writable};
use postscale_model::{
    DmarcDetails, DmarcRecord, DmarcReport, DmarcTotals, Domain, DomainId, DomainName,
    OrganizationId, Sources, WebhookEvent,
};
use serde_json::json;

use crate::{
    Result, Tx, Value, batch,
    email::json,
    params, webhook,
    webhook_delivery::{self, NO_EMAIL, NewDelivery},
};

/// New sources of one report that endpoints are told of, those with most messages first. A report that
/// names more is one about forged mail.
pub const NEW_SOURCES_TOLD_MAX: usize = 20;
/// Sources of one report whose names are looked up, those with most messages first.
const NAMED_MAX: usize = 100;

/// The domain a report is kept for: of somebody who may write it, or of the address it came to.
#[derive(Debug, Clone)]
pub struct ReportOwner {
    pub(crate) organization: OrganizationId,
    pub(crate) domain: DomainId,
    name: DomainName,
}

impl ReportOwner {
    /// Of an upload.
    #[must_use]
    pub fn of_upload(domain: &Writable<Domain>) -> Self {
        Self::new(domain)
    }
    /// Of mail to the domain's address.
    #[must_use]
    pub fn of_mail(_scope: &SystemScope, domain: &Domain) -> Self {
        Self::new(domain)
    }
    fn new(domain: &Domain) -> Self {
        Self {
            organization: domain.organization_id,
            domain: domain.id,
            name: domain.name.clone(),
        }
    }
}

/// A report that is to be kept. Its organization and domain are its owner's.
#[derive(Debug, Clone, Copy)]
pub struct NewReport<'a> {
    /// The report.
    pub report: &'a DmarcReport,
    /// Its records.
    pub records: &'a [DmarcRecord],
}

/// What came of keeping a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is kept.
    New,
    /// It was here already, and nothing changed.
    Duplicate,
}

/// A source that a report names, and how many messages it sent. Nothing else is remembered of each:
/// a report may name a hundred thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SourceSeen {
    ip: IpAddr,
    total: i64,
}

impl SourceSeen {
    /// Those of a report in the order of their addresses, each once.
    fn of(records: &[DmarcRecord]) -> Vec<Self> {
        let named = records.iter().filter(|record| record.count > 0);
        let mut seen: Vec<Self> = named
            .map(|record| Self {
                ip: record.source_ip,
                total: record.count,
            })
            .collect();
        seen.sort_unstable_by_key(|source| source.ip);
        seen.dedup_by(|again, first| {
            let is_same = again.ip == first.ip;
            if is_same {
                first.total = first.total.saturating_add(again.total);
            }
            is_same
        });
        seen
    }

    /// For an order by most messages.
    const fn rank(&self) -> (Reverse<i64>, IpAddr) {
        (Reverse(self.total), self.ip)
    }
}

/// Keeps a report, unless it is here already.
///
/// # Errors
/// When the database refuses.
pub async fn keep(
    tx: &mut Tx,
    owner: &ReportOwner,
    new: NewReport<'_>,
    sources: &Sources,
) -> Result<Kept> {
    let had_reports = has_reports(tx, owner).await?;
    if !insert(tx, owner, new.report).await? {
        return Ok(Kept::Duplicate);
    }
    insert_records(tx, owner, new).await?;
    let seen = SourceSeen::of(new.records);
    let mut news = insert_sources(tx, owner, new.report, &seen).await?;
    // Of a domain's first report everything is new, and nothing is news.
    if had_reports && !news.is_empty() {
        news.sort_unstable_by_key(SourceSeen::rank);
        announce(tx, owner, new, &news, sources).await?;
    }
    Ok(Kept::New)
}

async fn has_reports(tx: &mut Tx, owner: &ReportOwner) -> Result<bool> {
    // Sources outlive the reports that named them.
    let sql = "SELECT source_ip FROM dmarc_sources WHERE domain_id = $1 LIMIT 1";
    let found = tx.query_opt(sql, &params![owner.domain]).await?;
    Ok(found.is_some())
}

async fn insert(tx: &mut Tx, owner: &ReportOwner, report: &DmarcReport) -> Result<bool> {
    let totals = &report.totals;
    let inserted = tx
        .execute(
            "INSERT INTO dmarc_reports (id, organization_id, domain_id, org_name, email, extra_contact_info, report_id, \
             begin_at, end_at, policy, records, skipped, total, pass_dkim, pass_spf, aligned, dmarc_pass, quarantine, \
             reject, received_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
             ON CONFLICT (domain_id, org_name, report_id) DO NOTHING",
            &params![
                report.id,
                owner.organization,
                owner.domain,
                &report.org_name,
                &report.email,
                &report.extra_contact_info,
                &report.report_id,
                report.begin_at,
                report.end_at,
                json(&report.policy)?,
                report.records,
                report.skipped,
                totals.total,
                totals.pass_dkim,
                totals.pass_spf,
                totals.aligned,
                totals.dmarc_pass,
                totals.quarantine,
                totals.reject,
                report.received_at,
            ],
        )
        .await?;
    Ok(inserted == 1)
}

async fn insert_records(tx: &mut Tx, owner: &ReportOwner, new: NewReport<'_>) -> Result<()> {
    let mut position: i64 = 0;
    // Records of a report share what led to them: it is written as text once for a run of alike ones.
    let mut last: Option<(&DmarcDetails, String)> = None;
    let (mut of_rows, mut sql) = (0, String::new());
    for run in batch::runs(new.records) {
        let mut parameters = Vec::with_capacity(run.len() * 10);
        for record in run {
            let details = match &last {
                Some((known, text)) if std::ptr::eq(*known, &raw const *record.details) => {
                    text.clone()
                }
                _ => {
                    let text = json(&*record.details)?;
                    last = Some((&record.details, text.clone()));
                    text
                }
            };
            parameters.extend(params![
                new.report.id,
                position,
                owner.domain,
                new.report.begin_at,
                record.source_ip.to_string(),
                record.count,
                record.disposition,
                record.dkim,
                record.spf,
                details,
            ]);
            position += 1;
        }
        if of_rows != run.len() {
            of_rows = run.len();
            sql = [
                "INSERT INTO dmarc_records (report_id, position, domain_id, begin_at, source_ip, message_count, \
                 disposition, dkim, spf, details) VALUES ",
                &batch::rows(1, of_rows, "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
            ]
            .concat();
        }
        tx.execute(&sql, &parameters).await?;
    }
    Ok(())
}

/// Notes who sent; gives those nobody knew. In the order of their addresses, so that two reports
/// about one domain never wait for each other.
async fn insert_sources(
    tx: &mut Tx,
    owner: &ReportOwner,
    report: &DmarcReport,
    seen: &[SourceSeen],
) -> Result<Vec<SourceSeen>> {
    let mut biggest = BTreeSet::new();
    for source in seen {
        biggest.insert(source.rank());
        if biggest.len() > NAMED_MAX {
            biggest.pop_last();
        }
    }
    let mut news = Vec::new();
    for run in batch::runs(seen) {
        let sql = [
            "INSERT INTO dmarc_sources (domain_id, source_ip, first_report_id, first_seen_at, last_seen_at, reported_at, \
             next_lookup_at) VALUES ",
            &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?, ?)"),
            " ON CONFLICT (domain_id, source_ip) DO UPDATE SET \
             first_seen_at = CASE WHEN excluded.first_seen_at < dmarc_sources.first_seen_at THEN excluded.first_seen_at \
             ELSE dmarc_sources.first_seen_at END, \
             last_seen_at = CASE WHEN excluded.last_seen_at > dmarc_sources.last_seen_at THEN excluded.last_seen_at \
             ELSE dmarc_sources.last_seen_at END, \
             reported_at = excluded.reported_at, \
             next_lookup_at = COALESCE(dmarc_sources.next_lookup_at, excluded.next_lookup_at) \
             RETURNING source_ip, first_report_id",
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 7);
        for source in run {
            let is_named = biggest.contains(&source.rank());
            let lookup = is_named.then_some(report.received_at);
            parameters.extend(params![
                owner.domain,
                source.ip.to_string(),
                report.id,
                report.begin_at,
                report.end_at,
                report.received_at,
                lookup,
            ]);
        }
        let id = report.id.to_string();
        let mut new: BTreeSet<IpAddr> = BTreeSet::new();
        for row in tx.query(&sql, &parameters).await? {
            if row.str("first_report_id")? == id {
                new.insert(row.id("source_ip")?);
            }
        }
        news.extend(run.iter().filter(|source| new.contains(&source.ip)));
    }
    if !biggest.is_empty() {
        tx.wake(crate::dmarc_source::CHANNEL);
    }
    Ok(news)
}

/// Owes endpoints an event for each new source, up to a limit. Those that want only mail for some
/// recipients are not told: a source has none.
async fn announce(
    tx: &mut Tx,
    owner: &ReportOwner,
    new: NewReport<'_>,
    news: &[SourceSeen],
    sources: &Sources,
) -> Result<()> {
    let kind = WebhookEvent::DmarcNewSource;
    let now = new.report.received_at;
    let endpoints = webhook::telling(tx, (owner.organization, owner.domain), kind, now).await?;
    let told: Vec<_> = endpoints
        .iter()
        .filter(|webhook| webhook.recipient_match.is_none())
        .collect();
    let others = news.len().saturating_sub(NEW_SOURCES_TOLD_MAX);
    let mut deliveries = Vec::new();
    for source in news.iter().take(NEW_SOURCES_TOLD_MAX) {
        let body = body(owner, new, source.ip, others).to_string();
        deliveries.extend(told.iter().map(|webhook| NewDelivery {
            id: sources.ordered_id(),
            organization_id: owner.organization,
            webhook_id: webhook.id,
            domain_id: owner.domain,
            event: kind,
            email_id: NO_EMAIL.to_owned(),
            body: Some(body.clone()),
            created_at: now,
        }));
    }
    webhook_delivery::insert(tx, &deliveries).await
}

fn body(
    owner: &ReportOwner,
    NewReport { report, records }: NewReport<'_>,
    ip: IpAddr,
    others: usize,
) -> serde_json::Value {
    let of_source = |record: &&DmarcRecord| record.source_ip == ip && record.count > 0;
    let mut header_from = None;
    let mut totals = DmarcTotals::default();
    for record in records.iter().filter(of_source) {
        totals.count(record);
        header_from.get_or_insert(record.details.header_from.as_str());
    }
    json!({
        "event": WebhookEvent::DmarcNewSource,
        "timestamp": report.received_at,
        "domain": owner.name,
        "domain_id": owner.domain,
        "source_ip": ip.to_string(),
        "header_from": header_from,
        "total": totals.total,
        "pass_dkim": totals.pass_dkim,
        "pass_spf": totals.pass_spf,
        "dmarc_pass": totals.dmarc_pass,
        "report": {
            "id": report.id,
            "org_name": report.org_name,
            "report_id": report.report_id,
            "begin": report.begin_at,
            "end": report.end_at,
        },
        "other_new_sources": others,
    })
}

/// Parameters for a window of a domain.
pub(super) fn window_parameters(domain: DomainId, window: super::Window) -> Vec<Value> {
    Vec::from(params![domain, window.from, window.until])
}
