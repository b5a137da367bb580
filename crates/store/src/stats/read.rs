//! What sums and journal say together. Each function is one statement, which sees one state of both.
//!
//! A `CROSS JOIN` has SQLite begin with the domains somebody sees, and not with a day of everybody's.

use std::collections::BTreeMap;

use postscale_access::{Granted, Scope, SystemScope};
use postscale_model::{Breakdown, Counts, Day, Domain, DomainId, DomainName, Hour, Isp, Timestamp};

use super::{count_columns, counts, sum_columns};
use crate::{Result, Row, Tx, params, visible};

const CLAUSES: visible::Clauses = visible::clauses!("d.id", "d.organization_id");

/// What was counted under a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled<L> {
    /// What it is about.
    pub label: L,
    /// How often what happened.
    pub counts: Counts,
}

/// The last so many days of a domain, of which `last` is the last, the earliest first. Days on which
/// nothing happened are there.
///
/// # Errors
/// When the database cannot answer.
pub async fn by_day<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    (count, last): (u16, Day),
) -> Result<Vec<(Day, Counts)>> {
    days(tx, domain.id, (count, last)).await
}

/// As [`by_day`], for work nobody asked for just now.
///
/// # Errors
/// When the database cannot answer.
pub async fn by_day_for_job(
    tx: &mut Tx,
    _scope: &SystemScope,
    domain: DomainId,
    (count, last): (u16, Day),
) -> Result<Vec<(Day, Counts)>> {
    days(tx, domain, (count, last)).await
}

async fn days(
    tx: &mut Tx,
    domain: DomainId,
    (count, last): (u16, Day),
) -> Result<Vec<(Day, Counts)>> {
    let all = last.last(count);
    let mut found = totals(
        tx,
        domain,
        (Breakdown::Day, Day::MICROS),
        between(count, last),
    )
    .await?;
    Ok(all
        .map(|day| (day, found.remove(&day.start()).unwrap_or_default()))
        .collect())
}

/// From the first of so many days on, until the last is over.
fn between(count: u16, last: Day) -> (Timestamp, Timestamp) {
    let first = last.after(1 - i64::from(count));
    (first.start(), last.after(1).start())
}

/// The last so many hours of a domain, as [`by_day`].
///
/// # Errors
/// When the database cannot answer.
pub async fn by_hour<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    (count, last): (u16, Hour),
) -> Result<Vec<(Hour, Counts)>> {
    let first = last.after(1 - i64::from(count));
    let between = (first.start(), last.after(1).start());
    let mut found = totals(tx, domain.id, (Breakdown::Hour, Hour::MICROS), between).await?;
    let counted = |hour: Hour| (hour, found.remove(&hour.start()).unwrap_or_default());
    Ok(last.last(count).map(counted).collect())
}

async fn totals(
    tx: &mut Tx,
    domain: DomainId,
    (series, micros): (Breakdown, i64),
    (from, to): (Timestamp, Timestamp),
) -> Result<BTreeMap<Timestamp, Counts>> {
    let sql = concat!(
        "SELECT at, ",
        sum_columns!(),
        " FROM (SELECT at, ",
        count_columns!(),
        " FROM stats_sums \
         WHERE domain_id = $1 AND series = $2 AND at >= $3 AND at < $4 \
         UNION ALL SELECT at - at % $5 AS at, ",
        count_columns!(),
        " FROM stats_entries \
         WHERE domain_id = $1 AND series = 'hour' AND at >= $3 AND at < $4) counted GROUP BY at",
    );
    let parameters = params![domain, series, from, to, micros];
    by_instant(&tx.query(sql, &parameters).await?)
}

fn by_instant(rows: &[Row]) -> Result<BTreeMap<Timestamp, Counts>> {
    let one = |row: &Row| Ok((row.timestamp("at")?, counts(row)?));
    rows.iter().map(one).collect()
}

/// What happened at each provider on the last so many days, those with most mail first.
///
/// # Errors
/// When the database cannot answer.
pub async fn by_isp<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    days: (u16, Day),
) -> Result<Vec<Labelled<Isp>>> {
    let rows = labels(tx, (domain.id, Breakdown::Isp), days, u32::MAX).await?;
    let labelled = |row: &Row| {
        Ok(Labelled {
            label: row.word("label")?,
            counts: counts(row)?,
        })
    };
    rows.iter().map(labelled).collect()
}

/// What happened to mail with each tag on the last so many days, at most so many tags, those with most
/// mail first. No tag stands for those that were too many on their day.
///
/// # Errors
/// When the database cannot answer.
pub async fn by_tag<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    days: (u16, Day),
    limit: u32,
) -> Result<Vec<Labelled<Option<String>>>> {
    let rows = labels(tx, (domain.id, Breakdown::Tag), days, limit).await?;
    let labelled = |row: &Row| {
        Ok(Labelled {
            label: Some(row.text("label")?).filter(|tag| !tag.is_empty()),
            counts: counts(row)?,
        })
    };
    rows.iter().map(labelled).collect()
}

