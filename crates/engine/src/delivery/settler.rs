//! Writes what came of tries: everything that ended since the last commit in one transaction, with
//! the events and the webhook deliveries it owes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use postscale_model::{DomainId, EmailEvent, EventType, InboundEmailId, Timestamp};
use postscale_store::{
    Tx, domain, inbound_email,
    recipient::{self, Claimed, Origin, Outcome, Settled},
};
use tokio::{sync::mpsc::UnboundedReceiver, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Delivery, Done, PAUSED};
use crate::{
    inbound::came_back::{self, CameBack},
    webhooks::events::{self, Owed},
};

/// Tries that are settled in one transaction.
const BATCH_MAX: usize = 256;
/// Pause when the database does not take it.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) struct Settler {
    delivery: Arc<Delivery>,
    results: UnboundedReceiver<Done>,
}

impl Settler {
    pub(super) fn new(delivery: Arc<Delivery>, results: UnboundedReceiver<Done>) -> Self {
        Self { delivery, results }
    }

    /// Settles until `stop`, which comes when nothing is in flight any more, and then what is left.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        loop {
            let received = tokio::select! {
                biased;
                received = self.results.recv_many(&mut batch, BATCH_MAX) => received,
                () = stop.cancelled() => 0,
            };
            if received == 0 {
                return;
            }
            while let Err(error) = self.settle(&batch).await {
                tracing::warn!(%error, "what came of deliveries cannot be written, trying again");
                if stop.is_cancelled() {
                    // The leases give the recipients back.
                    return;
                }
                sleep(PAUSE).await;
            }
            self.delivery.finished(batch.iter().map(Done::claimed));
            batch.clear();
        }
    }

    async fn settle(&self, batch: &[Done]) -> postscale_store::Result<()> {
        let (mut settled, mut released, mut put_off) = (Vec::new(), Vec::new(), Vec::new());
        for one in batch {
            match one {
                Done::Settled(one) => settled.push(one.clone()),
                Done::Released(one) => released.push(one.clone()),
                Done::PutOff(one) => put_off.push(one.clone()),
            }
        }
        let Delivery { parts, scope, .. } = &*self.delivery;
        let (sources, now) = (&parts.sources, parts.sources.now());
        let mut tx = parts.store.write().await?;
        // First, because it locks the domain's row, as whoever resumes the domain does first.
        self.put_off(&mut tx, put_off, now).await?;
        if !settled.is_empty() {
            let happened = recipient::settle(&mut tx, scope, &settled, sources, now).await?;
            let forwarded = forwarded(&settled);
            self.of_aliases(&mut tx, &settled, &happened).await?;
            inbound_email::settle_forwarded(&mut tx, scope, &forwarded, now).await?;
            events::owe(&mut tx, scope, sources, &owed(&settled, &happened)).await?;
        }
        if !released.is_empty() {
            recipient::release(&mut tx, scope, &released, now).await?;
        }
        tx.commit().await?;
        settled.iter().for_each(count);
        Ok(())
    }

    /// Leaves mail of paused domains alone for a while; that of one that was resumed meanwhile is due.
    async fn put_off(
        &self,
        tx: &mut Tx,
        claimed: Vec<Claimed>,
        now: Timestamp,
    ) -> postscale_store::Result<()> {
        let Delivery { scope, .. } = &*self.delivery;
        let mut of_domains: BTreeMap<DomainId, Vec<Claimed>> = BTreeMap::new();
        for one in claimed {
            of_domains.entry(one.domain_id).or_default().push(one);
        }
        for (domain, claimed) in of_domains {
            let is_paused = domain::is_paused_for_job(tx, scope, domain).await?;
            let due_at = if is_paused { now.plus(PAUSED) } else { now };
            recipient::release(tx, scope, &claimed, due_at).await?;
        }
        Ok(())
    }

    /// What aliases learn of copies that were given up now.
    async fn of_aliases(
        &self,
        tx: &mut Tx,
        settled: &[Settled],
        happened: &[EmailEvent],
    ) -> postscale_store::Result<()> {
        let Delivery { parts, scope, .. } = &*self.delivery;
        let gave_up = |one: &&Settled| {
            happened.iter().any(|event| {
                event.event_type == EventType::Bounced
                    && event.email_id == one.claimed.email_id
                    && event.recipient == one.claimed.address.to_string()
            })
        };
        for one in settled.iter().filter(gave_up) {
            let claimed = &one.claimed;
            let Outcome::Failed { bounce_type } = one.outcome else {
                continue;
            };
            if claimed.inbound_email_id.is_none() && claimed.reply_author.is_none() {
                continue;
            }
            let origin = Origin {
                forwarded: claimed.inbound_email_id,
                reply_author: claimed.reply_author.clone(),
            };
            let it = CameBack {
                email_id: claimed.email_id,
                message_id: &claimed.message_id,
                accepted_at: claimed.created_at,
                target: &claimed.address,
                bounce_type,
            };
            came_back::settle(tx, parts, scope, &origin, &it).await?;
        }
        Ok(())
    }
}

/// The received messages whose copies these are.
fn forwarded(settled: &[Settled]) -> Vec<InboundEmailId> {
    let ids = settled
        .iter()
        .filter_map(|one| one.claimed.inbound_email_id);
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What endpoints may be told: nothing of forwarded mail, whose reception they were told of.
fn owed<'a>(settled: &'a [Settled], happened: &'a [EmailEvent]) -> Vec<Owed<'a>> {
    let by_copy: HashMap<_, &Settled> = settled
        .iter()
        .map(|one| ((one.claimed.email_id, one.claimed.address.to_string()), one))
        .collect();
    happened
        .iter()
        .filter_map(|event| {
            let of = by_copy.get(&(event.email_id, event.recipient.clone()))?;
            let Claimed {
                inbound_email_id,
                organization_id,
                ..
            } = of.claimed;
            inbound_email_id.is_none().then_some(Owed {
                organization_id,
                event,
                next_attempt_at: next_attempt_at(of),
            })
        })
        .collect()
}

const fn next_attempt_at(settled: &Settled) -> Option<Timestamp> {
    match settled.outcome {
        Outcome::Deferred { next_attempt_at } => Some(next_attempt_at),
        _ => None,
    }
}

fn count(settled: &Settled) {
    let name = match settled.outcome {
        Outcome::Delivered => "postscale_messages_delivered_total",
        Outcome::Deferred { .. } => "postscale_messages_deferred_total",
        Outcome::Failed { .. } => "postscale_messages_bounced_total",
        Outcome::Held => "postscale_messages_held_total",
    };
    metrics::counter!(name).increment(1);
}
