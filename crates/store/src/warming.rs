//! Tables `warming_plans` and `warming_days`: how much a domain may send, and how that grew.
//!
//! A message reserves its recipients in the transaction that accepts it. The row of the plan is locked
//! first and held until the commit, so that no two messages take the same place, in any number of
//! processes; what is refused rolls back and took none. A domain without limits is one whose own row
//! says so (`is_warming`): its messages look at nothing here.
//!
//! Single providers may have no more than a share of a domain's limit ([`share`]); their places are
//! taken when mail is delivered, under the same lock ([`place`]).
//!
//! A plan begins in the transaction that first sees the domain's SPF or DKIM record
//! ([`begin`]), and is made the plan of the next day by the engine ([`due`]).

pub mod due;
mod history;
pub mod place;
pub mod share;

use postscale_access::{Granted, Scope, Sendable, Writable};
use postscale_model::{
    Day, Domain, DomainId, SendingLimit, SentSince, SentSoFar, Timestamp, WarmingEvent,
    WarmingPhase, WarmingPlan,
};

pub use history::{HISTORY_DAYS_MAX, WarmingDay, history};

use crate::{Error, Result, Row, Tx, batch, params, visible};

const CLAUSES: visible::Clauses = visible::clauses!("d.id", "d.organization_id");

/// Inserts the plan of a domain that sent nothing yet: see [`columns`].
macro_rules! insert {
    () => {
        "INSERT INTO warming_plans (domain_id, phase, step, halvings, day, started_at, phase_started_at, paused_at, \
         day_start, day_sent, hour_start, hour_sent, minute_start, minute_sent) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0)"
    };
}

/// The plan of a domain, and what it sent so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warming {
    /// The plan.
    pub plan: WarmingPlan,
    /// Recipients accepted in the latest day, hour and minute.
    pub sent: SentSoFar,
}

/// Whether the recipients of a message have their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// They have, or there is no limit.
    Made,
    /// They are too many now: the message must not be accepted.
    Refused(SendingLimit),
}

fn from_row(row: &Row) -> Result<Warming> {
    let small = |column| -> Result<u16> { u16::try_from(row.int(column)?).map_err(Error::corrupt) };
    let since = |start, recipients| -> Result<SentSince> {
        Ok(SentSince {
            start: row.timestamp(start)?,
            recipients: row.count(recipients)?,
        })
    };
    Ok(Warming {
        plan: WarmingPlan {
            phase: row.word("phase")?,
            step: small("step")?,
            halvings: u8::try_from(small("halvings")?).map_err(Error::corrupt)?,
            day: Day::of(row.timestamp("day")?),
            started_at: row.timestamp("started_at")?,
            phase_started_at: row.timestamp("phase_started_at")?,
            paused_at: row.opt_timestamp("paused_at")?,
        },
        sent: SentSoFar {
            day: since("day_start", "day_sent")?,
            hour: since("hour_start", "hour_sent")?,
            minute: since("minute_start", "minute_sent")?,
        },
    })
}

/// Reserves places for the recipients of a message, all of them or none.
///
/// # Errors
/// When the database refuses.
pub async fn reserve(
    tx: &mut Tx,
    domain: &Sendable<Domain>,
    recipients: usize,
    now: Timestamp,
) -> Result<Reservation> {
    if !domain.is_warming {
        return Ok(Reservation::Made);
    }
    let Some(Warming { plan, sent }) = locked(tx, domain.id).await? else {
        return Ok(Reservation::Made);
    };
    let asked = u64::try_from(recipients).unwrap_or(u64::MAX);
    if let Some(limit) = SendingLimit::reached(&plan, &sent, asked, now) {
        return Ok(Reservation::Refused(limit));
    }
    let SentSoFar { day, hour, minute } = sent.plus(asked, now);
    tx.execute(
        "UPDATE warming_plans SET day_start = $2, day_sent = $3, hour_start = $4, hour_sent = $5, \
         minute_start = $6, minute_sent = $7 WHERE domain_id = $1",
        &params![
            domain.id,
            day.start,
            stored(day.recipients),
            hour.start,
            stored(hour.recipients),
            minute.start,
            stored(minute.recipients)
        ],
    )
    .await?;
    Ok(Reservation::Made)
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The plan of a domain, until the transaction ends nobody else's to change.
async fn locked(tx: &mut Tx, domain: DomainId) -> Result<Option<Warming>> {
    let sql = [
        "SELECT * FROM warming_plans WHERE domain_id = $1 ",
        tx.engine().lock_suffix(),
    ]
    .concat();
    let row = tx.query_opt(&sql, &params![domain]).await?;
    row.as_ref().map(from_row).transpose()
}

/// The plan of a domain; none before it began.
///
/// # Errors
/// When the database cannot answer.
pub async fn find<C>(tx: &mut Tx, domain: &Granted<Domain, C>) -> Result<Option<Warming>> {
    let sql = "SELECT * FROM warming_plans WHERE domain_id = $1";
    let row = tx.query_opt(sql, &params![domain.id]).await?;
    row.as_ref().map(from_row).transpose()
}

/// As [`find`], for a transaction that changes it.
///
/// # Errors
/// When the database cannot answer.
pub async fn find_to_change(tx: &mut Tx, domain: &Writable<Domain>) -> Result<Option<Warming>> {
    locked(tx, domain.id).await
}

/// Those of some domains in scope that have limits now.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_limited(
    tx: &mut Tx,
    scope: &Scope,
    domains: &[DomainId],
    now: Timestamp,
) -> Result<Vec<(DomainId, Warming)>> {
    let clause = visible::clause(scope, &CLAUSES);
    let mut found = Vec::new();
    for run in batch::runs(domains) {
        let mut parameters = visible::parameters(scope, now);
        parameters.extend(run.iter().map(|id| (*id).into()));
        let sql = [
            "SELECT w.* FROM warming_plans w JOIN domains d ON d.id = w.domain_id WHERE d.is_warming AND ",
            clause,
            " AND d.id IN (",
            &batch::placeholders(5, run.len()),
            ")",
        ]
        .concat();
        for row in tx.query(&sql, &parameters).await? {
            found.push((row.id("domain_id")?, from_row(&row)?));
        }
    }
    Ok(found)
}

