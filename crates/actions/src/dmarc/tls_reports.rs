//! What other hosts report about TLS to a domain's hosts.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{Domain, TlsReport};
use postscale_store::tls_report;

use crate::{App, Listed, Page, Result};

/// A page of reports.
#[derive(Debug)]
pub struct TlsReportList {
    /// Which part it is.
    pub page: Page,
    /// The domain.
    pub domain: Domain,
    /// Newest time first, and how many there are.
    pub listed: Listed<TlsReport>,
}

/// The reports about TLS to a domain's hosts.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Invalid`](postscale_model::Invalid).
pub async fn tls_reports(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    page: Late<Page>,
) -> Result<TlsReportList> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_LIST, domain).await?;
    let page = page.after(&domain)?;
    let listed = tls_report::list(&mut tx, &domain, page).await?;
    Ok(TlsReportList {
        page,
        domain: domain.into_inner(),
        listed,
    })
}
