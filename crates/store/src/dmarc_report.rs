//! Tables `dmarc_reports` and `dmarc_records`: aggregate reports about mail in a domain's name.
//!
//! A report stands once per domain, reporter and reporter's id, whoever sends it again. Figures by day
//! come from the reports, figures by source from their records; both are read by the index of domain and
//! begin. A report counts for the day on which the time it is about begins, in UTC.

mod export;
mod figures;
mod keep;

use postscale_access::{Adminable, Granted};
use postscale_model::{
    DmarcDetails, DmarcRecord, DmarcReport, DmarcReportId, DmarcTotals, Domain, Timestamp,
};

use std::sync::Arc;

use crate::{Error, Listed, Page, Result, Row, Tx, conditions::Conditions, params};

pub use self::{
    export::{Exported, Place, export},
    figures::{
        DayFigures, Figures, SourceDay, SourceFigures, days, failing, of_sources, sources, summary,
    },
    keep::{Kept, NEW_SOURCES_TOLD_MAX, NewReport, ReportOwner, keep},
};

/// Microseconds of a day.
pub(crate) const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;

/// A time figures are of: from its first instant up to, and without, its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub from: Timestamp,
    /// The instant after the last.
    pub until: Timestamp,
}

pub(crate) fn totals_from_row(row: &Row) -> Result<DmarcTotals> {
    Ok(DmarcTotals {
        total: row.int("total")?,
        pass_dkim: row.int("pass_dkim")?,
        pass_spf: row.int("pass_spf")?,
        aligned: row.int("aligned")?,
        dmarc_pass: row.int("dmarc_pass")?,
        quarantine: row.int("quarantine")?,
        reject: row.int("reject")?,
    })
}

fn from_row(row: &Row) -> Result<DmarcReport> {
    Ok(DmarcReport {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.id("domain_id")?,
        org_name: row.text("org_name")?,
        email: row.text("email")?,
        extra_contact_info: row.text("extra_contact_info")?,
        report_id: row.text("report_id")?,
        begin_at: row.timestamp("begin_at")?,
        end_at: row.timestamp("end_at")?,
        policy: row.json("policy")?,
        records: row.int("records")?,
        skipped: row.int("skipped")?,
        totals: totals_from_row(row)?,
        received_at: row.timestamp("received_at")?,
    })
}

pub(crate) fn record_from_row(row: &Row) -> Result<DmarcRecord> {
    let details: DmarcDetails = row.json("details")?;
    Ok(DmarcRecord {
        source_ip: row.str("source_ip")?.parse().map_err(Error::corrupt)?,
        count: row.int("message_count")?,
        disposition: row.word("disposition")?,
        dkim: row.bool("dkim")?,
        spf: row.bool("spf")?,
        details: Arc::new(details),
    })
}

/// The reports about a domain, newest time first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    page: Page,
) -> Result<Listed<DmarcReport>> {
    let conditions = Conditions::equal("r.domain_id", domain.id);
    let select = ("r.*", "dmarc_reports r", "r.begin_at DESC, r.id DESC");
    conditions.list(tx, select, page, from_row).await
}

/// The report about a domain whose time began last.
///
/// # Errors
/// When the database cannot answer.
pub async fn latest<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<Option<DmarcReport>> {
    let sql =
        "SELECT * FROM dmarc_reports WHERE domain_id = $1 ORDER BY begin_at DESC, id DESC LIMIT 1";
    let row = tx.query_opt(sql, &params![domain.id]).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// A report about a domain.
///
/// # Errors
/// When the database cannot answer.
pub async fn find<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    id: DmarcReportId,
) -> Result<Option<DmarcReport>> {
    let sql = "SELECT * FROM dmarc_reports WHERE id = $1 AND domain_id = $2";
    let row = tx.query_opt(sql, &params![id, domain.id]).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The report about a domain that a reporter gave this id.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_same<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    (org_name, report_id): (&str, &str),
) -> Result<Option<DmarcReport>> {
    let sql =
        "SELECT * FROM dmarc_reports WHERE domain_id = $1 AND org_name = $2 AND report_id = $3";
    let parameters = params![domain.id, org_name, report_id];
    let row = tx.query_opt(sql, &parameters).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The records of a report about a domain, in the report's order.
///
/// # Errors
/// When the database cannot answer.
pub async fn records<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    id: DmarcReportId,
    page: Page,
) -> Result<Vec<DmarcRecord>> {
    let sql = "SELECT * FROM dmarc_records WHERE report_id = $1 AND domain_id = $2 \
               ORDER BY position LIMIT $3 OFFSET $4";
    let parameters = params![id, domain.id, page.limit, page.offset()];
    let rows = tx.query(sql, &parameters).await?;
    rows.iter().map(record_from_row).collect()
}

/// Deletes a report with its records. Whom it named stays known.
///
/// # Errors
/// When the database refuses.
pub async fn delete(tx: &mut Tx, domain: &Adminable<Domain>, id: DmarcReportId) -> Result<()> {
    let sql = "DELETE FROM dmarc_reports WHERE id = $1 AND domain_id = $2";
    tx.execute(sql, &params![id, domain.id]).await.map(drop)
}
