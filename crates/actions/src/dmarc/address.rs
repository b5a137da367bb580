//! Where reports about a domain go, and what to publish for it.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_mail::records;
use postscale_model::Domain;

use crate::{App, Result};

/// The report address of a domain.
#[derive(Debug)]
pub struct ReportAddress {
    /// The domain.
    pub domain: Domain,
    /// The address.
    pub address: String,
    /// The name of the record that asks for reports.
    pub record_name: String,
    /// Its value.
    pub record: String,
}

/// The report address of a domain.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn address(app: &App, caller: &Caller, domain: &DomainRef) -> Result<ReportAddress> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_LIST, domain).await?;
    Ok(of(app, domain.into_inner()))
}

/// The report address of a domain the caller may see.
pub(super) fn of(app: &App, domain: Domain) -> ReportAddress {
    ReportAddress {
        address: records::report_address(&domain, &app.hosts),
        record_name: format!("_dmarc.{}", domain.name),
        record: records::dmarc_policy(&domain, &app.hosts),
        domain,
    }
}
