//! The records of a domain's reports as a file, written out piece by piece.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_mail::reports::senders::sender_of;
use postscale_model::{AuditAction, AuditEvent, AuditTarget};
use postscale_store::dmarc_report::{self, Exported, Place, Window};
use serde_json::json;

use super::Days;
use crate::{App, Pieces, Result, audit, csv};

/// Records of one piece.
const PIECE: u32 = 500;

/// The columns of the file.
const COLUMNS: [&str; 17] = [
    "begin",
    "end",
    "org_name",
    "report_id",
    "source_ip",
    "host_name",
    "sender",
    "count",
    "disposition",
    "dkim",
    "spf",
    "header_from",
    "envelope_from",
    "envelope_to",
    "dkim_results",
    "spf_results",
    "reasons",
];

/// A file that is being written out.
pub struct Export {
    app: App,
    caller: Caller,
    domain: DomainRef,
    window: Window,
    /// Whether the columns were named.
    has_begun: bool,
    /// The last record that was written out.
    written: Option<Place>,
}

/// Begins a file of what is reported about a domain; that somebody took it is in the log.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Invalid`](postscale_model::Invalid).
pub async fn export(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    days: Late<Days>,
) -> Result<Export> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_EXPORT, domain).await?;
    let days = days.after(&domain)?;
    let target = AuditTarget::new("dmarc_report", "", domain.name.as_str());
    let event = AuditEvent::new(AuditAction::ExportCreated, target)
        .made(json!({"filter": {"days": days.count()}}));
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    tx.commit().await?;
    Ok(Export {
        app: app.clone(),
        caller: caller.clone(),
        domain: DomainRef::Id(domain.id),
        window: days.window(app.sources.now()),
        has_begun: false,
        written: None,
    })
}

impl Pieces for Export {
    async fn next(&mut self) -> Result<Option<String>> {
        if !self.has_begun {
            self.has_begun = true;
            return Ok(Some(csv::record(COLUMNS)));
        }
        let mut tx = self.app.store.read().await?;
        let mut gate = Gate::open(&mut tx, &self.caller).await?;
        let domain = gate
            .domain(action::DMARC_REPORT_EXPORT, &self.domain)
            .await?;
        let part = (self.written, PIECE);
        let records = dmarc_report::export(&mut tx, &domain, self.window, part).await?;
        let Some(last) = records.last() else {
            return Ok(None);
        };
        self.written = Some(last.place);
        Ok(Some(records.iter().map(line).collect()))
    }
}

fn line(exported: &Exported) -> String {
    let record = &exported.record;
    let details = &record.details;
    let word = |passes: bool| if passes { "pass" } else { "fail" };
    let host = exported.host_name.clone().unwrap_or_default();
    let dkim = details.dkim.iter();
    let spf = details.spf.iter();
    let reasons = details.reasons.iter();
    let list = |parts: Vec<String>| parts.join("; ");
    csv::record([
        exported.begin_at.to_rfc3339(),
        exported.end_at.to_rfc3339(),
        exported.org_name.clone(),
        exported.report_id.clone(),
        record.source_ip.to_string(),
        host.clone(),
        sender_of(&host).unwrap_or_default().to_owned(),
        record.count.to_string(),
        record.disposition.to_string(),
        word(record.dkim).to_owned(),
        word(record.spf).to_owned(),
        details.header_from.clone(),
        details.envelope_from.clone(),
        details.envelope_to.clone(),
        list(
            dkim.map(|one| format!("{} {} {}", one.result, one.domain, one.selector))
                .collect(),
        ),
        list(
            spf.map(|one| format!("{} {} {}", one.result, one.domain, one.scope))
                .collect(),
        ),
        list(
            reasons
                .map(|one| format!("{} {}", one.kind, one.comment))
                .collect(),
        ),
    ])
}
