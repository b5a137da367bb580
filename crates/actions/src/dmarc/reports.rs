//! The reports about a domain, one by one.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditEvent, Audited as _, DmarcRecord, DmarcReport, DmarcReportId, Domain,
};
use postscale_store::dmarc_report;

use crate::{App, Listed, Page, Result, Rule, audit};

/// A page of reports.
#[derive(Debug)]
pub struct ReportList {
    /// Which part it is.
    pub page: Page,
    /// The domain.
    pub domain: Domain,
    /// Newest time first, and how many there are.
    pub listed: Listed<DmarcReport>,
}

/// The reports about a domain.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Invalid`](postscale_model::Invalid).
pub async fn list(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    page: Late<Page>,
) -> Result<ReportList> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_LIST, domain).await?;
    let page = page.after(&domain)?;
    let listed = dmarc_report::list(&mut tx, &domain, page).await?;
    Ok(ReportList {
        page,
        domain: domain.into_inner(),
        listed,
    })
}

/// A report with a page of its records.
#[derive(Debug)]
pub struct ReportPage {
    /// The domain.
    pub domain: Domain,
    /// The report.
    pub report: DmarcReport,
    /// Which part of its records.
    pub page: Page,
    /// These records, in the report's order.
    pub records: Vec<DmarcRecord>,
    /// It may be deleted.
    pub may_delete: bool,
}

/// A report about a domain.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Rule::NoSuchObject`];
/// [`Invalid`](postscale_model::Invalid).
pub async fn get(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    (id, page): (Option<DmarcReportId>, Late<Page>),
) -> Result<ReportPage> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_READ, domain).await?;
    let may_delete = gate.also(action::DMARC_REPORT_DELETE, &domain);
    let id = id.ok_or(Rule::NoSuchObject)?;
    let report = dmarc_report::find(&mut tx, &domain, id).await?;
    let report = report.ok_or(Rule::NoSuchObject)?;
    let page = page.after(&domain)?;
    Ok(ReportPage {
        records: dmarc_report::records(&mut tx, &domain, id, page).await?,
        domain: domain.into_inner(),
        report,
        page,
        may_delete,
    })
}

/// Deletes a report with its records; the figures are then without it.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Rule::NoSuchObject`].
pub async fn delete(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    id: Option<DmarcReportId>,
) -> Result<()> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_DELETE, domain).await?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    let report = dmarc_report::find(&mut tx, &domain, id).await?;
    let report = report.ok_or(Rule::NoSuchObject)?;
    dmarc_report::delete(&mut tx, &domain, report.id).await?;
    let event = AuditEvent::of(AuditAction::DmarcReportDeleted, &report)
        .change(report.audit_members(), serde_json::Value::Null);
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    Ok(tx.commit().await?)
}
