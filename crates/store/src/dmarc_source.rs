//! Table `dmarc_sources`: who was ever reported to send in a domain's name, and what their hosts are
//! called. Names are looked up afterwards, by whoever claims them.

use std::{net::IpAddr, time::Duration};

use postscale_access::SystemScope;
use postscale_model::{DomainId, Timestamp};

use crate::{Result, Row, Tx, params, row::readable};

/// The wake-up channel of sources whose names are to be looked up.
pub const CHANNEL: &str = "dmarc_sources";

/// A source whose name is looked up now.
#[derive(Debug, Clone, Copy)]
pub struct ClaimedSource {
    /// The domain it was reported for.
    pub domain_id: DomainId,
    /// The source.
    pub source_ip: IpAddr,
}

/// Claims sources whose names are to be looked up. They are asked about again later, whatever
/// comes of it.
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(
    tx: &mut Tx,
    _scope: &SystemScope,
    limit: u32,
    again: Duration,
    now: Timestamp,
) -> Result<Vec<ClaimedSource>> {
    let sql = [
        "WITH due AS (SELECT domain_id, source_ip FROM dmarc_sources WHERE next_lookup_at <= $1 \
         ORDER BY next_lookup_at LIMIT $3 ",
        tx.engine().claim_suffix(),
        ") UPDATE dmarc_sources SET next_lookup_at = $2 \
         WHERE (domain_id, source_ip) IN (SELECT domain_id, source_ip FROM due) RETURNING domain_id, source_ip",
    ]
    .concat();
    let rows = tx
        .query(&sql, &params![now, now.plus(again), limit])
        .await?;
    let claimed = |row: &Row| {
        Ok(ClaimedSource {
            domain_id: row.id("domain_id")?,
            source_ip: row.id("source_ip")?,
        })
    };
    Ok(readable(&rows, claimed))
}

/// Keeps the name of a source, or that it has none, and when to ask again.
///
/// # Errors
/// When the database refuses.
pub async fn set_host_name(
    tx: &mut Tx,
    _scope: &SystemScope,
    source: ClaimedSource,
    (host_name, again_at): (Option<&str>, Timestamp),
) -> Result<()> {
    let sql = "UPDATE dmarc_sources SET host_name = $3, next_lookup_at = $4 WHERE domain_id = $1 AND source_ip = $2";
    let ip = source.source_ip.to_string();
    let parameters = params![source.domain_id, ip, host_name, again_at];
    tx.execute(sql, &parameters).await.map(drop)
}

/// When the next name is to be looked up; in the past when one is.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_due_at(tx: &mut Tx, _scope: &SystemScope) -> Result<Option<Timestamp>> {
    let sql =
        "SELECT MIN(next_lookup_at) AS at FROM dmarc_sources WHERE next_lookup_at IS NOT NULL";
    tx.query_one(sql, &[]).await?.opt_timestamp("at")
}