/// Begins the plan of a domain that is fit to send and has none yet.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn begin(tx: &mut Tx, domain: &Domain, now: Timestamp) -> Result<()> {
    if domain.is_warming || !WarmingPlan::begins_for(domain) {
        return Ok(());
    }
    let plan = WarmingPlan::begun(WarmingPhase::Phase1, now);
    let sql = concat!(insert!(), " ON CONFLICT (domain_id) DO NOTHING");
    if tx.execute(sql, &columns(domain.id, &plan)).await? == 0 {
        return Ok(());
    }
    limit(tx, domain.id, plan.phase).await?;
    note(tx, domain.id, &plan, Some(WarmingEvent::Started)).await
}

fn columns(domain: DomainId, plan: &WarmingPlan) -> [crate::Value; 8] {
    params![
        domain,
        plan.phase,
        plan.step,
        plan.halvings,
        plan.day.start(),
        plan.started_at,
        plan.phase_started_at,
        plan.paused_at
    ]
}

/// Gives a domain this plan, and writes down why. What was sent so far counts as before.
///
/// # Errors
/// When the database refuses.
pub async fn put(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    plan: &WarmingPlan,
    event: WarmingEvent,
) -> Result<()> {
    replace(tx, domain.id, plan).await?;
    note(tx, domain.id, plan, Some(event)).await
}

async fn replace(tx: &mut Tx, domain: DomainId, plan: &WarmingPlan) -> Result<()> {
    let sql = concat!(
        insert!(),
        " ON CONFLICT (domain_id) DO UPDATE SET phase = excluded.phase, step = excluded.step, \
         halvings = excluded.halvings, day = excluded.day, started_at = excluded.started_at, \
         phase_started_at = excluded.phase_started_at, paused_at = excluded.paused_at",
    );
    // The domain's own row first, as whoever looks its records up does.
    limit(tx, domain, plan.phase).await?;
    tx.execute(sql, &columns(domain, plan)).await.map(drop)
}

/// Tells the domain's own row whether there are limits.
async fn limit(tx: &mut Tx, domain: DomainId, phase: WarmingPhase) -> Result<()> {
    let sql = "UPDATE domains SET is_warming = $2 WHERE id = $1 AND is_warming <> $2";
    tx.execute(sql, &params![domain, phase.is_limited()])
        .await
        .map(drop)
}

/// Writes the day of a plan down; an event, in place of the day's former one.
async fn note(
    tx: &mut Tx,
    domain: DomainId,
    plan: &WarmingPlan,
    event: Option<WarmingEvent>,
) -> Result<()> {
    let limit = stored(plan.allowance().daily);
    tx.execute(
        "INSERT INTO warming_days (domain_id, day, phase, daily_limit, event) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (domain_id, day) DO UPDATE SET phase = excluded.phase, daily_limit = excluded.daily_limit, \
         event = COALESCE(excluded.event, warming_days.event)",
        &params![domain, plan.day.start(), plan.phase, limit, event],
    )
    .await
    .map(drop)
}
