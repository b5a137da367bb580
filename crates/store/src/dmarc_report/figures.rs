//! What the reports about a domain add up to: in all, by day, by source.

use std::net::IpAddr;

use postscale_access::Granted;
use postscale_model::{DmarcRecord, DmarcTotals, Domain, Timestamp};

use super::{DAY_MICROS, Window, keep::window_parameters, record_from_row, totals_from_row};
use crate::{Listed, Page, Result, Row, Tx, Value, batch, params};

/// What the reports of a time add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Their messages.
    pub totals: DmarcTotals,
    /// How many there are.
    pub reports: i64,
    /// How many sources they name.
    pub sources: i64,
    /// How many of these had messages that failed.
    pub failing_sources: i64,
}

/// What the reports of a day add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayFigures {
    /// Its first instant.
    pub day: Timestamp,
    /// The messages.
    pub totals: DmarcTotals,
}

/// What reports say of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFigures {
    /// The source.
    pub source_ip: IpAddr,
    /// Its messages.
    pub totals: DmarcTotals,
    /// Its name, as far as it was looked up.
    pub host_name: Option<String>,
    /// Begin of the first report that named it.
    pub first_seen_at: Option<Timestamp>,
    /// End of the last one.
    pub last_seen_at: Option<Timestamp>,
}

/// Messages of a source on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceDay {
    /// The source.
    pub source_ip: IpAddr,
    /// The first instant of the day.
    pub day: Timestamp,
    /// How many.
    pub total: i64,
}

/// Sums of reports.
const OF_REPORTS: &str = "CAST(COALESCE(SUM(total), 0) AS BIGINT) AS total, \
    CAST(COALESCE(SUM(pass_dkim), 0) AS BIGINT) AS pass_dkim, CAST(COALESCE(SUM(pass_spf), 0) AS BIGINT) AS pass_spf, \
    CAST(COALESCE(SUM(aligned), 0) AS BIGINT) AS aligned, CAST(COALESCE(SUM(dmarc_pass), 0) AS BIGINT) AS dmarc_pass, \
    CAST(COALESCE(SUM(quarantine), 0) AS BIGINT) AS quarantine, CAST(COALESCE(SUM(reject), 0) AS BIGINT) AS reject";

/// Sums of records.
const OF_RECORDS: &str = "CAST(SUM(c.message_count) AS BIGINT) AS total, \
    CAST(SUM(CASE WHEN c.dkim THEN c.message_count ELSE 0 END) AS BIGINT) AS pass_dkim, \
    CAST(SUM(CASE WHEN c.spf THEN c.message_count ELSE 0 END) AS BIGINT) AS pass_spf, \
    CAST(SUM(CASE WHEN c.dkim AND c.spf THEN c.message_count ELSE 0 END) AS BIGINT) AS aligned, \
    CAST(SUM(CASE WHEN c.dkim OR c.spf THEN c.message_count ELSE 0 END) AS BIGINT) AS dmarc_pass, \
    CAST(SUM(CASE WHEN c.disposition = 'quarantine' THEN c.message_count ELSE 0 END) AS BIGINT) AS quarantine, \
    CAST(SUM(CASE WHEN c.disposition = 'reject' THEN c.message_count ELSE 0 END) AS BIGINT) AS reject";

/// What the reports about a domain add up to in a time.
///
/// # Errors
/// When the database cannot answer.
pub async fn summary<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    window: Window,
) -> Result<Figures> {
    let parameters = window_parameters(domain.id, window);
    let sql = [
        "SELECT COUNT(*) AS reports, ",
        OF_REPORTS,
        " FROM dmarc_reports WHERE domain_id = $1 AND begin_at >= $2 AND begin_at < $3",
    ]
    .concat();
    let row = tx.query_one(&sql, &parameters).await?;
    let (totals, reports) = (totals_from_row(&row)?, row.int("reports")?);
    let sql = "SELECT COUNT(DISTINCT c.source_ip) AS sources, \
         COUNT(DISTINCT CASE WHEN NOT c.dkim AND NOT c.spf AND c.message_count > 0 THEN c.source_ip END) AS failing \
         FROM dmarc_records c WHERE c.domain_id = $1 AND c.begin_at >= $2 AND c.begin_at < $3";
    let row = tx.query_one(sql, &parameters).await?;
    Ok(Figures {
        totals,
        reports,
        sources: row.int("sources")?,
        failing_sources: row.int("failing")?,
    })
}

