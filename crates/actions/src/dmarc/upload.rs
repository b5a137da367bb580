//! Somebody brings a report along. Which domain it is about stands in it, so that it is read first, for
//! whoever has proven who they are; of a domain they may not write they learn nothing.

use bytes::Bytes;
use postscale_access::{Caller, DomainRef, Gate, Late, Writable, action};
use postscale_mail::reports::{self, KeptReport, Report};
use postscale_model::{
    AuditAction, AuditEvent, AuditTarget, Audited as _, DmarcRecord, DmarcReport, Domain, Invalid,
    ReportProblem, TlsReport,
};
use postscale_store::{
    Tx,
    dmarc_report::{self, Kept, NewReport, ReportOwner},
    tls_report,
};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{App, Error, Result, audit};

pub use postscale_mail::reports::FILE_OCTETS_MAX;

/// Uploads read at once by this process (security.md M8: a bounded pool); others wait.
static READING: Semaphore = Semaphore::const_new(2);

/// A report that was taken.
#[derive(Debug)]
pub struct Uploaded {
    /// The domain it is about.
    pub domain: Domain,
    /// The report.
    pub report: UploadedReport,
    /// Whether it was here already, and nothing changed.
    pub is_duplicate: bool,
}

/// The report.
#[derive(Debug)]
pub enum UploadedReport {
    /// About authentication, with its records.
    Aggregate(Box<DmarcReport>, Vec<DmarcRecord>),
    /// About TLS.
    Tls(TlsReport),
}

/// Takes a report, packed or not. One that is here already changes nothing.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Invalid`] when there is no report in it.
pub async fn upload(app: &App, caller: &Caller, file: Bytes) -> Result<Uploaded> {
    let mut tx = app.store.read().await?;
    // Reading costs time: not for everybody.
    Gate::open(&mut tx, caller).await?.reach()?;
    drop(tx);
    let read = reading(file).await?;
    let read: Late<Report> = Late::new(read.map_err(invalid));
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let name = gate.named(&read, Report::domain)??;
    let named = name.map_or(DomainRef::Nothing, DomainRef::Name);
    let domain = gate.domain(action::DMARC_REPORT_UPLOAD, &named).await?;
    let report = read.after(&domain)?;
    let kept = reports::kept(report, &domain, &app.sources).map_err(invalid)?;
    let (report, is_new) = keep(app, &mut tx, &domain, kept).await?;
    if is_new {
        let event = event(&report);
        audit::note(app, &mut tx, domain.organization_id, event).await?;
        tx.commit().await?;
    }
    Ok(Uploaded {
        domain: domain.into_inner(),
        report,
        is_duplicate: !is_new,
    })
}

/// Reads on a thread that answers nobody else. Whoever goes away meanwhile does not make room sooner.
async fn reading(file: Bytes) -> Result<Result<Report, ReportProblem>> {
    let broken = |error: &dyn std::fmt::Display| Error::Broken(error.to_string());
    let permit = READING.acquire().await.map_err(|error| broken(&error))?;
    let read = move || {
        let read = reports::read(&file);
        drop(permit);
        read
    };
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|error| broken(&error))
}

fn invalid(problem: ReportProblem) -> Invalid {
    Invalid::whole(problem.sentence())
}

/// Keeps the report; gives it as it is kept, and whether it is new.
async fn keep(
    app: &App,
    tx: &mut Tx,
    domain: &Writable<Domain>,
    kept: KeptReport,
) -> Result<(UploadedReport, bool)> {
    let owner = ReportOwner::of_upload(domain);
    Ok(match kept {
        KeptReport::Aggregate(report, records) => {
            let new = NewReport {
                report: &report,
                records: &records,
            };
            let kept = dmarc_report::keep(tx, &owner, new, &app.sources).await?;
            let named = (&*report.org_name, &*report.report_id);
            let known = dmarc_report::find_same(tx, domain, named).await?;
            let known = UploadedReport::Aggregate(known.map_or(report, Box::new), records);
            (known, kept == Kept::New)
        }
        KeptReport::Tls(report) => {
            let kept = tls_report::keep(tx, &owner, &report).await?;
            let named = (&*report.org_name, &*report.report_id);
            let known = tls_report::find_same(tx, domain, named).await?;
            (
                UploadedReport::Tls(known.unwrap_or(report)),
                kept == Kept::New,
            )
        }
    })
}

fn event(report: &UploadedReport) -> AuditEvent {
    match report {
        UploadedReport::Aggregate(report, _) => {
            AuditEvent::of(AuditAction::DmarcReportUploaded, &**report).made(report.audit_members())
        }
        UploadedReport::Tls(report) => {
            let label = format!("{} {}", report.org_name, report.report_id);
            let target = AuditTarget::new("tls_report", report.id, label);
            let members = json!({"org_name": report.org_name, "report_id": report.report_id});
            AuditEvent::new(AuditAction::DmarcReportUploaded, target).made(members)
        }
    }
}
