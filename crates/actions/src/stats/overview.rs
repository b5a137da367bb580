//! The figures of everything somebody sees.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Counts, Day, DomainId, DomainName, Hour};
use postscale_store::stats::{self, Labelled};

use crate::{App, Result};

/// Domains told apart.
const DOMAINS_MAX: u32 = 20;

/// The domains somebody sees, taken together.
#[derive(Debug)]
pub struct Overview {
    /// Day by day, the earliest first.
    pub days: Vec<(Day, Counts)>,
    /// This hour.
    pub this_hour: Counts,
    /// Those with most mail.
    pub domains: Vec<Labelled<(DomainId, DomainName)>>,
}

/// The last so many days of all domains the caller sees.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Invalid`](postscale_model::Invalid).
pub async fn overview(app: &App, caller: &Caller, days: Late<u16>) -> Result<Overview> {
    let mut tx = app.store.read().await?;
    let scope = Gate::open(&mut tx, caller)
        .await?
        .scope(action::STATS_OVERVIEW)?;
    let now = caller.received_at();
    let days = (days.after(&scope)?, Day::of(now));
    Ok(Overview {
        days: stats::by_day_of_visible(&mut tx, &scope, days, now).await?,
        this_hour: stats::hour_of_visible(&mut tx, &scope, Hour::of(now), now).await?,
        domains: stats::by_domain(&mut tx, &scope, days, (DOMAINS_MAX, now)).await?,
    })
}
