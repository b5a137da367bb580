//! `GET /domains/{id}`, and its records alone for the live check.

use postscale_access::{DomainRef, Late};
use postscale_actions::domains::{self, DnsRecord, DomainDns, DomainView, HandOverFormat};
use postscale_model::Invalid;
use postscale_web::{Name, Query};

use crate::{
    answer::{self, Answer},
    segments::IdSegment,
    ui::{Chip, Section},
    views::{
        domains::{DnsRecordRow, DnsRecords, DomainPage, DomainTab, DomainTabs},
        words::type_label,
    },
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Name<IdSegment>) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let view = domains::get(&visit.app, &visit.caller, &domain).await?;
    let dns = domains::dns(&visit.app, &visit.caller, &domain).await?;
    let reader = visit.reader(Section::Domains).await?;
    let records = records_of(&visit, &view, dns);
    let domain = view.domain;
    let reach = reader.reach(domain.id);
    answer::shown(&DomainPage {
        shell: reader.shell,
        tabs: DomainTabs {
            id: domain.id.to_string(),
            current: DomainTab::Overview,
            reach,
        },
        id: domain.id.to_string(),
        name: domain.name.to_unicode(),
        type_label: type_label(domain.domain_type),
        status: Chip::domain(&domain),
        reach,
        catch_all: if domain.catch_all_enabled {
            "On"
        } else {
            "Off"
        },
        created_at: domain.created_at.into(),
        records,
    })
}

pub(super) async fn records(visit: Visit, id: Name<IdSegment>) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let view = domains::get(&visit.app, &visit.caller, &domain).await?;
    let dns = domains::dns(&visit.app, &visit.caller, &domain).await?;
    answer::shown(&records_of(&visit, &view, dns))
}

fn records_of(visit: &Visit, view: &DomainView, dns: DomainDns) -> DnsRecords {
    let checked_at = dns
        .records
        .iter()
        .filter_map(|record| record.checked_at)
        .max();
    let mut rows: Vec<DnsRecordRow> = dns.records.into_iter().map(record_row).collect();
    rows.sort_by_key(|row| !row.required);
    DnsRecords {
        check_at: format!("/domains/{}/verify", view.domain.id),
        download_at: format!("/domains/{}/records/download", view.domain.id),
        refresh: Some(format!("/domains/{}/records", view.domain.id)),
        rows,
        checked_at: checked_at.map(Into::into),
        next_at: dns.next_check_at.map(Into::into),
        check_now: view.may_write.then(|| visit.csrf.clone()),
        checks_each: true,
    }
}

/// A record as shown.
pub(in crate::pages) fn record_row(record: DnsRecord) -> DnsRecordRow {
    let expected = record.expected;
    let row = DnsRecordRow::new(
        expected.purpose,
        expected.record_type,
        &expected.name,
        &expected.value,
    );
    DnsRecordRow {
        priority: expected.priority,
        required: expected.required,
        spf_lookups: record.spf_lookups,
        ..row.looked_up(record.status, &record.found, record.advice)
    }
}

/// The records as a file; without a format a master file.
pub(super) async fn download(visit: Visit, id: Name<IdSegment>, query: Query) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let format = Late::new(format(&query));
    let file = domains::hand_over(&visit.app, &visit.caller, &domain, format).await?;
    Ok(postscale_web::download(
        file.content_type,
        &file.filename,
        file.text.into_bytes(),
    ))
}

/// Reads the format of a download.
pub(in crate::pages) fn format(query: &Query) -> Result<HandOverFormat, Invalid> {
    HandOverFormat::parse(query.text("format")?.unwrap_or("zone"))
}
