//! How much mail comes in from one network and for one address: more is put off, never refused (api.md
//! §7.4 IN3). What one organization takes is a matter of its plan, and counted in the database.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc};

use postscale_model::{Address, Sources, TokenHash};

use crate::{
    hash_token,
    rate::{PerMinute, network},
};

/// Recipients a minute; none is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct InflowLimits {
    /// From one network, whoever they are for and whether there is such a mailbox.
    pub per_network: Option<NonZeroU32>,
    /// For one address.
    pub per_address: Option<NonZeroU32>,
}

/// What came in lately, on this node.
#[derive(Clone)]
pub struct Inflow(Arc<Counted>);

struct Counted {
    networks: PerMinute<IpAddr>,
    addresses: PerMinute<TokenHash>,
}

impl Inflow {
    /// Nothing came in yet.
    #[must_use]
    pub fn new(sources: &Sources, limits: InflowLimits) -> Self {
        Self(Arc::new(Counted {
            networks: PerMinute::new(sources, limits.per_network),
            addresses: PerMinute::new(sources, limits.per_address),
        }))
    }

    /// Counts a recipient a client names; `false` when its network named too many.
    #[must_use]
    pub fn from(&self, client: IpAddr) -> bool {
        self.0.networks.take(&network(client))
    }

    /// Counts a message for an address that exists; `false` when it gets too many.
    #[must_use]
    pub fn to(&self, address: &Address) -> bool {
        self.0.addresses.take(&hash_token(&address.key()))
    }

    /// Forgets whatever is quiet again.
    pub fn forget_quiet(&self) {
        self.0.networks.forget_quiet();
        self.0.addresses.forget_quiet();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

    use postscale_model::{Clock, Random, Timestamp};

    use super::*;

    struct Hand(AtomicI64);
    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(self.0.load(Relaxed))
        }
    }
    struct Zeros;
    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    fn sources() -> (Arc<Hand>, Sources) {
        let hand = Arc::new(Hand(AtomicI64::new(1_000_000)));
        (Arc::clone(&hand), Sources::new(hand, Arc::new(Zeros)))
    }

    #[test]
    fn networks_and_addresses_are_counted_apart_and_recover() {
        let (hand, sources) = sources();
        let two = NonZeroU32::new(2);
        let inflow = Inflow::new(
            &sources,
            InflowLimits {
                per_network: two,
                per_address: two,
            },
        );
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let to = |text: &str| inflow.to(&text.parse().unwrap());
        assert!(inflow.from(ip("192.0.2.1")) && inflow.from(ip("192.0.2.200")));
        assert!(!inflow.from(ip("::ffff:192.0.2.9")));
        assert!(inflow.from(ip("2001:db8::1")));
        assert!(to("a@x.example") && to("A@X.example") && !to("a@x.example"));
        assert!(to("b@x.example"));
        hand.0.fetch_add(31, Relaxed);
        inflow.forget_quiet();
        assert!(inflow.from(ip("192.0.2.1")) && !inflow.from(ip("192.0.2.1")));
        assert!(to("a@x.example") && !to("a@x.example"));
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let (_, sources) = sources();
        let inflow = Inflow::new(&sources, InflowLimits::default());
        assert!((0..10_000).all(|_| inflow.from([192, 0, 2, 1].into())));
    }
}
