//! `GET /v1/domains/{domain}/dmarc/tls-reports`

use axum::{Json, extract::State};
use postscale_access::{DomainRef, Late};
use postscale_actions::{App, dmarc};
use postscale_model::{TlsPolicy, TlsReport};
use postscale_web::{Name, Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::RangeBody;
use crate::segments::DomainSegment;

/// Sessions that failed alike.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TlsFailureBody)]
struct FailureBody {
    /// As `certificate-expired` (RFC 8460 §4.3).
    result_type: String,
    sending_mta_ip: Option<String>,
    receiving_mx_hostname: Option<String>,
    failed_session_count: i64,
    reason: Option<String>,
}

/// The sessions under one policy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TlsPolicyBody)]
pub(super) struct PolicyBody {
    /// `sts`, `tlsa` or `no-policy-found`.
    policy_type: String,
    mx_hosts: Vec<String>,
    total_successful_session_count: i64,
    total_failure_session_count: i64,
    failure_details: Vec<FailureBody>,
}

impl From<TlsPolicy> for PolicyBody {
    fn from(policy: TlsPolicy) -> Self {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        let failures = policy.failures.into_iter().map(|failure| FailureBody {
            result_type: failure.result_type,
            sending_mta_ip: given(failure.sending_ip),
            receiving_mx_hostname: given(failure.receiving_host),
            failed_session_count: failure.count,
            reason: given(failure.reason),
        });
        Self {
            policy_type: policy.policy_type,
            mx_hosts: policy.mx_hosts,
            total_successful_session_count: policy.successful,
            total_failure_session_count: policy.failed,
            failure_details: failures.collect(),
        }
    }
}

/// A report about TLS.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TlsReportBody)]
struct ReportBody {
    id: String,
    /// The reporter's own id.
    report_id: String,
    org_name: String,
    contact: String,
    date_range: RangeBody,
    policies: Vec<PolicyBody>,
    received_at: String,
}

impl From<TlsReport> for ReportBody {
    fn from(report: TlsReport) -> Self {
        Self {
            id: report.id.to_string(),
            report_id: report.report_id,
            org_name: report.org_name,
            contact: report.contact,
            date_range: RangeBody::new(report.begin_at, report.end_at),
            policies: report.policies.into_iter().map(Into::into).collect(),
            received_at: report.received_at.to_rfc3339(),
        }
    }
}

/// A page of reports about TLS.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TlsReportListBody)]
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
    let found = dmarc::tls_reports(&app, &caller, &domain, Late::new(query.page())).await?;
    Ok(Json(ListBody {
        reports: found.listed.rows.into_iter().map(Into::into).collect(),
        total: found.listed.total,
        limit: found.page.limit,
        offset: found.page.offset,
    }))
}
