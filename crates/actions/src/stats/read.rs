//! The figures of one domain.

use postscale_access::{Caller, DomainRef, Gate, Late, Readable, action};
use postscale_model::{Counts, Day, Domain, Hour, Isp};
use postscale_store::{
    Tx,
    stats::{self, Labelled},
};

use super::TAGS_MAX;
use crate::{App, Result};

/// A domain in a few numbers.
#[derive(Debug)]
pub struct Summary {
    /// The domain.
    pub domain: Domain,
    /// How many days are summed up, today the last.
    pub days: u16,
    /// Their sum.
    pub total: Counts,
    /// Today's part of it.
    pub today: Counts,
    /// This hour's.
    pub this_hour: Counts,
}

/// Figures of a domain, one row for each `L`.
#[derive(Debug)]
pub struct Figures<L> {
    /// The domain.
    pub domain: Domain,
    /// Of how many days or hours.
    pub count: u16,
    /// The rows.
    pub rows: Vec<(L, Counts)>,
}

/// Everything about a domain's mail, of one moment.
#[derive(Debug)]
pub struct DomainStats {
    /// The domain.
    pub domain: Domain,
    /// Day by day, the earliest first.
    pub days: Vec<(Day, Counts)>,
    /// Provider by provider, that with most mail first.
    pub isps: Vec<Labelled<Isp>>,
    /// Tag by tag, at most [`TAGS_MAX`].
    pub tags: Vec<Labelled<Option<String>>>,
}

async fn readable(tx: &mut Tx, caller: &Caller, domain: &DomainRef) -> Result<Readable<Domain>> {
    let mut gate = Gate::open(tx, caller).await?;
    Ok(gate.domain(action::STATS_READ, domain).await?)
}

/// A domain in a few numbers.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Invalid`](postscale_model::Invalid).
pub async fn summary(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    days: Late<u16>,
) -> Result<Summary> {
    let mut tx = app.store.read().await?;
    let domain = readable(&mut tx, caller, domain).await?;
    let days = days.after(&domain)?;
    let now = caller.received_at();
    let of_days = stats::by_day(&mut tx, &domain, (days, Day::of(now))).await?;
    let of_hour = stats::by_hour(&mut tx, &domain, (1, Hour::of(now))).await?;
    let last = |counts: Option<Counts>| counts.unwrap_or_default();
    Ok(Summary {
        days,
        total: of_days.iter().map(|(_, counts)| *counts).sum(),
        today: last(of_days.last().map(|(_, counts)| *counts)),
        this_hour: last(of_hour.last().map(|(_, counts)| *counts)),
        domain: domain.into_inner(),
    })
}

/// A domain day by day, the earliest first.
///
/// # Errors
/// As [`summary`].
pub async fn daily(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    days: Late<u16>,
) -> Result<Figures<Day>> {
    let mut tx = app.store.read().await?;
    let domain = readable(&mut tx, caller, domain).await?;
    let count = days.after(&domain)?;
    let last = Day::of(caller.received_at());
    Ok(Figures {
        count,
        rows: stats::by_day(&mut tx, &domain, (count, last)).await?,
        domain: domain.into_inner(),
    })
}

/// A domain hour by hour, the earliest first.
///
/// # Errors
/// As [`summary`].
pub async fn hourly(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    hours: Late<u16>,
) -> Result<Figures<Hour>> {
    let mut tx = app.store.read().await?;
    let domain = readable(&mut tx, caller, domain).await?;
    let count = hours.after(&domain)?;
    let last = Hour::of(caller.received_at());
    Ok(Figures {
        count,
        rows: stats::by_hour(&mut tx, &domain, (count, last)).await?,
        domain: domain.into_inner(),
    })
}

/// A domain by the providers its mail goes to, that with most of it first.
///
/// # Errors
/// As [`summary`].
pub async fn isps(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    days: Late<u16>,
) -> Result<Figures<Isp>> {
    let mut tx = app.store.read().await?;
    let domain = readable(&mut tx, caller, domain).await?;
    let count = days.after(&domain)?;
    let last = Day::of(caller.received_at());
    let found = stats::by_isp(&mut tx, &domain, (count, last)).await?;
    Ok(Figures {
        count,
        rows: found.into_iter().map(pair).collect(),
        domain: domain.into_inner(),
    })
}

/// A domain by the tags of its mail, those with most of it first, at most so many. No tag stands for
/// those that were too many on their day.
///
/// # Errors
/// As [`summary`].
pub async fn tags(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    input: Late<(u16, u32)>,
) -> Result<Figures<Option<String>>> {
    let mut tx = app.store.read().await?;
    let domain = readable(&mut tx, caller, domain).await?;
    let (count, limit) = input.after(&domain)?;
    let last = Day::of(caller.received_at());
    let found = stats::by_tag(&mut tx, &domain, (count, last), limit).await?;
    Ok(Figures {
        count,
        rows: found.into_iter().map(pair).collect(),
        domain: domain.into_inner(),
    })
}

fn pair<L>(one: Labelled<L>) -> (L, Counts) {
    (one.label, one.counts)
}

/// Everything about a domain's mail, for the page that shows it.
///
/// # Errors
/// As [`summary`].
pub async fn page(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    days: Late<u16>,
) -> Result<DomainStats> {
    let mut tx = app.store.read().await?;
    let domain = readable(&mut tx, caller, domain).await?;
    let days = (days.after(&domain)?, Day::of(caller.received_at()));
    Ok(DomainStats {
        days: stats::by_day(&mut tx, &domain, days).await?,
        isps: stats::by_isp(&mut tx, &domain, days).await?,
        tags: stats::by_tag(&mut tx, &domain, days, TAGS_MAX).await?,
        domain: domain.into_inner(),
    })
}
