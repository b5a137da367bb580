//! Slows guessing down, per account and per network, without ever locking anybody out for good.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
};

use governor::{
    DefaultKeyedRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};

use crate::Rule;

/// Tries per account and per network: a burst, then one every few seconds.
#[derive(Clone)]
pub struct Throttle {
    accounts: Arc<DefaultKeyedRateLimiter<String>>,
    networks: Arc<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Default for Throttle {
    fn default() -> Self {
        let per_minute = |burst, rate| {
            let n = |n: u32| NonZeroU32::new(n).expect("BUG: a positive rate");
            Quota::per_minute(n(rate)).allow_burst(n(burst))
        };
        Self {
            accounts: Arc::new(DefaultKeyedRateLimiter::keyed(per_minute(10, 10))),
            networks: Arc::new(DefaultKeyedRateLimiter::keyed(per_minute(60, 60))),
        }
    }
}

/// The network one attacker controls: a /24 or a /64.
fn network(ip: IpAddr) -> IpAddr {
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

fn wait(until: governor::NotUntil<<DefaultClock as Clock>::Instant>) -> Rule {
    let now = DefaultClock::default().now();
    Rule::TooManyAttempts {
        retry_after_seconds: until.wait_time_from(now).as_secs() + 1,
    }
}

impl Throttle {
    /// Counts one failed or untried attempt on an account from an address.
    ///
    /// # Errors
    /// [`Rule::TooManyAttempts`] when either has used up its tries. Another network keeps its own,
    /// but the account's are shared: a stranger can slow the owner down, never lock them out.
    pub fn attempt(&self, account: &str, ip: IpAddr) -> Result<(), Rule> {
        self.attempt_from(ip)?;
        self.accounts.check_key(&account.to_owned()).map_err(wait)
    }

    /// Counts one attempt from an address on something that limits its tries by itself.
    ///
    /// # Errors
    /// [`Rule::TooManyAttempts`] when its network has used up its tries.
    pub fn attempt_from(&self, ip: IpAddr) -> Result<(), Rule> {
        self.networks.check_key(&network(ip)).map_err(wait)
    }

    /// Forgets accounts and networks that are quiet again.
    pub fn forget_quiet(&self) {
        self.accounts.retain_recent();
        self.networks.retain_recent();
    }
}
