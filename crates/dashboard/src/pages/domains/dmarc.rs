//! `/domains/{id}/dmarc`: what others report about mail in a domain's name, one report, uploads.

mod overview;
mod report;
mod upload;

use axum::http::Method;
use postscale_access::action;
use postscale_actions::dmarc::Days;
use postscale_model::Invalid;
use postscale_web::{Routes, Surface, Web};

use crate::pages::in_shell;

pub(super) fn routes() -> Routes<Web> {
    let list = in_shell(&[action::DMARC_REPORT_LIST.into()]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, "/domains/{id}/dmarc", &list, overview::show)
        .route(
            Method::GET,
            "/domains/{id}/dmarc/reports",
            &list,
            report::list,
        )
        .route(
            Method::GET,
            "/domains/{id}/dmarc/reports/{report}",
            &in_shell(&[action::DMARC_REPORT_READ.into()]),
            report::show,
        )
        .route(
            Method::POST,
            "/domains/{id}/dmarc/reports/{report}/delete",
            &[action::DMARC_REPORT_DELETE.into()],
            report::delete,
        )
        .route(
            Method::POST,
            "/domains/{id}/dmarc/export",
            &[action::DMARC_REPORT_EXPORT.into()],
            overview::export,
        )
        .route(
            Method::POST,
            "/dmarc/reports",
            &in_shell(&[
                action::DMARC_REPORT_UPLOAD.into(),
                action::DMARC_REPORT_LIST.into(),
            ]),
            upload::upload,
        )
}

/// How many days are asked for; the usual number when nothing is said.
fn days(text: &str) -> Result<Days, Invalid> {
    if text.is_empty() {
        return Ok(Days::default());
    }
    let number = text.parse();
    Days::new(number.map_err(|_| Invalid::field("days", "must be a whole number"))?)
}
