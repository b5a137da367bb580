//! When a domain's records are looked up again.
//!
//! A verified domain has a place of its own within six hours, made from its id. Each look comes up to
//! a tenth of that later until it has come to that place, and stays there: however many domains were
//! added at once, their looks are spread evenly a few days later.

use std::time::Duration;

use postscale_model::{Domain, DomainId, Sources, Timestamp};

use crate::schedule::jittered;

/// Pause between looks at a verified domain, and at one that is not after the first hour.
const STEADY: Duration = Duration::from_secs(6 * 3600);
/// Pauses while a domain is not verified, in minutes.
const FIRST_MIN: [u64; 5] = [1, 2, 5, 15, 60];
/// Looks after which nobody seems to work on a domain: a week of them.
const WEEK: usize = FIRST_MIN.len() + 28;
/// Looks after which it is forgotten: another month.
const MONTH: usize = WEEK + 30;
const DAILY: Duration = Duration::from_secs(24 * 3600);
const RARELY: Duration = Duration::from_secs(72 * 3600);

/// When a domain is looked at next, so many looks after it was made or lost.
pub(super) fn next(domain: &Domain, looks: usize, sources: &Sources) -> Timestamp {
    let now = sources.now();
    if domain.verified {
        return now.plus(steady(domain.id, now));
    }
    now.plus(jittered(pause(looks), sources))
}

/// Pause while a domain is not verified.
fn pause(looks: usize) -> Duration {
    match looks.checked_sub(1).and_then(|index| FIRST_MIN.get(index)) {
        Some(minutes) => Duration::from_secs(minutes * 60),
        None if looks == 0 => Duration::from_secs(60),
        None if looks <= WEEK => STEADY,
        None if looks <= MONTH => DAILY,
        None => RARELY,
    }
}

/// Six hours, and as much more as brings the domain closer to its place.
fn steady(id: DomainId, now: Timestamp) -> Duration {
    let period = i64::try_from(STEADY.as_micros()).unwrap_or(i64::MAX);
    let step = period / 10;
    let late = (now.micros() - place(id, period)).rem_euclid(period);
    // A look takes its time: just after the place is the place.
    let more = if late <= step {
        -late
    } else {
        (period - late).min(step)
    };
    Duration::from_micros((period + more).unsigned_abs())
}

/// The domain's place: ids are random.
fn place(id: DomainId, period: i64) -> i64 {
    let digits = id.to_string();
    let hash = digits
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
    i64::try_from(hash % period.unsigned_abs()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use postscale_model::{Clock, Random};

    use super::*;

    struct Fixed;
    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(0)
        }
    }
    /// Ids and nothing else: a simple generator (splitmix64).
    struct Seeded(std::sync::Mutex<u64>);
    impl Random for Seeded {
        fn fill(&self, bytes: &mut [u8]) {
            let mut state = self.0.lock().unwrap();
            for byte in bytes {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                *byte = u8::try_from(mixed >> 56).unwrap();
            }
        }
    }

    fn ids(count: usize) -> Vec<DomainId> {
        let random = Seeded(std::sync::Mutex::new(7));
        let sources = Sources::new(Arc::new(Fixed), Arc::new(random));
        (0..count).map(|_| sources.id()).collect()
    }

    #[test]
    fn looks_get_rarer_until_the_domain_is_verified() {
        let minutes: Vec<_> = (1..=8).map(|looks| pause(looks).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 5, 15, 60, 360, 360, 360]);
        assert_eq!(pause(0), Duration::from_secs(60), "just lost");
    }

    #[test]
    fn a_domain_that_nobody_finishes_is_looked_at_less_and_less() {
        let hours = |looks| pause(looks).as_secs() / 3600;
        assert_eq!(
            [WEEK, WEEK + 1, MONTH, MONTH + 1, 9999].map(hours),
            [6, 24, 24, 72, 72]
        );
        let looks_of_a_year = std::iter::successors(Some((0, Duration::ZERO)), |(looks, at)| {
            Some((looks + 1, *at + pause(looks + 1)))
        });
        let year = Duration::from_secs(365 * DAILY.as_secs());
        let looks = looks_of_a_year.take_while(|(_, at)| *at < year).count();
        assert!(looks < 200, "{looks}");
    }

    #[test]
    fn domains_added_at_once_are_looked_at_evenly_after_a_few_days() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let (bins, days) = (24, 4);
        let mut counts = vec![0_usize; bins];
        for id in ids(10_000) {
            let mut at = start;
            while at.since(start) < Duration::from_secs(days * DAILY.as_secs()) {
                let pause = steady(id, at);
                let hours = pause.as_secs_f64() / 3600.0;
                assert!((5.4..=6.6).contains(&hours), "{hours}");
                // Each look is a little late.
                at = at.plus(pause + Duration::from_secs(20));
            }
            let within = at.since(start).as_secs() % STEADY.as_secs();
            let bin = within * u64::try_from(bins).unwrap() / STEADY.as_secs();
            counts[usize::try_from(bin).unwrap()] += 1;
        }
        let mean = 10_000 / bins;
        for count in &counts {
            assert!((mean / 2..mean * 2).contains(count), "{counts:?}");
        }
    }
}
