//! Where a domain stands.

use postscale_access::{Caller, DomainRef, Gate, Granted, action};
use postscale_model::{
    Allowance, Counts, Day, Domain, Hour, Isp, Obstacle, ProviderShare, SentSoFar, Timestamp,
    WarmingEvent, WarmingPhase, WarmingPlan, WarmingWindow,
};
use postscale_store::{
    Tx, recipient, stats,
    warming::{
        self, Warming,
        share::{self, SharedProvider},
    },
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
    /// The providers that get no more than a share of it.
    pub providers: Vec<ProviderLimit>,
    /// Recipients that wait for another day for it.
    pub awaiting: u64,
    /// It may be started, paused, resumed and paced.
    pub may_write: bool,
    /// It may be ended, or begin a phase ahead.
    pub may_skip: bool,
}

/// What one provider gets at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderLimit {
    /// Which one.
    pub isp: Isp,
    /// Its share of a day's limit.
    pub share: ProviderShare,
    /// Recipients that is today.
    pub daily_limit: u64,
    /// Recipients that have their place today.
    pub used_today: u64,
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
        providers: Vec::new(),
        awaiting: 0,
        may_write: false,
        may_skip: false,
        domain: Domain::clone(&domain),
    };
    share_out(&mut view, tx, &domain, now).await?;
    match found {
        Some(Warming { sent, .. }) if view.is_limited() => counted(&mut view, &sent, now),
        Some(_) | None => {
            let hours = stats::by_hour(tx, &domain, (1, Hour::of(now))).await?;
            view.this_hour_sent = hours.iter().map(|(_, counts)| counts.sent).sum();
        }
    }
    Ok(view)
}

/// What single providers get of it.
async fn share_out<C>(
    view: &mut WarmingView,
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    now: Timestamp,
) -> Result<()> {
    let shared = share::list(tx, domain).await?;
    if !shared.is_empty() {
        view.awaiting = recipient::count_awaiting_of(tx, domain).await?;
    }
    let daily = view.allowance().daily;
    let limits = shared.iter().map(|it| limit_of(it, daily, now));
    view.providers = limits.collect();
    Ok(())
}

fn limit_of(it: &SharedProvider, daily: u64, now: Timestamp) -> ProviderLimit {
    ProviderLimit {
        isp: it.isp,
        share: it.share,
        daily_limit: it.share.of(daily),
        used_today: it.sent.at(WarmingWindow::Day, now).recipients,
    }
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
