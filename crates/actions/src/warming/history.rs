//! How a domain's plan grew.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{Day, Domain};
use postscale_store::warming::{self, WarmingDay};

use crate::{App, Result};

/// The days of a plan.
#[derive(Debug)]
pub struct History {
    /// The domain.
    pub domain: Domain,
    /// How many days were asked for.
    pub asked: u16,
    /// Those that had a plan, the earliest first.
    pub days: Vec<WarmingDay>,
}

/// The last so many days of a domain's plan.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Invalid`](postscale_model::Invalid).
pub async fn history(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    asked: Late<u16>,
) -> Result<History> {
    let mut tx = app.store.read().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::WARMING_READ, domain)
        .await?;
    let asked = asked.after(&domain)?;
    let today = Day::of(app.sources.now());
    let days = warming::history(&mut tx, &domain, (asked, today)).await?;
    Ok(History {
        domain: domain.into_inner(),
        asked,
        days,
    })
}
