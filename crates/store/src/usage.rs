//! Table `usage_counters`: what an organization used of its quota, by calendar month.
//!
//! A message is counted by one statement in the transaction that accepts it, after its other writes:
//! what is refused rolls back and was never counted. Under a hard cap every message of an organization
//! is counted in lane 0, whose row the statement holds until the commit, so that no two of them can
//! both be the last one, on any number of nodes. Without one nobody needs the exact sum at once, and
//! the counts are spread over the other lanes, so that commits do not wait for each other.

use postscale_access::{Permission, Sendable, SystemScope};
use postscale_model::{Domain, EmailId, InboundEmailId, Month, OrganizationId, Plans, Timestamp};

use crate::{Result, Row, Tx, Value, batch, params};

/// Lanes of organizations without a hard cap: 1 to this.
const LANES: u8 = 16;

/// Messages accepted in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Recipients accepted for sending.
    pub sent: u64,
    /// Messages received.
    pub received: u64,
}

impl Usage {
    /// Both together: what the quota is about.
    #[must_use]
    pub const fn used(self) -> u64 {
        self.sent.saturating_add(self.received)
    }
}

/// Whether what was counted is within the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// It is, or there is no hard cap.
    Within,
    /// There is a hard cap, and it was too much: the transaction must not be committed.
    Exceeded {
        /// The cap.
        limit: u64,
    },
}

/// Counts a message accepted for sending, once per recipient.
///
/// # Errors
/// When the database refuses.
pub async fn count_sent(
    tx: &mut Tx,
    from: &Sendable<Domain>,
    (email, recipients): (EmailId, usize),
    plans: &Plans,
    now: Timestamp,
) -> Result<Quota> {
    let counted = Counted {
        organization: from.organization_id,
        sent: recipients,
        received: 0,
        lane: lane(&email.to_string()),
    };
    count(tx, counted, plans, now).await
}

/// As [`count_sent`], for a message that leaves by way of a reverse address.
///
/// # Errors
/// When the database refuses.
pub async fn count_reply(
    tx: &mut Tx,
    _scope: &SystemScope,
    organization: OrganizationId,
    email: EmailId,
    (plans, now): (&Plans, Timestamp),
) -> Result<Quota> {
    let counted = Counted {
        organization,
        sent: 1,
        received: 0,
        lane: lane(&email.to_string()),
    };
    count(tx, counted, plans, now).await
}

/// Counts messages received for an organization, of which that is one.
///
/// # Errors
/// When the database refuses.
pub async fn count_received(
    tx: &mut Tx,
    _scope: &SystemScope,
    organization: OrganizationId,
    (email, messages): (InboundEmailId, usize),
    (plans, now): (&Plans, Timestamp),
) -> Result<Quota> {
    let counted = Counted {
        organization,
        sent: 0,
        received: messages,
        lane: lane(&email.to_string()),
    };
    count(tx, counted, plans, now).await
}

struct Counted {
    organization: OrganizationId,
    sent: usize,
    received: usize,
    lane: u8,
}

/// A lane by the last digit of an id, which is random.
fn lane(id: &str) -> u8 {
    let digit = id.chars().next_back().and_then(|last| last.to_digit(16));
    let digit = digit.and_then(|digit| u8::try_from(digit).ok());
    digit.unwrap_or_default() % LANES + 1
}

async fn count(tx: &mut Tx, counted: Counted, plans: &Plans, now: Timestamp) -> Result<Quota> {
    let uncapped: Vec<&str> = plans.uncapped().collect();
    let sql = [
        "INSERT INTO usage_counters (organization_id, period_start, lane, sent, received) \
         SELECT o.id, CAST($2 AS BIGINT), CASE WHEN o.plan IN (",
        &batch::placeholders(6, uncapped.len()),
        ") THEN CAST($3 AS BIGINT) ELSE 0 END, CAST($4 AS BIGINT), CAST($5 AS BIGINT) FROM organizations o WHERE o.id = $1 \
         ON CONFLICT (organization_id, period_start, lane) DO UPDATE SET \
         sent = usage_counters.sent + excluded.sent, received = usage_counters.received + excluded.received \
         RETURNING (SELECT o.plan FROM organizations o WHERE o.id = usage_counters.organization_id) AS plan, \
         CASE WHEN lane <> 0 THEN 0 ELSE sent + received + \
         COALESCE((SELECT CAST(SUM(other.sent + other.received) AS BIGINT) FROM usage_counters other \
         WHERE other.organization_id = usage_counters.organization_id \
         AND other.period_start = usage_counters.period_start AND other.lane <> 0), 0) END AS used",
    ]
    .concat();
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut parameters = Vec::from(params![
        counted.organization,
        Month::of(now).start(),
        i64::from(counted.lane),
        number(counted.sent),
        number(counted.received)
    ]);
    parameters.extend(uncapped.into_iter().map(Value::from));
    let row = tx.query_one(&sql, &parameters).await?;
    let limit = plans.get(row.str("plan")?).cap();
    let used = row.count("used")?;
    Ok(match limit {
        Some(limit) if used > limit => Quota::Exceeded { limit },
        Some(_) | None => Quota::Within,
    })
}

/// Whether an organization on that plan takes one message more, for an early answer. What counts is
/// said when the message is counted.
///
/// # Errors
/// When the database cannot answer.
pub async fn has_room(
    tx: &mut Tx,
    _scope: &SystemScope,
    (organization, plan): (OrganizationId, &str),
    plans: &Plans,
    now: Timestamp,
) -> Result<bool> {
    let Some(limit) = plans.get(plan).cap() else {
        return Ok(true);
    };
    Ok(sum(tx, organization, Month::of(now)).await?.used() < limit)
}

/// What the permission's organization used in a month.
///
/// # Errors
/// When the database cannot answer.
pub async fn of_month(tx: &mut Tx, permission: &Permission, month: Month) -> Result<Usage> {
    sum(tx, permission.organization(), month).await
}

async fn sum(tx: &mut Tx, organization: OrganizationId, month: Month) -> Result<Usage> {
    let row = tx
        .query_one(
            "SELECT CAST(COALESCE(SUM(sent), 0) AS BIGINT) AS sent, CAST(COALESCE(SUM(received), 0) AS BIGINT) AS received \
             FROM usage_counters WHERE organization_id = $1 AND period_start = $2",
            &params![organization, month.start()],
        )
        .await?;
    from_row(&row)
}

/// What the permission's organization used month by month, the newest first; months without any are
/// not there.
///
/// # Errors
/// When the database cannot answer.
pub async fn by_month(
    tx: &mut Tx,
    permission: &Permission,
    since: Month,
) -> Result<Vec<(Month, Usage)>> {
    let rows = tx
        .query(
            "SELECT period_start, CAST(SUM(sent) AS BIGINT) AS sent, CAST(SUM(received) AS BIGINT) AS received \
             FROM usage_counters WHERE organization_id = $1 AND period_start >= $2 \
             GROUP BY period_start ORDER BY period_start DESC",
            &params![permission.organization(), since.start()],
        )
        .await?;
    let month = |row: &Row| Ok((Month::of(row.timestamp("period_start")?), from_row(row)?));
    rows.iter().map(month).collect()
}

fn from_row(row: &Row) -> Result<Usage> {
    Ok(Usage {
        sent: row.count("sent")?,
        received: row.count("received")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_spread_and_never_the_first() {
        assert_eq!(lane("0195a000-0000-7000-8000-000000000000"), 1);
        assert_eq!(lane("0195a000-0000-7000-8000-00000000000f"), LANES);
        assert_eq!(lane(""), 1);
    }
}
