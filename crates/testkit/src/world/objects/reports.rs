//! What others report about a domain.

use std::{sync::Arc, time::Duration};

use postscale_access::action;
use postscale_model::{
    DmarcDetails, DmarcDisposition, DmarcRecord, DmarcReport, DmarcReportId, DmarcTotals, DomainId,
    PublishedPolicy,
};
use postscale_store::dmarc_report::{self, NewReport, ReportOwner};

use crate::{NOW, world::Seeder};

impl Seeder<'_> {
    /// A DMARC report with one record.
    pub(super) async fn report(&mut self, owner: &str, domain: DomainId) -> DmarcReportId {
        let proof = self.proof(owner, action::DMARC_REPORT_UPLOAD, domain).await;
        let record = DmarcRecord {
            source_ip: [192, 0, 2, 10].into(),
            count: 12,
            disposition: DmarcDisposition::None,
            dkim: true,
            spf: false,
            details: Arc::new(DmarcDetails {
                header_from: proof.name.to_string(),
                ..DmarcDetails::default()
            }),
        };
        let mut totals = DmarcTotals::default();
        totals.count(&record);
        let report = DmarcReport {
            id: self.app.sources.ordered_id(),
            organization_id: proof.organization_id,
            domain_id: domain,
            org_name: "Mail Provider".to_owned(),
            email: "dmarc@provider.example".to_owned(),
            extra_contact_info: String::new(),
            report_id: format!("seeded about {}", proof.name),
            begin_at: NOW.minus(Duration::from_secs(24 * 3600)),
            end_at: NOW,
            policy: PublishedPolicy::default(),
            records: 1,
            skipped: 0,
            totals,
            received_at: NOW,
        };
        let new = NewReport {
            report: &report,
            records: &[record],
        };
        let owner = ReportOwner::of_upload(&proof);
        dmarc_report::keep(&mut self.tx, &owner, new, &self.app.sources)
            .await
            .expect("a report");
        report.id
    }
}
