//! How many connections there are, in all and per client, and whether that is many.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Limits;
use crate::{Reply, replies};

#[derive(Default)]
struct Counts {
    total: usize,
    per_client: HashMap<IpAddr, usize>,
}

/// Counts the connections of one listener.
#[derive(Default)]
pub(super) struct Admission(Mutex<Counts>);

/// One connection's place; given back on drop.
pub(super) struct Place {
    admission: Arc<Admission>,
    client: IpAddr,
}

/// IPv6 clients own a /64 at least, so that is what one client is.
fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
    }
}

impl Admission {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Takes a place, or says why there is none.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr, limits: &Limits) -> Result<Place, Reply> {
        let client = client_of(peer);
        let mut counts = self.counts();
        if counts.total >= limits.connections_max {
            return Err(replies::too_busy());
        }
        let of_client = counts.per_client.entry(client).or_default();
        if *of_client >= limits.connections_per_client_max {
            return Err(replies::too_many_connections());
        }
        *of_client += 1;
        counts.total += 1;
        Ok(Place {
            admission: Arc::clone(self),
            client,
        })
    }
}

impl Place {
    /// Whether three quarters of all places are taken.
    pub(super) fn is_stressed(&self, limits: &Limits) -> bool {
        self.admission.counts().total * 4 > limits.connections_max * 3
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        counts.total -= 1;
        if let Some(of_client) = counts.per_client.get_mut(&self.client) {
            *of_client -= 1;
            if *of_client == 0 {
                counts.per_client.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_per_client_and_given_back() {
        let admission = Arc::new(Admission::default());
        let limits = Limits {
            connections_max: 3,
            connections_per_client_max: 2,
            ..Limits::default()
        };
        let admit = |text: &str| {
            admission
                .admit(text.parse().expect(text), &limits)
                .map_err(|r| r.to_string())
        };
        let first = admit("192.0.2.1");
        let _second = admit("::ffff:192.0.2.1");
        let of_client = replies::too_many_connections().to_string();
        assert_eq!(admit("192.0.2.1").err(), Some(of_client));
        let third = admit("2001:db8::1");
        assert_eq!(
            admit("192.0.2.9").err(),
            Some(replies::too_busy().to_string())
        );
        assert!(third.as_ref().is_ok_and(|place| place.is_stressed(&limits)));
        drop(first);
        assert!(
            third
                .as_ref()
                .is_ok_and(|place| !place.is_stressed(&limits))
        );
        assert!(admit("2001:db8::ffff").is_ok());
        drop(third);
        let counts = admission.counts();
        assert_eq!((counts.total, counts.per_client.len()), (1, 1));
    }
}
