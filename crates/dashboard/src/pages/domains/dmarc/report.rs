//! `GET /domains/{id}/dmarc/reports`, one of them, and its end.

use postscale_access::{DomainRef, Late};
use postscale_actions::dmarc::{self, why};
use postscale_model::{DmarcDisposition, DmarcRecord, DmarcReportId, PublishedPolicy};
use postscale_web::{FormBody, Name, Query, Ref};

use super::overview::{number, pass_chip, report_row};
use crate::{
    answer::{Answer, shown},
    done::{self, Done},
    pages::{shown_name, slice},
    segments::{IdSegment, ReportSegment},
    ui::{Pager, Section},
    views::dmarc::{DmarcReportPage, DmarcReportsPage, RecordRow},
    visit::Visit,
};

pub(super) async fn list(visit: Visit, id: Name<IdSegment>, query: Query) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let page = Late::new(query.page());
    let found = dmarc::list(&visit.app, &visit.caller, &domain, page).await?;
    let shell = visit.reader(Section::Domains).await?.shell;
    let id = found.domain.id.to_string();
    let rows = &found.listed.rows;
    shown(&DmarcReportsPage {
        shell,
        name: found.domain.name.to_unicode(),
        rows: rows.iter().map(|one| report_row(one, &id)).collect(),
        pager: Pager::new(
            &format!("/domains/{id}/dmarc/reports"),
            &[],
            slice(found.page, rows.len()),
            Some(found.listed.total),
        ),
        id,
    })
}

pub(super) async fn show(
    visit: Visit,
    id: Name<IdSegment>,
    report: Ref<ReportSegment, DmarcReportId>,
    query: Query,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let asked = (report.id, Late::new(query.page()));
    let found = dmarc::get(&visit.app, &visit.caller, &domain, asked).await?;
    let shell = visit.reader(Section::Domains).await?.shell;
    let id = found.domain.id.to_string();
    let report = found.report;
    let path = format!("/domains/{id}/dmarc/reports/{}", report.id);
    let total = u64::try_from(report.records).unwrap_or_default();
    let totals = report.totals;
    shown(&DmarcReportPage {
        shell,
        name: found.domain.name.to_unicode(),
        org_name: shown_name(&report.org_name),
        report_id: shown_name(&report.report_id),
        contact: [&report.email, &report.extra_contact_info]
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(|text| shown_name(text))
            .collect(),
        begin_at: report.begin_at.into(),
        end_at: report.end_at.into(),
        received_at: report.received_at.into(),
        total: number(totals.total),
        pass: number(totals.dmarc_pass),
        passes: pass_chip(totals.dmarc_pass, totals.total),
        skipped: report.skipped,
        policy: policy(&report.policy),
        rows: found.records.iter().map(row).collect(),
        pager: Pager::new(
            &path,
            &[],
            slice(found.page, found.records.len()),
            Some(total),
        ),
        delete_at: found.may_delete.then(|| format!("{path}/delete")),
        id,
    })
}

/// The published policy as a line of tags.
fn policy(policy: &PublishedPolicy) -> String {
    let tags = [
        ("p", &policy.p),
        ("sp", &policy.sp),
        ("np", &policy.np),
        ("adkim", &policy.adkim),
        ("aspf", &policy.aspf),
        ("pct", &policy.pct),
        ("t", &policy.testing),
    ];
    let given = tags.into_iter().filter(|(_, value)| !value.is_empty());
    let given = given.map(|(name, value)| format!("{name}={}", shown_name(value)));
    given.collect::<Vec<_>>().join("; ")
}

fn row(record: &DmarcRecord) -> RecordRow {
    let passes = record.dkim || record.spf;
    RecordRow {
        ip: record.source_ip.to_string(),
        header_from: shown_name(&record.details.header_from),
        count: number(record.count),
        passes: pass_chip(i64::from(passes), 1),
        disposition: match record.disposition {
            DmarcDisposition::None => "Nothing",
            DmarcDisposition::Quarantine => "Put aside",
            DmarcDisposition::Reject => "Refused",
        },
        why: shown_name(&why(record)),
    }
}

pub(super) async fn delete(
    visit: Visit,
    id: Name<IdSegment>,
    report: Ref<ReportSegment, DmarcReportId>,
    _form: FormBody,
) -> Answer {
    let domain = DomainRef::parse(&id.text);
    dmarc::delete(&visit.app, &visit.caller, &domain, report.id).await?;
    let path = format!("/domains/{}/dmarc", id.text);
    Ok(done::to(&path, Done::ReportDeleted, &visit.settings))
}
