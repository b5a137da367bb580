//! Growing a new sender's volume: how much a domain may send on a day, and what the day's outcomes
//! make of the next one (api.md §12, §20.10).
//!
//! Everything here is a pure function of the plan and of counts. Days are UTC; a plan speaks of one
//! day and [`WarmingPlan::next`] makes the plan of the day after it. A day that is judged bad halves
//! the limit and is no step; so is every day until a good one. A paused plan stays as it is.

mod allowance;
mod judgement;
mod sent;
mod share;
#[cfg(test)]
mod tests;

pub use allowance::{Allowance, SendingLimit, UNLIMITED_SENDS, WarmingWindow};
pub use judgement::Obstacle;
pub use sent::{SentSince, SentSoFar};
pub use share::{
    ProviderAllowance, ProviderPlace, ProviderShare, ProviderShares, leaves_more_room,
};

use crate::word::words;
use crate::{Counts, Day, Domain, Timestamp};

words! {
    /// Where a domain stands.
    pub enum WarmingPhase {
        /// It has no plan yet, and nothing may be sent.
        NotStarted = "not_started",
        /// Weeks 1 and 2.
        Phase1 = "phase_1",
        /// Weeks 3 and 4.
        Phase2 = "phase_2",
        /// Weeks 5 and 6.
        Phase3 = "phase_3",
        /// Weeks 7 and 8.
        Phase4 = "phase_4",
        /// Done: no limit.
        Warmed = "warmed",
    }
}

impl WarmingPhase {
    /// The phase that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::NotStarted => Self::Phase1,
            Self::Phase1 => Self::Phase2,
            Self::Phase2 => Self::Phase3,
            Self::Phase3 => Self::Phase4,
            Self::Phase4 | Self::Warmed => Self::Warmed,
        }
    }

    /// Whether its days have limits that grow.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        matches!(
            self,
            Self::Phase1 | Self::Phase2 | Self::Phase3 | Self::Phase4
        )
    }
}

words! {
    /// What a day led to, or what somebody did on it.
    pub enum WarmingEvent {
        /// Warming began.
        Started = "started",
        /// The next phase begins.
        Advanced = "advanced",
        /// The last phase is over.
        Warmed = "warmed",
        /// The phase is long enough, and what came of its mail is not good enough to go on.
        Waited = "waited",
        /// A bad day: half as much may be sent.
        Held = "held",
        /// A good day after bad ones: as much may be sent as before them.
        Released = "released",
        /// Somebody paused it.
        Paused = "paused",
        /// Somebody resumed it.
        Resumed = "resumed",
        /// Somebody ended it.
        Skipped = "skipped",
    }
}

/// Whether senders are held to the limits of their plans (`POSTSCALE_WARMING`). Plans go on in either
/// case: what is switched on again finds every domain where its mail brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WarmingLimits {
    /// They are.
    #[default]
    Enforced,
    /// They are not.
    Ignored,
}

/// What a domain may send on a day, and how far its phase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WarmingPlan {
    /// Where the domain stands.
    pub phase: WarmingPhase,
    /// Days of the phase that counted.
    pub step: u16,
    /// Bad days since the last good one; each halves the limit.
    pub halvings: u8,
    /// The day it speaks of.
    pub day: Day,
    /// When warming began.
    pub started_at: Timestamp,
    /// When the phase began.
    pub phase_started_at: Timestamp,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
}

impl WarmingPlan {
    /// Days of a phase before the next one begins.
    pub const PHASE_DAYS: u16 = 14;

    /// A plan that begins with a phase now.
    #[must_use]
    pub const fn begun(phase: WarmingPhase, now: Timestamp) -> Self {
        Self {
            phase,
            step: 0,
            halvings: 0,
            day: Day::of(now),
            started_at: now,
            phase_started_at: now,
            paused_at: None,
        }
    }

    /// Whether warming begins by itself for a domain as it is now: it sends, and the receivers can
    /// tell its mail.
    #[must_use]
    pub const fn begins_for(domain: &Domain) -> bool {
        domain.domain_type.sends() && (domain.spf_verified || domain.dkim_verified)
    }

    /// The plan of a domain that begins another phase now. What bad days took it keeps taken.
    #[must_use]
    pub const fn in_phase(self, phase: WarmingPhase, now: Timestamp) -> Self {
        Self {
            started_at: self.started_at,
            halvings: if phase.is_limited() { self.halvings } else { 0 },
            ..Self::begun(phase, now)
        }
    }

    /// Paused from now on. It stays as it is until it is resumed.
    #[must_use]
    pub fn paused(self, now: Timestamp) -> Self {
        Self {
            paused_at: self.paused_at.or(Some(now)),
            ..self
        }
    }

    /// Not paused.
    #[must_use]
    pub const fn resumed(self) -> Self {
        Self {
            paused_at: None,
            ..self
        }
    }

    /// Whether a bad day halved the limit.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.halvings > 0
    }

    /// Whether somebody paused it.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// What may be sent on its day.
    #[must_use]
    pub fn allowance(&self) -> Allowance {
        Allowance::of(self.phase, self.step, self.halvings)
    }

    /// What is to be better in seven days before the next phase begins.
    #[must_use]
    pub fn obstacles(week: &Counts) -> Vec<Obstacle> {
        judgement::obstacles(week)
    }

    /// The plan of the day after, given what came of its day and of the seven days that end with it;
    /// and what is to be told of it.
    #[must_use]
    pub fn next(&self, day: &Counts, week: &Counts) -> (Self, Option<WarmingEvent>) {
        let tomorrow = Self {
            day: self.day.after(1),
            ..*self
        };
        if self.is_paused() || !self.phase.is_limited() {
            return (tomorrow, None);
        }
        if judgement::is_bad(day) {
            return (tomorrow.halved(), Some(WarmingEvent::Held));
        }
        if self.is_held() {
            return tomorrow.released(day);
        }
        tomorrow.stepped(week)
    }

    /// The plans of the days to come if each of them goes well, until there is no limit any more. A
    /// paused plan leads nowhere.
    pub fn forecast(self) -> impl Iterator<Item = Self> {
        let good = Counts {
            sent: judgement::WEEK_SENT_MIN,
            delivered: judgement::WEEK_SENT_MIN,
            ..Counts::default()
        };
        let next = move |plan: &Self| {
            let goes_on = plan.phase.is_limited() && !plan.is_paused();
            goes_on.then(|| plan.next(&good, &good).0)
        };
        std::iter::successors(next(&self), next).take_while(|plan| plan.phase.is_limited())
    }

    fn halved(self) -> Self {
        Self {
            halvings: self.halvings.saturating_add(1),
            ..self
        }
    }

    /// A day without mail proves nothing.
    fn released(self, day: &Counts) -> (Self, Option<WarmingEvent>) {
        if day.sent == 0 {
            return (self, None);
        }
        let released = Self {
            halvings: 0,
            ..self
        };
        (released, Some(WarmingEvent::Released))
    }

    fn stepped(self, week: &Counts) -> (Self, Option<WarmingEvent>) {
        let step = self.step.saturating_add(1);
        if step < Self::PHASE_DAYS {
            return (Self { step, ..self }, None);
        }
        if !Self::obstacles(week).is_empty() {
            return (Self { step, ..self }, Some(WarmingEvent::Waited));
        }
        let phase = self.phase.next();
        let begins_at = self.day.start();
        let advanced = self.in_phase(phase, begins_at);
        let event = match advanced.phase {
            WarmingPhase::Warmed => WarmingEvent::Warmed,
            _ => WarmingEvent::Advanced,
        };
        (advanced, Some(event))
    }
}
