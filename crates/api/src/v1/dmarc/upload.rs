//! `POST /v1/dmarc/reports`

use axum::{Json, extract::State};
use postscale_actions::{
    App,
    dmarc::{self, FILE_OCTETS_MAX, Uploaded, UploadedReport},
};
use postscale_web::{FileBody, Problem, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::{RangeBody, RecordBody},
    tls_reports::PolicyBody,
};

/// Records an answer repeats; all of them are kept.
const RECORDS_SHOWN: usize = 1000;

/// A report that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UploadedReportBody)]
pub(super) struct UploadedBody {
    id: String,
    /// `dmarc` or `tls`.
    kind: &'static str,
    /// The reporter's own id.
    report_id: String,
    org_name: String,
    domain: String,
    date_range: RangeBody,
    /// The report was here already; nothing changed.
    duplicate: bool,
    /// Records it is kept as.
    record_count: i64,
    /// Records of it without a usable address or count.
    skipped_records: i64,
    /// The first 1,000 records of a DMARC report.
    records: Vec<RecordBody>,
    /// The policies of a report about TLS.
    policies: Vec<PolicyBody>,
}

impl From<Uploaded> for UploadedBody {
    fn from(uploaded: Uploaded) -> Self {
        let domain = uploaded.domain.name.as_str().to_owned();
        let duplicate = uploaded.is_duplicate;
        match uploaded.report {
            UploadedReport::Aggregate(report, records) => Self {
                id: report.id.to_string(),
                kind: "dmarc",
                report_id: report.report_id,
                org_name: report.org_name,
                domain,
                date_range: RangeBody::new(report.begin_at, report.end_at),
                duplicate,
                record_count: report.records,
                skipped_records: report.skipped,
                records: records.iter().take(RECORDS_SHOWN).map(Into::into).collect(),
                policies: Vec::new(),
            },
            UploadedReport::Tls(report) => Self {
                id: report.id.to_string(),
                kind: "tls",
                report_id: report.report_id,
                org_name: report.org_name,
                domain,
                date_range: RangeBody::new(report.begin_at, report.end_at),
                duplicate,
                record_count: 0,
                skipped_records: 0,
                records: Vec::new(),
                policies: report.policies.into_iter().map(Into::into).collect(),
            },
        }
    }
}

pub(super) async fn upload(
    State(app): State<App>,
    caller: RequestCaller,
    file: FileBody<FILE_OCTETS_MAX>,
) -> Result<Json<UploadedBody>, Problem> {
    let uploaded = dmarc::upload(&app, &caller, file.octets).await?;
    Ok(Json(uploaded.into()))
}
