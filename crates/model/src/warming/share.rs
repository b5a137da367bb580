//! How much of a day's limit one mailbox provider may get while a domain is new.
//!
//! Whose servers take a recipient's mail is known once its MX is looked up, so a share paces delivery
//! and not acceptance: a recipient takes a place with its provider before it is carried there, and who
//! finds none waits for the next day.

use std::{collections::BTreeMap, time::Duration};

use super::{SentSince, UNLIMITED_SENDS, WarmingPlan, WarmingWindow};
use crate::word::words;
use crate::{Isp, Timestamp};

/// How long who finds no place waits for a plan that was not made today's yet: the day that is over
/// is judged at any moment, and may allow more.
const UNJUDGED: Duration = Duration::from_secs(60);

/// Percent of a day's limit, 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderShare(u8);

/// The shares of a domain. Providers that are not there have no limit of their own.
pub type ProviderShares = BTreeMap<Isp, ProviderShare>;

impl ProviderShare {
    /// So many percent; none when that is no share.
    #[must_use]
    pub fn new(percent: i64) -> Option<Self> {
        let percent = u8::try_from(percent).ok()?;
        (1..=100).contains(&percent).then_some(Self(percent))
    }

    /// As a number.
    #[must_use]
    pub const fn percent(self) -> u8 {
        self.0
    }

    /// Recipients of so many a day: rounded down, and at least one, so that no provider is shut out.
    /// Of nothing it is nothing, and of no limit no limit.
    #[must_use]
    pub fn of(self, daily: u64) -> u64 {
        match daily {
            0 => 0,
            UNLIMITED_SENDS.. => UNLIMITED_SENDS,
            _ => (daily * u64::from(self.0) / 100).max(1),
        }
    }
}

/// Whether a provider may get more than before, so that mail that waits may find a place now.
#[must_use]
pub fn leaves_more_room(before: &ProviderShares, after: &ProviderShares) -> bool {
    before.iter().any(|(isp, share)| {
        let now = after.get(isp);
        now.is_none_or(|now| now.percent() > share.percent())
    })
}

words! {
    /// A recipient's place with its provider.
    pub enum ProviderPlace {
        /// None was free: it waits for another day.
        Awaited = "awaited",
        /// It has one, and keeps it through all tries.
        Taken = "taken",
    }
}

/// The places with a provider on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderAllowance {
    /// Recipients that may be carried there.
    pub daily: u64,
    /// Those that have their places.
    pub sent: SentSince,
    /// When who finds none may ask again.
    pub until: Timestamp,
}

impl ProviderAllowance {
    /// Those at an instant, when the latest places were taken as `sent` says; none while the plan has
    /// no limit. A paused plan has the limit it was paused with.
    #[must_use]
    pub fn at(
        plan: &WarmingPlan,
        share: ProviderShare,
        sent: SentSince,
        now: Timestamp,
    ) -> Option<Self> {
        if !plan.phase.is_limited() {
            return None;
        }
        let sent = sent.at(WarmingWindow::Day, now);
        let end = sent.start.plus(WarmingWindow::Day.length());
        let is_judged = plan.day.start() >= sent.start;
        Some(Self {
            daily: share.of(plan.allowance().daily),
            sent,
            until: if is_judged {
                end
            } else {
                end.min(now.plus(UNJUDGED))
            },
        })
    }

    /// How many are free.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.daily.saturating_sub(self.sent.recipients)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Day, WarmingPhase};

    const NOON: Timestamp = Timestamp::from_seconds(1_800_014_400);

    fn share(percent: i64) -> ProviderShare {
        ProviderShare::new(percent).unwrap()
    }

    fn sent(days_ago: i64, recipients: u64) -> SentSince {
        SentSince {
            start: Day::of(NOON).after(-days_ago).start(),
            recipients,
        }
    }

    #[test]
    fn a_share_is_a_whole_percent() {
        for percent in [i64::MIN, -1, 0, 101, 256, 257, i64::MAX] {
            assert_eq!(ProviderShare::new(percent), None, "{percent}");
        }
        for percent in 1..=100_u8 {
            assert_eq!(share(percent.into()).percent(), percent);
        }
    }

