//! The real clock and the real source of randomness: the only place that has either.
//!
//! Nodes that share a database go by one clock, its server's: leases, and everything else that one node
//! writes and another compares with the time, would otherwise end early or late. A node whose own clock
//! shows about the same uses that; one that is off by [`OFF_MIN`] or more is corrected.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use postscale_model::{Clock, Random, Sources, Timestamp};
use postscale_store::Store;
use rand::Rng as _;
use tokio_util::sync::CancellationToken;

/// From here on a clock is wrong and not just a little late.
const OFF_MIN: Duration = Duration::from_secs(2);
/// An answer that took longer says nothing of the time.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// How often the clocks are compared.
const COMPARE_EVERY: Duration = Duration::from_secs(30);

/// The system's clock.
struct SystemClock;

/// A clock that is set right by another one. Clones are one clock.
#[derive(Clone)]
pub struct SharedClock {
    own: Arc<dyn Clock>,
    ahead_micros: Arc<AtomicI64>,
}

/// A generator for secrets in each thread (ChaCha), seeded by the system and again after every few
/// kilobytes: a call into the kernel for every id is felt.
struct SystemRandom;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the clock that everybody is handed"
        )]
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
        // A clock before 1970 is shown as 1970.
        let micros = since.map_or(0, |since| since.as_micros());
        Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead_micros.load(Ordering::Relaxed);
        Timestamp::from_micros(self.own.now().micros().saturating_sub(ahead))
    }
}

impl SharedClock {
    fn new(own: Arc<dyn Clock>) -> Self {
        Self {
            own,
            ahead_micros: Arc::default(),
        }
    }

    /// Looks at the clock of the database's server, if it has one.
    pub async fn compare(&self, store: &Store) -> postscale_store::Result<()> {
        let asked = self.own.now();
        if let Some(shown) = store.server_time().await? {
            self.set(asked, shown, self.own.now());
        }
        Ok(())
    }

    /// The other clock showed that between those two instants of ours.
    fn set(&self, asked: Timestamp, shown: Timestamp, answered: Timestamp) {
        let took = answered.since(asked);
        if took > ANSWER_MAX {
            return;
        }
        let middle = asked.plus(took / 2).micros();
        let ahead = middle.saturating_sub(shown.micros());
        let is_off = Duration::from_micros(ahead.unsigned_abs()) >= OFF_MIN;
        let ahead = if is_off { ahead } else { 0 };
        let before = self.ahead_micros.swap(ahead, Ordering::Relaxed);
        if Duration::from_micros(ahead.abs_diff(before)) < OFF_MIN {
            return;
        }
        if is_off {
            let seconds = ahead.unsigned_abs() / 1_000_000;
            let side = if ahead > 0 { "ahead of" } else { "behind" };
            tracing::warn!(
                clock.ahead_ms = ahead / 1000,
                "the clock of this node is {seconds} s {side} the database's, which is what counts: set it right"
            );
        } else {
            tracing::info!("the clock of this node shows what the database's does again");
        }
    }

    /// Compares until shutdown.
    pub async fn follow(self, store: Store, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(COMPARE_EVERY) => {}
            }
            if let Err(error) = self.compare(&store).await {
                tracing::debug!(%error, "the database does not say what time it is");
            }
        }
    }
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::disallowed_methods,
            reason = "the randomness that everybody is handed"
        )]
        rand::rng().fill_bytes(bytes);
    }
}

/// The system's clock and randomness.
pub fn system() -> Sources {
    shared().0
}

/// The same, with the clock by which others can set it.
pub fn shared() -> (Sources, SharedClock) {
    let clock = SharedClock::new(Arc::new(SystemClock));
    let sources = Sources::new(Arc::new(clock.clone()), Arc::new(SystemRandom));
    (sources, clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const OWN: Timestamp = Timestamp::from_seconds(1_800_000_000);

    struct Still;
    impl Clock for Still {
        fn now(&self) -> Timestamp {
            OWN
        }
    }

    /// What is shown after the other clock showed that, in an answer that took so long.
    fn shown(clock: &SharedClock, other: Timestamp, took: Duration) -> Timestamp {
        clock.set(OWN, other, OWN.plus(took));
        clock.now()
    }

    #[test]
    fn m23_a_clock_that_is_off_is_set_right_and_back() {
        let clock = SharedClock::new(Arc::new(Still));
        assert_eq!(clock.now(), OWN);
        for other in [OWN.minus(HOUR), OWN.plus(HOUR), OWN.plus(OFF_MIN)] {
            assert_eq!(shown(&clock, other, Duration::ZERO), other);
            assert_eq!(clock.clone().now(), other, "a clone is the same clock");
        }
        let millisecond = Duration::from_millis(1);
        for other in [
            OWN,
            OWN.plus(OFF_MIN - millisecond),
            OWN.minus(OFF_MIN - millisecond),
        ] {
            assert_eq!(shown(&clock, other, Duration::ZERO), OWN, "its own is good");
        }
    }

    #[test]
    fn an_answer_is_taken_for_the_middle_of_its_way_and_not_when_it_took_long() {
        let clock = SharedClock::new(Arc::new(Still));
        let (other, half) = (OWN.minus(HOUR), Duration::from_millis(500));
        assert_eq!(shown(&clock, other, ANSWER_MAX), other.minus(half));
        assert_eq!(shown(&clock, OWN, ANSWER_MAX + half), other.minus(half));
    }
}
