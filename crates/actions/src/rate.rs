//! Buckets that refill by the instance's clock: a burst, then one every while.
//!
//! They are this process's own. Whatever is keyed by what strangers choose has to be forgotten when it
//! is quiet again: whoever makes buckets calls [`governor::RateLimiter::retain_recent`] by the clock.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use postscale_model::Sources;

/// The instance's clock, as the limiters read it.
#[derive(Clone)]
pub(crate) struct SourcesClock(Sources);

impl SourcesClock {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self(sources.clone())
    }
}

impl Clock for SourcesClock {
    type Instant = Duration;
    fn now(&self) -> Duration {
        let micros = u64::try_from(self.0.now().micros()).unwrap_or_default();
        Duration::from_micros(micros)
    }
}

pub(crate) type Buckets<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, SourcesClock, NoOpMiddleware<Duration>>;

pub(crate) fn buckets<K: Hash + Eq + Clone>(
    clock: &SourcesClock,
    burst: u32,
    refill: Duration,
) -> Buckets<K> {
    let burst = NonZeroU32::new(burst).expect("BUG: a positive burst");
    let quota = Quota::with_period(refill).expect("BUG: a positive period");
    let quota = quota.allow_burst(burst);
    RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone())
}

/// The network one stranger controls: a /24 or a /64.
pub(crate) fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// So many a minute for each key, at once or one by one.
pub(crate) struct PerMinute<K: Hash + Eq + Clone>(Option<Buckets<K>>);

impl<K: Hash + Eq + Clone> PerMinute<K> {
    /// Full buckets; none is no limit.
    pub(crate) fn new(sources: &Sources, most: Option<NonZeroU32>) -> Self {
        let clock = SourcesClock::new(sources);
        Self(most.map(|most| buckets(&clock, most.get(), Duration::from_secs(60) / most.get())))
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&self, key: &K) -> bool {
        self.0
            .as_ref()
            .is_none_or(|buckets| buckets.check_key(key).is_ok())
    }

    /// Forgets whatever is quiet again.
    pub(crate) fn forget_quiet(&self) {
        if let Some(buckets) = &self.0 {
            buckets.retain_recent();
        }
    }
}
