//! What the reports about a domain add up to.

use postscale_access::{Caller, DomainRef, Gate, Granted, Late, action};
use postscale_model::{Domain, PublishedPolicy};
use postscale_store::{
    Tx,
    dmarc_report::{self, Figures},
};

use super::{Advice, Days, advise};
use crate::{App, Result};

/// What the reports about a domain add up to in some days.
#[derive(Debug)]
pub struct Summary {
    /// How many days.
    pub days: Days,
    /// The figures.
    pub figures: Figures,
    /// The policy the latest report found.
    pub policy: PublishedPolicy,
    /// What a stricter one would cost.
    pub advice: Advice,
}

/// What the reports about a domain add up to.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Invalid`](postscale_model::Invalid).
pub async fn summary(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    days: Late<Days>,
) -> Result<Summary> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DMARC_REPORT_LIST, domain).await?;
    let days = days.after(&domain)?;
    of(app, &mut tx, &domain, days).await
}

pub(super) async fn of<C>(
    app: &App,
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    days: Days,
) -> Result<Summary> {
    let window = days.window(app.sources.now());
    let figures = dmarc_report::summary(tx, domain, window).await?;
    let latest = dmarc_report::latest(tx, domain).await?;
    let policy = latest.map(|report| report.policy).unwrap_or_default();
    Ok(Summary {
        days,
        figures,
        advice: advise(&figures, &policy.p),
        policy,
    })
}
