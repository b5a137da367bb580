//! How much may be sent: by day, hour and minute.

use std::time::Duration;

use super::{SentSoFar, WarmingPhase, WarmingPlan};
use crate::word::words;
use crate::{Timestamp, Word as _};

/// What "no limit" is as a number: clients of the public API want one.
pub const UNLIMITED_SENDS: u64 = 1_000_000_000;
/// Recipients a day that bad days leave at least, so that a good day remains possible.
const DAILY_MIN: u64 = 10;
/// Recipients an hour at least.
const HOURLY_MIN: u64 = 10;
/// Recipients a minute at least.
const PER_MINUTE_MIN: u64 = 2;

words! {
    /// What a limit is about, the longest first.
    pub enum WarmingWindow {
        /// A day.
        Day = "daily",
        /// An hour.
        Hour = "hourly",
        /// A minute.
        Minute = "minute",
    }
}

impl WarmingWindow {
    /// How long it is.
    #[must_use]
    pub const fn length(self) -> Duration {
        match self {
            Self::Day => Duration::from_secs(24 * 3600),
            Self::Hour => Duration::from_secs(3600),
            Self::Minute => Duration::from_secs(60),
        }
    }

    /// When the one began that an instant is in.
    #[must_use]
    pub fn start(self, at: Timestamp) -> Timestamp {
        let length = self.length().as_secs().cast_signed() * 1_000_000;
        Timestamp::from_micros(at.micros() - at.micros().rem_euclid(length))
    }

    /// What people call it, before `sending limit`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "daily",
            Self::Hour => "hourly",
            Self::Minute => "per-minute",
        }
    }
}

/// Recipients that may be accepted, counted at acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// In a UTC day.
    pub daily: u64,
    /// In an hour.
    pub hourly: u64,
    /// In a minute.
    pub per_minute: u64,
}

impl Allowance {
    /// No limit.
    pub const UNLIMITED: Self = Self {
        daily: UNLIMITED_SENDS,
        hourly: UNLIMITED_SENDS,
        per_minute: UNLIMITED_SENDS,
    };
    /// Nothing at all.
    pub const NONE: Self = Self {
        daily: 0,
        hourly: 0,
        per_minute: 0,
    };

    /// That of a day of a phase: it grows geometrically from one end of the phase's range to the
    /// other, and each of so many halvings halves it.
    pub(super) fn of(phase: WarmingPhase, step: u16, halvings: u8) -> Self {
        match range(phase) {
            Some(range) => Self::of_day(halved(grown(range, step), halvings)),
            None if phase == WarmingPhase::Warmed => Self::UNLIMITED,
            None => Self::NONE,
        }
    }

    /// That of a day with such a limit.
    #[must_use]
    pub const fn of_day(daily: u64) -> Self {
        let hourly = at_least(daily / 10, HOURLY_MIN);
        Self {
            daily,
            hourly,
            per_minute: at_least(hourly / 25, PER_MINUTE_MIN),
        }
    }

    /// The limit of a window.
    #[must_use]
    pub const fn within(self, window: WarmingWindow) -> u64 {
        match window {
            WarmingWindow::Day => self.daily,
            WarmingWindow::Hour => self.hourly,
            WarmingWindow::Minute => self.per_minute,
        }
    }
}

/// Recipients a day, on the first day and on the last one of a phase.
const fn range(phase: WarmingPhase) -> Option<(u32, u32)> {
    match phase {
        WarmingPhase::Phase1 => Some((50, 1_500)),
        WarmingPhase::Phase2 => Some((2_000, 10_000)),
        WarmingPhase::Phase3 => Some((15_000, 60_000)),
        WarmingPhase::Phase4 => Some((100_000, 200_000)),
        WarmingPhase::NotStarted | WarmingPhase::Warmed => None,
    }
}

fn grown((low, high): (u32, u32), step: u16) -> u64 {
    let last = WarmingPlan::PHASE_DAYS - 1;
    let (low, high) = (f64::from(low), f64::from(high));
    let way = f64::from(step.min(last)) / f64::from(last);
    let limit = (low * (high / low).powf(way)).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number between the ends of a range"
    )]
    let limit = limit as u64;
    limit
}

fn halved(daily: u64, halvings: u8) -> u64 {
    let half = daily.checked_shr(halvings.into()).unwrap_or_default();
    half.max(DAILY_MIN)
}

const fn at_least(number: u64, least: u64) -> u64 {
    if number < least { least } else { number }
}

/// A limit that a message would go beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendingLimit {
    /// Which one.
    pub window: WarmingWindow,
    /// Recipients in it.
    pub limit: u64,
    /// Recipients accepted in it so far.
    pub used: u64,
    /// Recipients of the message.
    pub asked: u64,
    /// Where the domain stands.
    pub phase: WarmingPhase,
    /// Seconds until the message may be tried again.
    pub retry_after_seconds: u64,
}

impl SendingLimit {
    /// What is in the way of a message to so many at an instant: of the windows without room for it,
    /// the one that lasts longest.
    #[must_use]
    pub fn reached(
        plan: &WarmingPlan,
        sent: &SentSoFar,
        asked: u64,
        now: Timestamp,
    ) -> Option<Self> {
        let allowance = plan.allowance();
        let is_full = |window: &WarmingWindow| {
            let used = sent.within(*window, now).recipients;
            used.saturating_add(asked) > allowance.within(*window)
        };
        let window = WarmingWindow::ALL.iter().copied().find(is_full)?;
        let limit = allowance.within(window);
        // One that is larger than the whole window waits for the limits of another day.
        let until = if asked > limit {
            WarmingWindow::Day
        } else {
            window
        };
        let end = sent.within(until, now).start.plus(until.length());
        Some(Self {
            window,
            limit,
            used: sent.within(window, now).recipients,
            asked,
            phase: plan.phase,
            retry_after_seconds: whole_seconds(end.since(now)),
        })
    }

    /// Whether the message alone is too large for the window, however empty it is.
    #[must_use]
    pub const fn is_for_fewer(&self) -> bool {
        self.asked > self.limit
    }
}

/// Rounded up: a second earlier would be too early.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

impl std::fmt::Display for SendingLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (label, limit) = (self.window.label(), self.limit);
        if self.is_for_fewer() {
            let asked = self.asked;
            return write!(
                f,
                "{label} sending limit of {limit} recipients is less than the {asked} of this message; \
                 send it to fewer at once"
            );
        }
        write!(f, "{label} sending limit of {limit} recipients reached")
    }
}
