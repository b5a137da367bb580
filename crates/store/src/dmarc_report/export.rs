//! The records of a domain's reports one after the other, for a file.

use postscale_access::Granted;
use postscale_model::{DmarcRecord, DmarcReportId, Domain, Timestamp};

use super::{Window, keep::window_parameters, record_from_row};
use crate::{Result, Row, Tx, Value};

/// A record with what a file says of its report.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Where it stands.
    pub place: Place,
    /// Who reported.
    pub org_name: String,
    /// Their id.
    pub report_id: String,
    /// Begin of the time it is about.
    pub begin_at: Timestamp,
    /// Its end.
    pub end_at: Timestamp,
    /// The record.
    pub record: DmarcRecord,
    /// The source's name, as far as it was looked up.
    pub host_name: Option<String>,
}

/// Where a record stands among all of a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    begin_at: Timestamp,
    report: DmarcReportId,
    position: i64,
}

/// Records of a time in order, from the beginning or behind a place.
///
/// # Errors
/// When the database cannot answer.
pub async fn export<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    window: Window,
    (after, limit): (Option<Place>, u32),
) -> Result<Vec<Exported>> {
    let mut parameters = window_parameters(domain.id, window);
    parameters.push(Value::from(limit));
    let behind = match after {
        None => "",
        Some(place) => {
            parameters.extend([
                Value::from(place.begin_at),
                Value::from(place.report),
                Value::from(place.position),
            ]);
            " AND (c.begin_at, c.report_id, c.position) > ($5, $6, $7)"
        }
    };
    let sql = [
        "SELECT c.*, r.org_name, r.report_id AS reporters_id, r.end_at, s.host_name FROM dmarc_records c \
         JOIN dmarc_reports r ON r.id = c.report_id \
         LEFT JOIN dmarc_sources s ON s.domain_id = c.domain_id AND s.source_ip = c.source_ip \
         WHERE c.domain_id = $1 AND c.begin_at >= $2 AND c.begin_at < $3",
        behind,
        " ORDER BY c.begin_at, c.report_id, c.position LIMIT $4",
    ]
    .concat();
    let rows = tx.query(&sql, &parameters).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Exported> {
    let begin_at = row.timestamp("begin_at")?;
    Ok(Exported {
        place: Place {
            begin_at,
            report: row.id("report_id")?,
            position: row.int("position")?,
        },
        org_name: row.text("org_name")?,
        report_id: row.text("reporters_id")?,
        begin_at,
        end_at: row.timestamp("end_at")?,
        record: record_from_row(row)?,
        host_name: row.opt_text("host_name")?,
    })
}
