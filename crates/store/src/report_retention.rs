//! How long reports are kept: as long as received mail, by the plan of their organization. What counts is
//! when a report came, so that an old one somebody uploads can be looked at.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_model::{Plans, Timestamp};

use crate::{Result, Tx, params};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long a source nobody reports any more stays known.
const SOURCE_DAYS: u32 = 400;

/// Deletes up to so many of each kind that are older than their organization's plan keeps them; says how
/// many. Mail that waits to be read stays.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(
    tx: &mut Tx,
    _scope: &SystemScope,
    plans: &Plans,
    (limit, now): (u32, Timestamp),
) -> Result<u64> {
    let mut deleted = 0;
    let names = tx
        .query("SELECT DISTINCT plan FROM organizations", &[])
        .await?;
    for row in names {
        let plan = row.text("plan")?;
        let before = now.minus(DAY * u32::from(plans.get(&plan).retention_days));
        let parameters = params![plan, before, limit];
        for sql in [
            "DELETE FROM dmarc_reports WHERE id IN (SELECT r.id FROM organizations o \
             JOIN dmarc_reports r ON r.organization_id = o.id WHERE o.plan = $1 AND r.received_at < $2 LIMIT $3)",
            "DELETE FROM tls_reports WHERE id IN (SELECT r.id FROM organizations o \
             JOIN tls_reports r ON r.organization_id = o.id WHERE o.plan = $1 AND r.received_at < $2 LIMIT $3)",
            "DELETE FROM report_mails WHERE id IN (SELECT r.id FROM organizations o \
             JOIN report_mails r ON r.organization_id = o.id WHERE o.plan = $1 AND r.received_at < $2 \
             AND r.next_attempt_at IS NULL LIMIT $3)",
        ] {
            deleted += tx.execute(sql, &parameters).await?;
        }
    }
    let sql = "DELETE FROM dmarc_sources WHERE (domain_id, source_ip) IN (SELECT s.domain_id, s.source_ip \
               FROM dmarc_sources s WHERE s.reported_at < $1 LIMIT $2)";
    let before = now.minus(DAY * SOURCE_DAYS);
    deleted += tx.execute(sql, &params![before, limit]).await?;
    Ok(deleted)
}
