//! Slows guessing down, per account and per network, without ever locking anybody out for good.
//!
//! Every bucket refills by the clock. A browser that signed in to an account before tries from a
//! bucket of its own, so that strangers who guess cannot use up its owner's tries. The buckets are
//! this process's own; what must hold for all of them together, the count of failures in a row, is
//! kept with the person.

use std::{hash::Hash, net::IpAddr, sync::Arc, time::Duration};

use governor::{NotUntil, clock::Clock as _};
use postscale_model::{PersonId, Sources, TokenHash};

use super::device::Device;
use crate::{
    Rule, hash_token,
    rate::{Buckets, SourcesClock, buckets, network},
};

/// Tries per account, network, browser and person: a burst, then one every while.
#[derive(Clone)]
pub struct Throttle(Arc<All>);

struct All {
    clock: SourcesClock,
    accounts: Buckets<TokenHash>,
    networks: Buckets<IpAddr>,
    devices: Buckets<Device>,
    codes: Buckets<(PersonId, Option<Device>)>,
    letters: Buckets<TokenHash>,
}

impl Throttle {
    /// Full buckets, refilled by that clock.
    #[must_use]
    pub fn new(sources: &Sources) -> Self {
        let clock = SourcesClock::new(sources);
        let seconds = Duration::from_secs;
        Self(Arc::new(All {
            accounts: buckets(&clock, 10, seconds(6)),
            networks: buckets(&clock, 60, seconds(1)),
            devices: buckets(&clock, 10, seconds(6)),
            codes: buckets(&clock, 5, seconds(60)),
            letters: buckets(&clock, 3, seconds(300)),
            clock,
        }))
    }

    fn wait(&self, until: &NotUntil<Duration>) -> Rule {
        Rule::TooManyAttempts {
            retry_after_seconds: until.wait_time_from(self.0.clock.now()).as_secs() + 1,
        }
    }

    fn take<K: Hash + Eq + Clone>(&self, buckets: &Buckets<K>, key: &K) -> Result<(), Rule> {
        buckets.check_key(key).map_err(|until| self.wait(&until))
    }

    /// Counts one try at an account from an address.
    ///
    /// # Errors
    /// [`Rule::TooManyAttempts`] when either has used up its tries.
    pub fn attempt(&self, account: &str, ip: IpAddr) -> Result<(), Rule> {
        self.attempt_from(ip)?;
        self.take(&self.0.accounts, &hash_token(account))
    }

    /// Counts one attempt from an address on something that limits its tries by itself.
    ///
    /// # Errors
    /// [`Rule::TooManyAttempts`] when its network has used up its tries.
    pub fn attempt_from(&self, ip: IpAddr) -> Result<(), Rule> {
        self.take(&self.0.networks, &network(ip))
    }

    /// Counts one try to sign in: of a browser that signed in to the account before, by itself.
    ///
    /// # Errors
    /// As [`Throttle::attempt`].
    pub(crate) fn sign_in(
        &self,
        account: &str,
        ip: IpAddr,
        device: Option<&Device>,
    ) -> Result<(), Rule> {
        match device {
            Some(device) => self.take(&self.0.devices, device),
            None => self.attempt(account, ip),
        }
    }

    /// Counts one try at a person's second factor: five, then one a minute (ASVS 6.5.5).
    ///
    /// # Errors
    /// [`Rule::TooManyAttempts`].
    pub(crate) fn code(&self, person: PersonId, device: Option<&Device>) -> Result<(), Rule> {
        self.take(&self.0.codes, &(person, device.copied()))
    }

    /// Counts one letter somebody asks to be sent to an address.
    ///
    /// # Errors
    /// [`Rule::TooManyAttempts`].
    pub(crate) fn letter(&self, address: &str, ip: IpAddr) -> Result<(), Rule> {
        self.attempt_from(ip)?;
        self.take(&self.0.letters, &hash_token(address))
    }

    /// Forgets whatever is quiet again.
    pub fn forget_quiet(&self) {
        self.0.accounts.retain_recent();
        self.0.networks.retain_recent();
        self.0.devices.retain_recent();
        self.0.codes.retain_recent();
        self.0.letters.retain_recent();
    }
}
