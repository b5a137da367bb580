//! `GET /v1/domains/{domain}/dmarc/reports`, `GET …/reports/{report}`

use axum::{Json, extract::State};
use postscale_access::{DomainRef, Late};
use postscale_actions::{App, dmarc};
use postscale_model::DmarcReportId;
use postscale_web::{Name, Problem, Query, Ref, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{RecordBody, ReportBody};
use crate::segments::{DomainSegment, ReportSegment};

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcReportListBody)]
pub(super) struct ListBody {
    reports: Vec<ReportBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let found = dmarc::list(&app, &caller, &domain, Late::new(query.page())).await?;
    let name = found.domain.name.as_str();
    let reports = found.listed.rows.into_iter();
    Ok(Json(ListBody {
        reports: reports.map(|one| ReportBody::new(one, name)).collect(),
        total: found.listed.total,
        limit: found.page.limit,
        offset: found.page.offset,
    }))
}

/// A report with a page of its records.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcReportWithRecordsBody)]
pub(super) struct ReportWithRecords {
    #[serde(flatten)]
    report: ReportBody,
    /// Its records in their order.
    records: Vec<RecordBody>,
    /// How many records there are.
    total: i64,
    limit: u32,
    offset: u64,
}

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    report: Ref<ReportSegment, DmarcReportId>,
    query: Query,
) -> Result<Json<ReportWithRecords>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let asked = (report.id, Late::new(query.page()));
    let found = dmarc::get(&app, &caller, &domain, asked).await?;
    Ok(Json(ReportWithRecords {
        records: found.records.iter().map(Into::into).collect(),
        total: found.report.records,
        limit: found.page.limit,
        offset: found.page.offset,
        report: ReportBody::new(found.report, found.domain.name.as_str()),
    }))
}
