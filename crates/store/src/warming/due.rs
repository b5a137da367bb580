//! Plans whose day is over: they are judged and made plans of the next day, for work nobody asked for
//! just now.

use postscale_access::SystemScope;
use postscale_model::{Day, DomainId, Timestamp, WarmingEvent, WarmingPlan};

use super::{Warming, from_row, note, replace};
use crate::{Result, Tx, params};

/// Who waits for plans. Nobody wakes it: a day ends by itself.
pub const CHANNEL: &str = "warming";

/// Plans of days before this one, the oldest first, at most so many, nobody else's until the
/// transaction ends.
///
/// # Errors
/// When the database cannot answer.
pub async fn claim(
    tx: &mut Tx,
    _scope: &SystemScope,
    today: Day,
    limit: u32,
) -> Result<Vec<(DomainId, Warming)>> {
    let sql = [
        "SELECT * FROM warming_plans WHERE phase <> 'warmed' AND day < $1 ORDER BY day LIMIT $2 ",
        tx.engine().claim_suffix(),
    ]
    .concat();
    let rows = tx.query(&sql, &params![today.start(), limit]).await?;
    rows.iter()
        .map(|row| Ok((row.id("domain_id")?, from_row(row)?)))
        .collect()
}

/// Makes a claimed plan the one of the day after, and writes down what its day led to.
///
/// # Errors
/// When the database refuses.
pub async fn advance(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
    (judged, next): (&WarmingPlan, &WarmingPlan),
    event: Option<WarmingEvent>,
) -> Result<()> {
    if event.is_some() {
        note(tx, domain, judged, event).await?;
    }
    replace(tx, domain, next).await?;
    if next.phase.is_limited() {
        note(tx, domain, next, None).await?;
    }
    Ok(())
}

/// When the next plan is to be judged.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_at(tx: &mut Tx, _scope: &SystemScope) -> Result<Option<Timestamp>> {
    let sql = "SELECT MIN(day) AS day FROM warming_plans WHERE phase <> 'warmed'";
    let row = tx.query_one(sql, &[]).await?;
    let day = row.opt_timestamp("day")?;
    Ok(day.map(|day| Day::of(day).after(1).start()))
}
