//! How a plan grew, day by day.

use postscale_access::Granted;
use postscale_model::{Counts, Day, Domain, WarmingEvent, WarmingPhase};

use crate::{Result, Tx, params, stats};

/// Days a history goes back at most: as long as days are kept by the statistics.
pub const HISTORY_DAYS_MAX: u16 = 400;

/// A day of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarmingDay {
    /// The day.
    pub day: Day,
    /// Where the domain stood.
    pub phase: WarmingPhase,
    /// Recipients it was allowed.
    pub daily_limit: u64,
    /// What came of its mail.
    pub counts: Counts,
    /// What the day led to.
    pub event: Option<WarmingEvent>,
}

/// The last so many days of a domain's plan, of which `last` is the last, the earliest first. Days
/// without a plan are not there.
///
/// # Errors
/// When the database cannot answer.
pub async fn history<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    (count, last): (u16, Day),
) -> Result<Vec<WarmingDay>> {
    let rows = tx
        .query(
            "SELECT * FROM warming_days WHERE domain_id = $1 AND day > $2 AND day <= $3 ORDER BY day",
            &params![domain.id, last.after(-i64::from(count)).start(), last.start()],
        )
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let counted = stats::by_day(tx, domain, (count, last)).await?;
    let mut counted = std::collections::BTreeMap::from_iter(counted);
    rows.iter()
        .map(|row| {
            let day = Day::of(row.timestamp("day")?);
            Ok(WarmingDay {
                day,
                phase: row.word("phase")?,
                daily_limit: row.count("daily_limit")?,
                counts: counted.remove(&day).unwrap_or_default(),
                event: row.opt_word("event")?,
            })
        })
        .collect()
}
