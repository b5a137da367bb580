//! Places with providers: taken before mail is carried to one that has no more than a share of its
//! domain's limit.
//!
//! The row of the domain's plan is locked first, as whoever accepts a message or changes the plan
//! does, so that no two workers take the same place on any number of nodes. Who finds none is given
//! back in the same transaction: whoever makes more room afterwards finds them waiting.

use std::collections::{BTreeMap, HashSet};

use postscale_access::SystemScope;
use postscale_model::{DomainId, Isp, ProviderAllowance, ProviderPlace, RecipientId, Timestamp};

use super::{Warming, locked, share};
use crate::{
    Result, Tx,
    recipient::{self, Claimed},
};

/// Takes places for claimed recipients, each with its provider, the oldest first. Returns who may be
/// carried there now; all others are not the worker's any more. Those wait, untried, for the
/// provider's next day.
///
/// # Errors
/// When the database refuses.
pub async fn take(
    tx: &mut Tx,
    _scope: &SystemScope,
    asking: &[(Isp, &Claimed)],
    now: Timestamp,
) -> Result<HashSet<RecipientId>> {
    // Sorted, so that nobody waits for who waits for them.
    let mut groups: BTreeMap<(DomainId, Isp), Vec<&Claimed>> = BTreeMap::new();
    for (isp, claimed) in asking {
        let group = groups.entry((claimed.domain_id, *isp)).or_default();
        group.push(claimed);
    }
    let (mut ready, mut waiting) = (HashSet::new(), Vec::new());
    for (of, claimed) in groups {
        let Some(allowance) = allowance(tx, of, now).await? else {
            ready.extend(claimed.iter().map(|one| one.recipient_id));
            continue;
        };
        let places = recipient::places(tx, &claimed).await?;
        let mut asking = Vec::new();
        for one in claimed {
            match places.get(&one.recipient_id) {
                // It has one already: nobody knew whether that was committed.
                Some(Some(ProviderPlace::Taken)) => {
                    ready.insert(one.recipient_id);
                }
                Some(Some(ProviderPlace::Awaited) | None) => asking.push(one),
                // Its lease is over, and somebody else has it.
                None => {}
            }
        }
        asking.sort_unstable_by_key(|one| (one.created_at, one.recipient_id));
        let left = usize::try_from(allowance.left()).unwrap_or(usize::MAX);
        let (first, rest) = asking.split_at(left.min(asking.len()));
        if !first.is_empty() {
            recipient::take_place(tx, first).await?;
            let sent = allowance.sent.and(first.len() as u64);
            share::count(tx, of, sent).await?;
            ready.extend(first.iter().map(|one| one.recipient_id));
        }
        waiting.extend(rest.iter().map(|one| (allowance.until, *one)));
    }
    recipient::await_place(tx, &waiting).await?;
    Ok(ready)
}

/// The places with a provider that has no more than a share of a limit now.
async fn allowance(
    tx: &mut Tx,
    of: (DomainId, Isp),
    now: Timestamp,
) -> Result<Option<ProviderAllowance>> {
    let Some(Warming { plan, .. }) = locked(tx, of.0).await? else {
        return Ok(None);
    };
    let found = share::find(tx, of).await?;
    Ok(found.and_then(|it| ProviderAllowance::at(&plan, it.share, it.sent, now)))
}
