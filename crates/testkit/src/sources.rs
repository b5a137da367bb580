//! Time and randomness that a test owns.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use postscale_model::{Clock, Random, Timestamp};

/// When tests begin: 2027-01-15T08:00:00Z.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Names the seed of all randomness; every failing test prints the one it had.
pub const SEED: &str = "POSTSCALE_SEED";

/// A clock that stands still until it is moved. Clones are one clock.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(NOW.micros())))
    }
}

impl TestClock {
    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).expect("a span a test can mean");
        self.0.fetch_add(micros, Relaxed);
    }
    /// A clock of its own that shows the same time.
    pub(crate) fn fork(&self) -> Self {
        Self(Arc::new(AtomicI64::new(self.0.load(Relaxed))))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Relaxed))
    }
}

/// Different bytes each time, the same in every run of one seed (splitmix64). Clones are one source.
#[derive(Debug, Clone)]
pub struct SeededRandom {
    seed: u64,
    state: Arc<AtomicU64>,
}

impl SeededRandom {
    /// The source [`SEED`] names, a fixed one without it.
    ///
    /// # Panics
    /// When it is no number.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "a seed is given to a test run, not to the product"
    )]
    pub fn from_environment() -> Self {
        let seed = std::env::var(SEED).map_or(7, |text| text.parse().expect("a number as seed"));
        Self::new(seed)
    }

    /// The source of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let state = Arc::new(AtomicU64::new(seed));
        Self { seed, state }
    }

    /// What it began with.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Goes on as if it had begun with that seed.
    pub(crate) fn reseed(&self, seed: u64) {
        self.state.store(seed, Relaxed);
    }

    /// A source of its own that goes on from the same point.
    pub(crate) fn fork(&self) -> Self {
        let state = Arc::new(AtomicU64::new(self.state.load(Relaxed)));
        Self {
            seed: self.seed,
            state,
        }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
