//! What the reports about a domain add up to by day.

use postscale_access::{Caller, DomainRef, Gate, Granted, Late, action};
use postscale_model::{DmarcTotals, Domain};
use postscale_store::{
    Tx,
    dmarc_report::{self, DayFigures},
};

use super::{DAY, Days};
use crate::{App, Result};

/// The days, each with its figures.
#[derive(Debug)]
pub struct Daily {
    /// The domain.
    pub domain: Domain,
    /// How many.
    pub days: Days,
    /// In order, those without reports as well.
    pub rows: Vec<DayFigures>,
}

/// What the reports about a domain add up to by day.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Invalid`](postscale_model::Invalid).
pub async fn daily(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    days: Late<Days>,
) -> Result<Daily> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_LIST, domain).await?;
    let days = days.after(&domain)?;
    let rows = of(app, &mut tx, &domain, days).await?;
    Ok(Daily {
        domain: domain.into_inner(),
        days,
        rows,
    })
}

pub(super) async fn of<C>(
    app: &App,
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    days: Days,
) -> Result<Vec<DayFigures>> {
    let window = days.window(app.sources.now());
    let mut found = dmarc_report::days(tx, domain, window)
        .await?
        .into_iter()
        .peekable();
    let row = |index| {
        let day = window.from.plus(DAY * index);
        found
            .next_if(|known| known.day == day)
            .unwrap_or(DayFigures {
                day,
                totals: DmarcTotals::default(),
            })
    };
    Ok((0..days.count()).map(row).collect())
}
