//! The real clock and the real source of randomness: the only place that has either.

use std::{sync::Arc, time::UNIX_EPOCH};

use postscale_model::{Clock, Random, Sources, Timestamp};
use rand::Rng as _;

/// The system's clock.
struct SystemClock;

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
    Sources::new(Arc::new(SystemClock), Arc::new(SystemRandom))
}
