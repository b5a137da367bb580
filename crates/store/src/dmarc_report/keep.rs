//! A report is kept, whoever brought it: with its records, the sources it names, and what endpoints
//! are told of sources that are new.

use std::{collections::BTreeMap, net::IpAddr};

use postscale_access::{SystemScope, Writable};
use postscale_model::{
    DmarcDetails, DmarcRecord, DmarcReport, DmarcTotals, Domain, DomainId, DomainName,
    OrganizationId, Sources, Timestamp, WebhookEvent,
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

/// What a report says of one source.
#[derive(Debug, Default)]
struct SourceSeen<'a> {
    totals: DmarcTotals,
    details: Option<&'a DmarcDetails>,
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
    let mut seen: BTreeMap<IpAddr, SourceSeen<'_>> = BTreeMap::new();
    for record in new.records.iter().filter(|record| record.count > 0) {
        let source = seen.entry(record.source_ip).or_default();
        source.totals.count(record);
        source.details.get_or_insert(&record.details);
    }
    let mut news = insert_sources(tx, owner, new.report, &seen).await?;
    // Of a domain's first report everything is new, and nothing is news.
    if had_reports && !news.is_empty() {
        let biggest = |ip: &IpAddr| std::cmp::Reverse(seen.get(ip).map(|it| it.totals.total));
        news.sort_by_key(|ip| (biggest(ip), *ip));
        announce(tx, owner, new.report, (&news, &seen), sources).await?;
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
        let sql = [
            "INSERT INTO dmarc_records (report_id, position, domain_id, begin_at, source_ip, message_count, \
             disposition, dkim, spf, details) VALUES ",
            &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        ]
        .concat();
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
    seen: &BTreeMap<IpAddr, SourceSeen<'_>>,
) -> Result<Vec<IpAddr>> {
    let mut biggest: Vec<(i64, IpAddr)> = seen
        .iter()
        .map(|(ip, source)| (source.totals.total, *ip))
        .collect();
    biggest.sort_unstable_by(|a, b| b.cmp(a));
    biggest.truncate(NAMED_MAX);
    let named: std::collections::BTreeSet<IpAddr> = biggest.into_iter().map(|(_, ip)| ip).collect();
    let all: Vec<IpAddr> = seen.keys().copied().collect();
    let mut news = Vec::new();
    for run in batch::runs(&all) {
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
        for ip in run {
            let lookup = named.contains(ip).then_some(report.received_at);
            parameters.extend(params![
                owner.domain,
                ip.to_string(),
                report.id,
                report.begin_at,
                report.end_at,
                report.received_at,
                lookup,
            ]);
        }
        let id = report.id.to_string();
        for row in tx.query(&sql, &parameters).await? {
            if row.str("first_report_id")? == id {
                news.push(row.id("source_ip")?);
            }
        }
    }
    if !named.is_empty() {
        tx.wake(crate::dmarc_source::CHANNEL);
    }
    Ok(news)
}

/// Owes endpoints an event for each new source, up to a limit. Those that want only mail for some
/// recipients are not told: a source has none.
async fn announce(
    tx: &mut Tx,
    owner: &ReportOwner,
    report: &DmarcReport,
    (news, seen): (&[IpAddr], &BTreeMap<IpAddr, SourceSeen<'_>>),
    sources: &Sources,
) -> Result<()> {
    let kind = WebhookEvent::DmarcNewSource;
    let now = report.received_at;
    let endpoints = webhook::telling(tx, (owner.organization, owner.domain), kind, now).await?;
    let told: Vec<_> = endpoints
        .iter()
        .filter(|webhook| webhook.recipient_match.is_none())
        .collect();
    let others = news.len().saturating_sub(NEW_SOURCES_TOLD_MAX);
    let mut deliveries = Vec::new();
    for ip in news.iter().take(NEW_SOURCES_TOLD_MAX) {
        let Some(source) = seen.get(ip) else { continue };
        let body = body(owner, report, (*ip, source), others, now).to_string();
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
    report: &DmarcReport,
    (ip, source): (IpAddr, &SourceSeen<'_>),
    others: usize,
    now: Timestamp,
) -> serde_json::Value {
    let header_from = source.details.map(|details| details.header_from.as_str());
    json!({
        "event": WebhookEvent::DmarcNewSource,
        "timestamp": now,
        "domain": owner.name,
        "domain_id": owner.domain,
        "source_ip": ip.to_string(),
        "header_from": header_from,
        "total": source.totals.total,
        "pass_dkim": source.totals.pass_dkim,
        "pass_spf": source.totals.pass_spf,
        "dmarc_pass": source.totals.dmarc_pass,
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