async fn labels(
    tx: &mut Tx,
    (domain, series): (DomainId, Breakdown),
    (count, last): (u16, Day),
    limit: u32,
) -> Result<Vec<Row>> {
    let sql = concat!(
        "SELECT label, ",
        sum_columns!(),
        " FROM (SELECT label, ",
        count_columns!(),
        " FROM stats_sums \
         WHERE domain_id = $1 AND series = $2 AND at >= $3 AND at < $4 \
         UNION ALL SELECT label, ",
        count_columns!(),
        " FROM stats_entries \
         WHERE domain_id = $1 AND series = $2 AND at >= $3 AND at < $4) counted \
         GROUP BY label ORDER BY SUM(sent) DESC, SUM(delivered + bounced + deferred) DESC, label LIMIT $5",
    );
    let (from, to) = between(count, last);
    tx.query(sql, &params![domain, series, from, to, limit])
        .await
}

/// The last so many days of all domains somebody sees, as [`by_day`].
///
/// # Errors
/// When the database cannot answer.
pub async fn by_day_of_visible(
    tx: &mut Tx,
    scope: &Scope,
    (count, last): (u16, Day),
    now: Timestamp,
) -> Result<Vec<(Day, Counts)>> {
    let period = (Breakdown::Day, Day::MICROS);
    let mut found = of_visible(tx, scope, period, between(count, last), now).await?;
    let counted = |day: Day| (day, found.remove(&day.start()).unwrap_or_default());
    Ok(last.last(count).map(counted).collect())
}

/// An hour of all domains somebody sees.
///
/// # Errors
/// When the database cannot answer.
pub async fn hour_of_visible(
    tx: &mut Tx,
    scope: &Scope,
    hour: Hour,
    now: Timestamp,
) -> Result<Counts> {
    let period = (Breakdown::Hour, Hour::MICROS);
    let between = (hour.start(), hour.after(1).start());
    let mut found = of_visible(tx, scope, period, between, now).await?;
    Ok(found.remove(&hour.start()).unwrap_or_default())
}

async fn of_visible(
    tx: &mut Tx,
    scope: &Scope,
    (series, micros): (Breakdown, i64),
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<BTreeMap<Timestamp, Counts>> {
    let clause = visible::clause(scope, &CLAUSES);
    let sql = [
        concat!(
            "SELECT at, ",
            sum_columns!(),
            " FROM (SELECT at, ",
            count_columns!(),
            " FROM domains d CROSS JOIN stats_sums s WHERE s.domain_id = d.id \
             AND series = $7 AND at >= $5 AND at < $6 AND "
        ),
        clause,
        concat!(
            " UNION ALL SELECT at - at % $8 AS at, ",
            count_columns!(),
            " FROM domains d CROSS JOIN stats_entries e WHERE e.domain_id = d.id \
             AND series = 'hour' AND at >= $5 AND at < $6 AND "
        ),
        clause,
        ") counted GROUP BY at",
    ]
    .concat();
    let mut parameters = visible::parameters(scope, now);
    parameters.extend(params![from, to, series, micros]);
    by_instant(&tx.query(&sql, &parameters).await?)
}

/// The domains somebody sees with most mail on the last so many days, at most so many.
///
/// # Errors
/// When the database cannot answer.
pub async fn by_domain(
    tx: &mut Tx,
    scope: &Scope,
    (count, last): (u16, Day),
    (limit, now): (u32, Timestamp),
) -> Result<Vec<Labelled<(DomainId, DomainName)>>> {
    let clause = visible::clause(scope, &CLAUSES);
    let sql = [
        concat!(
            "SELECT id, name, ",
            sum_columns!(),
            " FROM (SELECT d.id, d.name, ",
            count_columns!(),
            " FROM domains d CROSS JOIN stats_sums s WHERE s.domain_id = d.id \
             AND series = 'day' AND at >= $5 AND at < $6 AND "
        ),
        clause,
        concat!(
            " UNION ALL SELECT d.id, d.name, ",
            count_columns!(),
            " FROM domains d CROSS JOIN stats_entries e WHERE e.domain_id = d.id \
             AND series = 'hour' AND at >= $5 AND at < $6 AND "
        ),
        clause,
        ") counted GROUP BY id, name ORDER BY SUM(sent) DESC, SUM(received) DESC, name LIMIT $7",
    ]
    .concat();
    let (from, to) = between(count, last);
    let mut parameters = visible::parameters(scope, now);
    parameters.extend(params![from, to, limit]);
    let rows = tx.query(&sql, &parameters).await?;
    let labelled = |row: &Row| {
        Ok(Labelled {
            label: (row.id("id")?, row.id("name")?),
            counts: counts(row)?,
        })
    };
    rows.iter().map(labelled).collect()
}
