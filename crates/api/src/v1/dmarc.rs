//! `/v1/domains/{domain}/dmarc` and `/v1/dmarc/reports`

mod address;
mod body;
mod daily;
mod export;
mod reports;
mod sources;
mod summary;
mod tls_reports;
mod upload;

use axum::http::Method;
use postscale_access::action;
use postscale_actions::dmarc::Days;
use postscale_model::Invalid;
use postscale_web::{Query, Routes, Surface, Web};

use crate::operation::{PAGE, exports, reads, uploads};

/// `days`.
const DAYS: crate::operation::Query = &[(
    "days",
    "Today and the days before it, in UTC, 1 to 365; 30 by default",
)];
/// `days`, `limit` and `offset`.
const DAYS_PAGE: crate::operation::Query = &[
    (
        "days",
        "Today and the days before it, in UTC, 1 to 365; 30 by default",
    ),
    ("limit", "Rows of a page, 1 to 100; 20 by default"),
    ("offset", "Rows to skip"),
];

/// Of how many days figures are asked.
fn days(query: &Query) -> Result<Days, Invalid> {
    query.number("days")?.map_or(Ok(Days::default()), Days::new)
}

pub(super) fn routes() -> Routes<Web> {
    let list = [action::DMARC_REPORT_LIST.into()];
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dmarc/address",
            &list,
            address::address,
            reads::<address::AddressBody>("Where reports about a domain go", &[]),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dmarc/summary",
            &list,
            summary::summary,
            reads::<summary::SummaryBody>(
                "What the DMARC reports about a domain add up to, and what a stricter policy would cost",
                DAYS,
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dmarc/sources",
            &list,
            sources::sources,
            reads::<sources::ListBody>(
                "Who sends in a domain's name by its DMARC reports, most messages first",
                DAYS_PAGE,
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dmarc/daily",
            &list,
            daily::daily,
            reads::<daily::DailyBody>("A domain's DMARC results by day", DAYS),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dmarc/reports",
            &list,
            reports::list,
            reads::<reports::ListBody>("List the DMARC reports about a domain, newest first", PAGE),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dmarc/reports/{report}",
            &[action::DMARC_REPORT_READ.into()],
            reports::get,
            reads::<reports::ReportWithRecords>("Get a DMARC report with a page of its records", PAGE),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/dmarc/tls-reports",
            &list,
            tls_reports::list,
            reads::<tls_reports::ListBody>(
                "List the reports about TLS to a domain's mail hosts (RFC 8460), newest first",
                PAGE,
            ),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/dmarc/exports",
            &[action::DMARC_REPORT_EXPORT.into()],
            export::export,
            exports::<export::ExportRequest>("Download the records of a domain's DMARC reports as CSV"),
        )
        .operation(
            Method::POST,
            "/v1/dmarc/reports",
            &[action::DMARC_REPORT_UPLOAD.into()],
            upload::upload,
            uploads::<upload::UploadedBody>(
                "Upload a DMARC report (XML) or a report about TLS (JSON), plain, gzip or zip; the domain stands in it",
            ),
        )
}
