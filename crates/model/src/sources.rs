//! Time and randomness as arguments, so that tests own both.

use std::sync::Arc;

use uuid::Uuid;

use crate::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes` from a cryptographically secure source (a seeded one in tests).
    fn fill(&self, bytes: &mut [u8]);
}

/// Where time and randomness come from. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sources")
    }
}

impl Sources {
    /// Joins a clock and a source of randomness.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random }
    }
    /// The current instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    /// `N` unpredictable bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }
    /// A new id that tells nothing, not even its age: a version 4 UUID.
    #[must_use]
    pub fn id<T: From<Uuid>>(&self) -> T {
        uuid::Builder::from_random_bytes(self.bytes())
            .into_uuid()
            .into()
    }
    /// A new id that sorts by time: a version 7 UUID. For what comes in large numbers (messages,
    /// recipients, events): its neighbours in an index are its neighbours in time, so a commit of
    /// many touches few pages. It tells when it was made, as those rows do anyway.
    #[must_use]
    pub fn ordered_id<T: From<Uuid>>(&self) -> T {
        let millis = u64::try_from(self.now().micros() / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes())
            .into_uuid()
            .into()
    }
    /// `N` unpredictable bytes as lower-case hexadecimal.
    #[must_use]
    pub fn hex<const N: usize>(&self) -> String {
        self.bytes::<N>()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    }
}