    #[test]
    fn a_share_of_a_limit_is_rounded_down_and_shuts_nobody_out() {
        for (percent, daily, want) in [
            (1, 10, 1),
            (1, 50, 1),
            (3, 50, 1),
            (4, 50, 2),
            (40, 50, 20),
            (33, 1_500, 495),
            (99, 10, 9),
            (100, 10, 10),
            (100, 200_000, 200_000),
            (40, 0, 0),
            (40, UNLIMITED_SENDS, UNLIMITED_SENDS),
        ] {
            assert_eq!(share(percent).of(daily), want, "{percent} % of {daily}");
        }
    }

    #[test]
    fn places_are_those_of_the_day_and_of_the_plan_in_force() {
        let plan = WarmingPlan::begun(WarmingPhase::Phase1, NOON);
        let halved = WarmingPlan {
            halvings: 1,
            ..plan
        };
        let tomorrow = Day::of(NOON).after(1).start();
        for (plan, sent, daily, left) in [
            (plan, sent(0, 0), 20, 20),
            (plan, sent(0, 19), 20, 1),
            (plan, sent(0, 20), 20, 0),
            (plan, sent(1, 20), 20, 20),
            (plan.paused(NOON), sent(0, 5), 20, 15),
            (halved, sent(0, 5), 10, 5),
            // More than it is now were carried before the day went badly.
            (halved, sent(0, 15), 10, 0),
        ] {
            let found = ProviderAllowance::at(&plan, share(40), sent, NOON).unwrap();
            assert_eq!(
                (found.daily, found.left(), found.until),
                (daily, left, tomorrow)
            );
        }
        for phase in [WarmingPhase::Warmed, WarmingPhase::NotStarted] {
            let plan = WarmingPlan::begun(phase, NOON);
            assert_eq!(
                ProviderAllowance::at(&plan, share(40), sent(0, 0), NOON),
                None
            );
        }
    }

    #[test]
    fn who_finds_no_place_waits_for_the_next_day_or_for_todays_plan() {
        let plan = WarmingPlan::begun(WarmingPhase::Phase1, NOON);
        let start = |days| Day::of(NOON).after(days).start();
        let minute = Duration::from_secs(60);
        for (days, sent, now, want) in [
            (0, sent(0, 1), NOON, start(1)),
            (-1, sent(0, 1), NOON, NOON.plus(minute)),
            (-1, sent(2, 1), start(0), start(0).plus(minute)),
            (-1, sent(0, 1), start(1).minus(minute / 2), start(1)),
            // The clock is behind that of who counted last.
            (0, sent(0, 1), start(0).minus(minute), start(1)),
        ] {
            let plan = WarmingPlan {
                day: plan.day.after(days),
                ..plan
            };
            let found = ProviderAllowance::at(&plan, share(1), sent, now).unwrap();
            assert_eq!(found.until, want, "{days} {now}");
        }
    }

    #[test]
    fn there_is_more_room_when_a_share_is_lifted_or_raised() {
        let of = |all: &[(Isp, i64)]| -> ProviderShares {
            all.iter()
                .map(|(isp, percent)| (*isp, share(*percent)))
                .collect()
        };
        let before = of(&[(Isp::Google, 40), (Isp::Yahoo, 10)]);
        for (after, want) in [
            (before.clone(), false),
            (of(&[(Isp::Google, 39), (Isp::Yahoo, 10)]), false),
            (
                of(&[(Isp::Google, 40), (Isp::Yahoo, 10), (Isp::Apple, 1)]),
                false,
            ),
            (of(&[(Isp::Google, 41), (Isp::Yahoo, 9)]), true),
            (of(&[(Isp::Google, 10)]), true),
            (of(&[]), true),
        ] {
            assert_eq!(leaves_more_room(&before, &after), want, "{after:?}");
        }
    }
}
