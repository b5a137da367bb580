//! Where a domain stands, on the wire.

use std::collections::BTreeMap;

use postscale_actions::warming::{Expected, ProviderLimit, WarmingLimits, WarmingView};
use postscale_model::{Allowance, WarmingPlan, Word as _};
use serde::Serialize;
use utoipa::ToSchema;

/// Where a domain stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WarmingBody {
    domain_id: String,
    domain: String,
    /// `not_started`, `phase_1` to `phase_4`, or `warmed`.
    phase: &'static str,
    warming_started_at: Option<String>,
    phase_started_at: Option<String>,
    /// Days of the phase that counted: neither those on which it was paused nor bad ones.
    days_in_current_phase: u16,
    /// Days a phase has at least.
    phase_days: u16,
    current_limits: CurrentLimitsBody,
    /// Recipients accepted today (UTC).
    today_sent: u64,
    this_hour_sent: u64,
    remaining_today: u64,
    remaining_this_hour: u64,
    /// The limits stay as they are until it is resumed; mail is sent all the same.
    paused: bool,
    paused_at: Option<String>,
    /// A day went badly: the limit is halved until a good one.
    held: bool,
    /// Whether this instance holds senders to their limits at all.
    enforced: bool,
    last_seven_days: OutcomesBody,
    /// What is to be better before the next phase begins: of `volume`, `delivery`, `bounces` and
    /// `complaints`.
    obstacles: Vec<&'static str>,
    /// What tomorrow brings if today goes on as it is.
    tomorrow: Option<TomorrowBody>,
    /// Percent of a day's limit that single mailbox providers get at most.
    provider_shares: BTreeMap<&'static str, u8>,
    /// What that is today. Recipients beyond it wait for the next day.
    provider_limits: Vec<ProviderLimitBody>,
    /// Recipients that wait for another day because their provider's share is used up.
    provider_waiting: u64,
}

/// Recipients that may be accepted.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CurrentLimitsBody {
    daily_limit: u64,
    hourly_limit: u64,
    per_minute_limit: u64,
}

/// What came of mail.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OutcomesBody {
    sent: u64,
    delivered: u64,
    bounced: u64,
    complained: u64,
    delivery_rate: f64,
    bounce_rate: f64,
    complaint_rate: f64,
}

/// What one provider gets at most.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProviderLimitBody {
    provider: &'static str,
    /// Percent.
    share: u8,
    daily_limit: u64,
    /// Recipients that have their place today (UTC), delivered or still tried.
    used_today: u64,
}

/// A day to come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TomorrowBody {
    phase: &'static str,
    daily_limit: u64,
    held: bool,
    /// What today leads to, in a word as in the history.
    event: Option<&'static str>,
}

impl From<Allowance> for CurrentLimitsBody {
    fn from(allowance: Allowance) -> Self {
        Self {
            daily_limit: allowance.daily,
            hourly_limit: allowance.hourly,
            per_minute_limit: allowance.per_minute,
        }
    }
}

impl From<Expected> for TomorrowBody {
    fn from(Expected { plan, event }: Expected) -> Self {
        Self {
            phase: plan.phase.as_str(),
            daily_limit: plan.allowance().daily,
            held: plan.is_held(),
            event: event.map(|event| event.as_str()),
        }
    }
}

impl From<ProviderLimit> for ProviderLimitBody {
    fn from(it: ProviderLimit) -> Self {
        Self {
            provider: it.isp.as_str(),
            share: it.share.percent(),
            daily_limit: it.daily_limit,
            used_today: it.used_today,
        }
    }
}

impl From<WarmingView> for WarmingBody {
    fn from(it: WarmingView) -> Self {
        let (remaining_today, remaining_this_hour) = it.remaining();
        let plan = it.plan.as_ref();
        let obstacles = it.obstacles().into_iter();
        let providers = || it.providers.iter();
        Self {
            phase: it.phase().as_str(),
            warming_started_at: plan.map(|plan| plan.started_at.to_rfc3339()),
            phase_started_at: plan.map(|plan| plan.phase_started_at.to_rfc3339()),
            days_in_current_phase: plan.map_or(0, |plan| plan.step),
            phase_days: WarmingPlan::PHASE_DAYS,
            current_limits: it.allowance().into(),
            today_sent: it.today_sent,
            this_hour_sent: it.this_hour_sent,
            remaining_today,
            remaining_this_hour,
            paused: plan.is_some_and(WarmingPlan::is_paused),
            paused_at: plan
                .and_then(|plan| plan.paused_at)
                .map(|at| at.to_rfc3339()),
            held: plan.is_some_and(WarmingPlan::is_held),
            enforced: it.limits == WarmingLimits::Enforced,
            last_seven_days: OutcomesBody {
                sent: it.week.sent,
                delivered: it.week.delivered,
                bounced: it.week.bounced,
                complained: it.week.complained,
                delivery_rate: it.week.delivery_rate().as_fraction(),
                bounce_rate: it.week.bounce_rate().as_fraction(),
                complaint_rate: it.week.complaint_rate().as_fraction(),
            },
            obstacles: obstacles.map(|obstacle| obstacle.as_str()).collect(),
            tomorrow: it.tomorrow.map(Into::into),
            provider_waiting: it.awaiting,
            provider_shares: providers()
                .map(|of| (of.isp.as_str(), of.share.percent()))
                .collect(),
            provider_limits: providers().copied().map(Into::into).collect(),
            domain_id: it.domain.id.to_string(),
            domain: it.domain.name.to_string(),
        }
    }
}
