//! `GET /domains/{id}`, and its records alone for the live check.

use postscale_access::DomainRef;
use postscale_actions::{
    dkim,
    domains::{self, DnsRecord, DomainDns, DomainView},
};
use postscale_model::{DkimAlgorithm, DkimKey, DkimStatus};
use postscale_web::Name;

use crate::{
    answer::{self, Answer},
    refusal::Refusal,
    segments::IdSegment,
    ui::{Chip, Section},
    views::{
        domains::{DkimKeyRow, DnsRecordRow, DnsRecords, DomainPage, DomainSettings},
        words::type_label,
    },
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Name<IdSegment>) -> Answer {
    page(&visit, &DomainRef::parse(&id.text), None, Refusal::none()).await
}

/// The page of a domain, with what was entered into one of its forms and why it was refused.
pub(super) async fn page(
    visit: &Visit,
    domain: &DomainRef,
    selector: Option<&str>,
    mut refusal: Refusal,
) -> Answer {
    let view = domains::get(&visit.app, &visit.caller, domain).await?;
    let dns = domains::dns(&visit.app, &visit.caller, domain).await?;
    let (_, keys) = dkim::list(&visit.app, &visit.caller, domain).await?;
    let reader = visit.reader(Section::Domains).await?;
    let records = records_of(visit, &view, dns);
    let reach = reader.reach(view.domain.id);
    let DomainView {
        domain,
        may_write,
        may_delete,
    } = view;
    let name = domain.name.to_unicode();
    let status = refusal.status;
    let new_key = (may_write && domain.domain_type.sends()).then(|| {
        let selector = selector.map_or_else(|| next_selector(&keys), str::to_owned);
        DomainPage::selector_field(&selector, refusal.take("selector"))
    });
    let delete = may_delete.then(|| DomainPage::delete_field(&name, refusal.take("confirm")));
    let mut shell = reader.shell;
    shell.notice = refusal.rest().or(shell.notice);
    let page = DomainPage {
        shell,
        id: domain.id.to_string(),
        name,
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
        dkim_keys: (domain.domain_type.sends() || !keys.is_empty()).then(|| {
            keys.iter()
                .map(|key| key_row(visit, key, may_write))
                .collect()
        }),
        new_key,
        settings: may_write.then(|| DomainSettings::of(&domain)),
        delete,
    };
    answer::page(status, &page)
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

fn key_row(visit: &Visit, key: &DkimKey, may_write: bool) -> DkimKeyRow {
    DkimKeyRow {
        selector: key.selector.to_string(),
        algorithm: match key.algorithm {
            DkimAlgorithm::Rsa2048 => "RSA, 2048 bits",
            DkimAlgorithm::Rsa4096 => "RSA, 4096 bits",
            DkimAlgorithm::Ed25519 => "Ed25519",
        },
        state: key.status,
        verified_at: key.verified_at.map(Into::into),
        created_at: key.created_at.into(),
        deactivate: (may_write && key.status != DkimStatus::Inactive).then(|| visit.csrf.clone()),
    }
}

/// `postscale<n>` with the first number no key of the domain has.
fn next_selector(keys: &[DkimKey]) -> String {
    (1..)
        .map(|n: usize| format!("postscale{n}"))
        .find(|name| keys.iter().all(|key| key.selector.as_str() != name))
        .unwrap_or_default()
}
