//! Where a domain stands.

use postscale_access::{Caller, DomainRef, Gate, Granted, action};
use postscale_model::{
    Allowance, Counts, Day, Domain, Hour, Obstacle, SentSoFar, Timestamp, WarmingEvent,
    WarmingPhase, WarmingPlan, WarmingWindow,
};
use postscale_store::{
    Tx, stats,
    warming::{self, Warming},
};

use super::WarmingLimits;
use crate::{App, Result};

/// Days that decide about the next phase.
const WEEK: u16 = 7;

/// Where a domain stands, and what the caller may do about it.
#[derive(Debug)]
pub struct WarmingView {
    /// The domain.
    pub domain: Domain,
    /// Its plan; none before it began.
    pub plan: Option<WarmingPlan>,
    /// Whether the domain is held to it.
    pub limits: WarmingLimits,
    /// Recipients accepted today.
    pub today_sent: u64,
    /// Recipients accepted in this hour.
    pub this_hour_sent: u64,
    /// What came of today's mail so far.
    pub today: Counts,
    /// What came of the mail of seven days, today the last.
    pub week: Counts,
    /// What tomorrow brings if today goes on as it is.
    pub tomorrow: Option<Expected>,
    /// It may be started, paused and resumed.
    pub may_write: bool,
    /// It may be ended, or begin a phase ahead.
    pub may_skip: bool,
}

/// A day to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// Its plan.
    pub plan: WarmingPlan,
    /// What today leads to.
    pub event: Option<WarmingEvent>,
}

impl WarmingView {
    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> WarmingPhase {
        self.plan
            .map_or(WarmingPhase::NotStarted, |plan| plan.phase)
    }

    /// What may be sent.
    #[must_use]
    pub fn allowance(&self) -> Allowance {
        match (&self.plan, self.limits) {
            (None, _) => Allowance::NONE,
            (Some(_), WarmingLimits::Ignored) => Allowance::UNLIMITED,
            (Some(plan), WarmingLimits::Enforced) => plan.allowance(),
        }
    }

    /// What may still be sent today, and in this hour.
    #[must_use]
    pub fn remaining(&self) -> (u64, u64) {
        let allowance = self.allowance();
        let today = allowance.daily.saturating_sub(self.today_sent);
        let this_hour = allowance.hourly.saturating_sub(self.this_hour_sent);
        (today, this_hour.min(today))
    }

    /// What keeps the next phase from beginning, besides its days.
    #[must_use]
    pub fn obstacles(&self) -> Vec<Obstacle> {
        match self.plan {
            Some(plan) if plan.phase.is_limited() => WarmingPlan::obstacles(&self.week),
            Some(_) | None => Vec::new(),
        }
    }

    /// Whether its messages are held against limits.
    fn is_limited(&self) -> bool {
        self.limits == WarmingLimits::Enforced && self.phase().is_limited()
    }
}

/// Where a domain stands.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn get(app: &App, caller: &Caller, domain: &DomainRef) -> Result<WarmingView> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::WARMING_READ, domain).await?;
    let may_write = gate.also(action::WARMING_START, &domain);
    let may_skip = gate.also(action::WARMING_SKIP, &domain);
    let found = warming::find(&mut tx, &domain).await?;
    let view = view(app, &mut tx, domain, found).await?;
    Ok(WarmingView {
        may_write,
        may_skip,
        ..view
    })
}

/// A domain as it stands with that plan; what its reader may do is not said.
pub(super) async fn view<C>(
    app: &App,
    tx: &mut Tx,
    domain: Granted<Domain, C>,
    found: Option<Warming>,
) -> Result<WarmingView> {
    let now = app.sources.now();
    let days = stats::by_day(tx, &domain, (WEEK, Day::of(now))).await?;
    let today = days.last().map(|(_, counts)| *counts).unwrap_or_default();
    let week: Counts = days.into_iter().map(|(_, counts)| counts).sum();
    let plan = found.map(|found| found.plan);
    let mut view = WarmingView {
        plan,
        limits: app.warming,
        today_sent: today.sent,
        this_hour_sent: 0,
        today,
        week,
        tomorrow: plan.map(|plan| expected(&plan, &today, &week)),
        may_write: false,
        may_skip: false,
        domain: Domain::clone(&domain),
    };
    match found {
        Some(Warming { sent, .. }) if view.is_limited() => counted(&mut view, &sent, now),
        Some(_) | None => {
            let hours = stats::by_hour(tx, &domain, (1, Hour::of(now))).await?;
            view.this_hour_sent = hours.iter().map(|(_, counts)| counts.sent).sum();
        }
    }
    Ok(view)
}

fn expected(plan: &WarmingPlan, today: &Counts, week: &Counts) -> Expected {
    let (plan, event) = plan.next(today, week);
    Expected { plan, event }
}

/// What messages are held against, to the recipient.
fn counted(view: &mut WarmingView, sent: &SentSoFar, now: Timestamp) {
    view.today_sent = sent.within(WarmingWindow::Day, now).recipients;
    view.this_hour_sent = sent.within(WarmingWindow::Hour, now).recipients;
}
