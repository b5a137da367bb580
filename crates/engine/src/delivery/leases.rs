//! The claims this node holds, and for how long.
//!
//! A lease is short, so that mail of a node that died waits for minutes, and is renewed for as long
//! as its delivery is under way, which may be longer than any lease. The dispatcher renews what is
//! soon over before it claims, in each of its rounds, which are never further apart than a minute.
//! So nothing that is in hand is claimed anew here, wherever the clock jumps to.
//!
//! While the database is away nobody can renew. Whoever saw it fail therefore leaves the leases that
//! ended meanwhile alone for [`CAUTION`]: their holders renew them or settle first.

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
    time::Duration,
};

use postscale_model::{RecipientId, Timestamp};
use postscale_store::recipient::{Abandoned, Claimed};
use tokio::sync::OnceCell;

use super::locked;

/// How long a claim holds unless it is renewed: so long that a database that is away for two minutes
/// costs nobody a lease.
pub(super) const LEASE: Duration = Duration::from_secs(300);
/// How old a lease gets before it is renewed.
pub(super) const RENEW_AFTER: Duration = Duration::from_secs(60);
/// How long after a failure of the database others' leases are left alone: twice as long as a worker
/// pauses after one.
const CAUTION: Duration = Duration::from_secs(60);

/// What is in hand.
#[derive(Default)]
pub(super) struct Leases {
    held: Mutex<HashMap<RecipientId, Lease>>,
    cautious_until: Mutex<Option<Timestamp>>,
    /// Filled once the leases of the process before this one were ended.
    pub(super) inherited: OnceCell<()>,
}

#[derive(Clone, Copy)]
struct Lease {
    attempt: i64,
    until: Timestamp,
}

impl Leases {
    /// Holds what was claimed.
    pub(super) fn hold(&self, claimed: &[Claimed], until: Timestamp) {
        let mut held = locked(&self.held);
        for one in claimed {
            let attempt = one.attempt;
            held.insert(one.recipient_id, Lease { attempt, until });
        }
    }

    /// What is to be renewed now, with the try it is for. A lease that reaches further than one can was
    /// taken by a clock that went back since.
    pub(super) fn ageing(&self, now: Timestamp) -> Vec<(RecipientId, i64)> {
        let fresh = LEASE.saturating_sub(RENEW_AFTER)..=LEASE;
        let held = locked(&self.held);
        let ageing = held
            .iter()
            .filter(|(_, lease)| !fresh.contains(&lease.until.since(now)));
        ageing.map(|(id, lease)| (*id, lease.attempt)).collect()
    }

    /// Those are held until then.
    pub(super) fn renewed(&self, ids: &HashSet<RecipientId>, until: Timestamp) {
        let mut held = locked(&self.held);
        for id in ids {
            if let Some(lease) = held.get_mut(id) {
                lease.until = until;
            }
        }
    }

    /// Whether nobody else may have taken it meanwhile.
    pub(super) fn is_held(&self, claimed: &Claimed, now: Timestamp) -> bool {
        let held = locked(&self.held);
        let lease = held.get(&claimed.recipient_id);
        lease.is_some_and(|lease| lease.attempt == claimed.attempt && lease.until > now)
    }

    /// Lets go of what is over.
    pub(super) fn let_go<'a>(&self, over: impl IntoIterator<Item = &'a Claimed>) {
        let mut held = locked(&self.held);
        for one in over {
            let lease = held.get(&one.recipient_id);
            if lease.is_some_and(|lease| lease.attempt == one.attempt) {
                held.remove(&one.recipient_id);
            }
        }
    }

    /// The database failed.
    pub(super) fn be_cautious(&self, now: Timestamp) {
        *locked(&self.cautious_until) = Some(now.plus(CAUTION));
    }

    /// What to do with leases of others that ended.
    pub(super) fn of_others(&self, now: Timestamp) -> Abandoned {
        match *locked(&self.cautious_until) {
            Some(until) if now < until => Abandoned::Left,
            _ => Abandoned::TakenOver,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_others_are_left_alone_for_a_while() {
        let (leases, now) = (Leases::default(), Timestamp::from_seconds(1_800_000_000));
        assert_eq!(leases.of_others(now), Abandoned::TakenOver);
        leases.be_cautious(now);
        assert_eq!(leases.of_others(now), Abandoned::Left);
        assert_eq!(leases.of_others(now.plus(CAUTION)), Abandoned::TakenOver);
    }

    #[test]
    fn a_lease_is_renewed_once_it_is_old_or_reaches_too_far() {
        let (leases, now) = (Leases::default(), Timestamp::from_seconds(1_800_000_000));
        let id: RecipientId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let until = now.plus(LEASE);
        locked(&leases.held).insert(id, Lease { attempt: 2, until });
        for (at, want) in [
            (now, 0),
            (now.plus(RENEW_AFTER), 0),
            (now.plus(RENEW_AFTER + Duration::from_secs(1)), 1),
            (now.plus(3 * LEASE), 1),
            (now.minus(LEASE), 1),
        ] {
            assert_eq!(leases.ageing(at).len(), want, "{at:?}");
        }
        let later = now.plus(3 * LEASE);
        leases.renewed(&HashSet::from([id]), later.plus(LEASE));
        assert!(leases.ageing(later).is_empty());
    }
}