/// What the reports about a domain add up to by day, in order; days without any are not there.
///
/// # Errors
/// When the database cannot answer.
pub async fn days<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    window: Window,
) -> Result<Vec<DayFigures>> {
    let sql = [
        "SELECT begin_at / $4 AS day, ",
        OF_REPORTS,
        " FROM dmarc_reports WHERE domain_id = $1 AND begin_at >= $2 AND begin_at < $3 \
         GROUP BY begin_at / $4 ORDER BY begin_at / $4",
    ]
    .concat();
    let mut parameters = window_parameters(domain.id, window);
    parameters.push(Value::from(DAY_MICROS));
    let rows = tx.query(&sql, &parameters).await?;
    let read = |row: &Row| {
        Ok(DayFigures {
            day: day_from_row(row)?,
            totals: totals_from_row(row)?,
        })
    };
    rows.iter().map(read).collect()
}

fn day_from_row(row: &Row) -> Result<Timestamp> {
    Ok(Timestamp::from_micros(
        row.int("day")?.saturating_mul(DAY_MICROS),
    ))
}

/// The sources reports about a domain name, those with most messages first.
///
/// # Errors
/// When the database cannot answer.
pub async fn sources<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    window: Window,
    page: Page,
) -> Result<Listed<SourceFigures>> {
    let mut parameters = window_parameters(domain.id, window);
    let sql = "SELECT COUNT(DISTINCT c.source_ip) AS total FROM dmarc_records c \
               WHERE c.domain_id = $1 AND c.begin_at >= $2 AND c.begin_at < $3";
    let total = crate::row::count(tx.query_opt(sql, &parameters).await?.as_ref())?;
    let sql = [
        "SELECT f.*, s.host_name, s.first_seen_at, s.last_seen_at FROM (SELECT c.source_ip, ",
        OF_RECORDS,
        " FROM dmarc_records c WHERE c.domain_id = $1 AND c.begin_at >= $2 AND c.begin_at < $3 \
         GROUP BY c.source_ip ORDER BY 2 DESC, c.source_ip LIMIT $4 OFFSET $5) f \
         LEFT JOIN dmarc_sources s ON s.domain_id = $1 AND s.source_ip = f.source_ip \
         ORDER BY f.total DESC, f.source_ip",
    ]
    .concat();
    parameters.extend([Value::from(page.limit), Value::from(page.offset())]);
    let rows = tx.query(&sql, &parameters).await?;
    let read = |row: &Row| {
        Ok(SourceFigures {
            source_ip: row.id("source_ip")?,
            totals: totals_from_row(row)?,
            host_name: row.opt_text("host_name")?,
            first_seen_at: row.opt_timestamp("first_seen_at")?,
            last_seen_at: row.opt_timestamp("last_seen_at")?,
        })
    };
    Ok(Listed {
        rows: rows.iter().map(read).collect::<Result<_>>()?,
        total,
    })
}

/// Messages of these sources by day, for a plot.
///
/// # Errors
/// When the database cannot answer.
pub async fn of_sources<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    window: Window,
    sources: &[IpAddr],
) -> Result<Vec<SourceDay>> {
    let mut found = Vec::new();
    for run in batch::runs(sources) {
        let sql = [
            "SELECT c.source_ip, c.begin_at / $4 AS day, CAST(SUM(c.message_count) AS BIGINT) AS total \
             FROM dmarc_records c WHERE c.domain_id = $1 AND c.begin_at >= $2 AND c.begin_at < $3 AND c.source_ip IN (",
            &batch::placeholders(5, run.len()),
            ") GROUP BY c.source_ip, c.begin_at / $4 ORDER BY c.source_ip, c.begin_at / $4",
        ]
        .concat();
        let mut parameters = window_parameters(domain.id, window);
        parameters.push(Value::from(DAY_MICROS));
        parameters.extend(run.iter().map(|ip| Value::from(ip.to_string())));
        for row in tx.query(&sql, &parameters).await? {
            found.push(SourceDay {
                source_ip: row.id("source_ip")?,
                day: day_from_row(&row)?,
                total: row.int("total")?,
            });
        }
    }
    Ok(found)
}

/// Records of messages that failed, those with most messages first: what to say of whom.
///
/// # Errors
/// When the database cannot answer.
pub async fn failing<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    window: Window,
    limit: u32,
) -> Result<Vec<DmarcRecord>> {
    let sql = "SELECT c.* FROM dmarc_records c WHERE c.domain_id = $1 AND c.begin_at >= $2 AND c.begin_at < $3 \
               AND NOT c.dkim AND NOT c.spf AND c.message_count > 0 \
               ORDER BY c.message_count DESC, c.report_id, c.position LIMIT $4";
    let parameters = params![domain.id, window.from, window.until, limit];
    let rows = tx.query(sql, &parameters).await?;
    rows.iter().map(record_from_row).collect()
}
