//! The real clock and the real source of randomness: the only place that has either.

use std::{sync::Arc, time::UNIX_EPOCH};

use postscale_model::{Clock, Random, Sources, Timestamp};
use rand::{TryRng as _, rngs::SysRng};

/// The system's clock.
struct SystemClock;

/// The system's random number generator.
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

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        SysRng
            .try_fill_bytes(bytes)
            .expect("BUG: the system has no randomness, and nothing is safe without");
    }
}

/// The system's clock and randomness.
pub fn system() -> Sources {
    Sources::new(Arc::new(SystemClock), Arc::new(SystemRandom))
}
