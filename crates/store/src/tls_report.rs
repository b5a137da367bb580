//! Table `tls_reports`: what other hosts say about TLS to a domain's mail hosts (RFC 8460).

use postscale_access::Granted;
use postscale_model::{Domain, TlsReport};

use crate::{
    Listed, Page, Result, Row, Tx,
    conditions::Conditions,
    dmarc_report::{Kept, ReportOwner},
    email::json,
    params,
};

fn from_row(row: &Row) -> Result<TlsReport> {
    Ok(TlsReport {
        id: row.id("id")?,
        organization_id: row.id("organization_id")?,
        domain_id: row.id("domain_id")?,
        org_name: row.text("org_name")?,
        contact: row.text("contact")?,
        report_id: row.text("report_id")?,
        begin_at: row.timestamp("begin_at")?,
        end_at: row.timestamp("end_at")?,
        policies: row.json("policies")?,
        received_at: row.timestamp("received_at")?,
    })
}

/// Keeps a report, unless it is here already.
///
/// # Errors
/// When the database refuses.
pub async fn keep(tx: &mut Tx, owner: &ReportOwner, report: &TlsReport) -> Result<Kept> {
    let inserted = tx
        .execute(
            "INSERT INTO tls_reports (id, organization_id, domain_id, org_name, contact, report_id, begin_at, end_at, \
             policies, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (domain_id, org_name, report_id) DO NOTHING",
            &params![
                report.id,
                owner.organization,
                owner.domain,
                &report.org_name,
                &report.contact,
                &report.report_id,
                report.begin_at,
                report.end_at,
                json(&report.policies)?,
                report.received_at,
            ],
        )
        .await?;
    Ok(if inserted == 1 {
        Kept::New
    } else {
        Kept::Duplicate
    })
}

/// The report about a domain that a reporter gave this id.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_same<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    (org_name, report_id): (&str, &str),
) -> Result<Option<TlsReport>> {
    let sql = "SELECT * FROM tls_reports WHERE domain_id = $1 AND org_name = $2 AND report_id = $3";
    let parameters = params![domain.id, org_name, report_id];
    let row = tx.query_opt(sql, &parameters).await?;
    row.map(|row| from_row(&row)).transpose()
}

/// The reports about a domain, newest time first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    page: Page,
) -> Result<Listed<TlsReport>> {
    let conditions = Conditions::equal("t.domain_id", domain.id);
    let select = ("t.*", "tls_reports t", "t.begin_at DESC, t.id DESC");
    conditions.list(tx, select, page, from_row).await
}
