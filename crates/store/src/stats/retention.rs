//! Sums that are too old.

use std::time::Duration;

use postscale_access::SystemScope;
use postscale_model::{Breakdown, Timestamp, Word as _};

use crate::{Result, Tx, params};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// How long hours are kept: a week is shown.
pub const HOURS_KEPT: Duration = DAY.saturating_mul(9);
/// How long days are kept, of all mail and of each provider: a year and its last month to compare
/// with the same of the year before.
pub const DAYS_KEPT: Duration = DAY.saturating_mul(400);
/// How long days of tags are kept, of which there may be many: 90 days are shown.
pub const TAGS_KEPT: Duration = DAY.saturating_mul(100);

/// Deletes up to so many sums that are too old; returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn delete_expired(
    tx: &mut Tx,
    _scope: &SystemScope,
    (limit, now): (u32, Timestamp),
) -> Result<u64> {
    let mut deleted = 0;
    for series in Breakdown::ALL {
        let kept = match series {
            Breakdown::Hour => HOURS_KEPT,
            Breakdown::Day | Breakdown::Isp => DAYS_KEPT,
            Breakdown::Tag => TAGS_KEPT,
        };
        let left = u64::from(limit).saturating_sub(deleted);
        let sql = "DELETE FROM stats_sums WHERE (domain_id, series, at, label) IN \
                   (SELECT domain_id, series, at, label FROM stats_sums \
                   WHERE series = $1 AND at < $2 ORDER BY at LIMIT $3)";
        let left = i64::try_from(left).unwrap_or(i64::MAX);
        let before = params![series, now.minus(kept), left];
        deleted += tx.execute(sql, &before).await?;
    }
    Ok(deleted)
}
