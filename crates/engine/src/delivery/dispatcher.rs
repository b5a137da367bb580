//! Claims due recipients and hands them, with their messages, to where they are carried.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use postscale_mail::dkim::Signer;
use postscale_model::{Domain, DomainId, EmailId, HostName, Isp, Timestamp};
use postscale_store::{
    Engine, Error, Tx, domain,
    email::bodies_for_job,
    recipient::{self, Claim, Claimed},
    warming::share,
};
use tokio::{sync::OnceCell, time::Instant};

use super::{
    CLAIM_MAX, Delivery, IN_FLIGHT_MAX, PER_DESTINATION_MAX, broken,
    lane::Job,
    leases::{LEASE, RENEW_AFTER},
    locked,
    signing::Outgoing,
};
use crate::runner::{Next, Work};

/// Claims what is due.
pub(crate) struct Dispatcher(pub(crate) Arc<Delivery>);

/// What is known of a domain whose mail leaves.
#[derive(Clone, Default)]
struct Author {
    signers: Arc<Vec<Arc<Signer>>>,
    shared: Arc<[Isp]>,
}

impl Work for Dispatcher {
    const NAME: &'static str = "deliver";
    const CHANNEL: &'static str = recipient::CHANNEL;

    async fn round(&self) -> postscale_store::Result<Next> {
        let round = self.renew_and_claim().await;
        if round.is_err() {
            let Delivery { parts, leases, .. } = &*self.0;
            leases.be_cautious(parts.sources.now());
        }
        round
    }

    async fn freed(&self) {
        self.0.freed.notified().await;
    }
}

impl Dispatcher {
    async fn renew_and_claim(&self) -> postscale_store::Result<Next> {
        let delivery = &self.0;
        let store = &delivery.parts.store;
        let renewed_at = delivery.parts.sources.now();
        self.inherit(renewed_at).await?;
        self.renew(renewed_at).await?;
        let (room, excluded) = self.room();
        if room == 0 {
            return Ok(Next::Full);
        }
        let limit = room.min(CLAIM_MAX);
        let claim = Claim {
            lease: LEASE,
            limit: u32::try_from(limit).unwrap_or(u32::MAX),
            limit_per_destination: u32::try_from(PER_DESTINATION_MAX).unwrap_or(u32::MAX),
            excluded: &excluded,
            abandoned: delivery.leases.of_others(renewed_at),
        };
        let mut tx = store.write().await?;
        let now = delivery.parts.sources.now();
        if now.since(renewed_at) > RENEW_AFTER {
            // The turn was long in coming, or the clock jumped: what is in hand goes first.
            return Ok(Next::Again);
        }
        let claimed = recipient::claim_due(&mut tx, &delivery.scope, &claim, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = store.read().await?;
            let due = recipient::next_due_at(&mut tx, &delivery.scope).await?;
            return Ok(Next::At(due));
        }
        delivery.leases.hold(&claimed, now.plus(LEASE));
        self.count(&claimed);
        match self.outgoing(&claimed).await {
            Ok((outgoing, paused)) => {
                let is_paused = |one: &Claimed| paused.contains(&one.domain_id);
                let (paused, claimed): (Vec<_>, Vec<_>) = claimed.into_iter().partition(is_paused);
                paused.into_iter().for_each(|one| delivery.put_off(one));
                self.dispatch(claimed, &outgoing);
            }
            Err(error) => {
                for one in claimed {
                    delivery.release(one);
                }
                return Err(error);
            }
        }
        Ok(Next::Again)
    }

    /// On SQLite nobody else delivers: whoever held a lease when this process started is gone.
    async fn inherit(&self, now: Timestamp) -> postscale_store::Result<()> {
        let Delivery {
            parts,
            scope,
            leases,
            ..
        } = &*self.0;
        if parts.store.engine() != Engine::Sqlite {
            return Ok(());
        }
        let ended = leases.inherited.get_or_try_init(|| async {
            let mut tx = parts.store.write().await?;
            let ended = recipient::end_all_leases(&mut tx, scope, now).await?;
            tx.commit().await?;
            if ended > 0 {
                tracing::info!(
                    recipients = ended,
                    "mail that was in flight when the node died is due"
                );
            }
            Ok(())
        });
        ended.await.map(|&()| ())
    }

    /// Keeps what is in hand for longer.
    async fn renew(&self, now: Timestamp) -> postscale_store::Result<()> {
        let Delivery {
            parts,
            scope,
            leases,
            ..
        } = &*self.0;
        let ageing = leases.ageing(now);
        if ageing.is_empty() {
            return Ok(());
        }
        let until = now.plus(LEASE);
        let mut tx = parts.store.write().await?;
        let renewed = recipient::renew(&mut tx, scope, &ageing, until).await?;
        tx.commit().await?;
        leases.renewed(&renewed, until);
        Ok(())
    }

    /// How many more recipients fit, and the destinations that have enough.
    fn room(&self) -> (usize, Vec<HostName>) {
        let in_flight = locked(&self.0.in_flight);
        let total: usize = in_flight.values().sum();
        let busy = in_flight
            .iter()
            .filter(|(_, count)| **count >= PER_DESTINATION_MAX)
            .map(|(destination, _)| destination.clone());
        (IN_FLIGHT_MAX.saturating_sub(total), busy.collect())
    }

    fn count(&self, claimed: &[Claimed]) {
        let mut in_flight = locked(&self.0.in_flight);
        for one in claimed {
            *in_flight.entry(one.destination.clone()).or_default() += 1;
        }
    }

    /// Each message once, with the keys that sign it; and the domains that are paused.
    async fn outgoing(
        &self,
        claimed: &[Claimed],
    ) -> postscale_store::Result<(HashMap<EmailId, Arc<Outgoing>>, HashSet<DomainId>)> {
        let Delivery { parts, scope, .. } = &*self.0;
        let of: HashMap<EmailId, &Claimed> =
            claimed.iter().map(|one| (one.email_id, one)).collect();
        let ids: Vec<EmailId> = of.keys().copied().collect();
        let mut tx = parts.store.read().await?;
        let (mut authors, mut paused) = (HashMap::new(), HashSet::new());
        for one in of.values() {
            let Entry::Vacant(place) = authors.entry(one.domain_id) else {
                continue;
            };
            let domain = domain::find_for_job(&mut tx, scope, one.domain_id).await?;
            if domain.as_ref().is_some_and(|domain| !domain.active) {
                paused.insert(one.domain_id);
            }
            place.insert(match domain {
                Some(domain) if domain.active => self.author(&mut tx, &domain).await?,
                Some(_) | None => Author::default(),
            });
        }
        let bodies = bodies_for_job(&mut tx, scope, &ids).await?;
        let outgoing = bodies.into_iter().filter_map(|(id, body)| {
            let claimed = of.get(&id)?;
            let Author { signers, shared } = authors.get(&claimed.domain_id)?.clone();
            let outgoing = Outgoing {
                body,
                signers,
                shared,
                may_be_unsigned: !claimed.was_submitted(),
                signed: OnceCell::new(),
            };
            Some((id, Arc::new(outgoing)))
        });
        Ok((outgoing.collect(), paused))
    }

    async fn author(&self, tx: &mut Tx, domain: &Domain) -> postscale_store::Result<Author> {
        let signers = self.signers(tx, domain).await?;
        let shared = if self.0.paces(domain) {
            share::list_for_job(tx, &self.0.scope, domain.id).await?
        } else {
            Vec::new()
        };
        Ok(Author {
            signers,
            shared: shared.into(),
        })
    }

    async fn signers(
        &self,
        tx: &mut Tx,
        domain: &Domain,
    ) -> postscale_store::Result<Arc<Vec<Arc<Signer>>>> {
        let Delivery {
            parts,
            scope,
            signers,
            ..
        } = &*self.0;
        match signers.of_domain(tx, scope, domain, &parts.seal).await {
            // Its mail waits, nobody else's does.
            Err(Error::Corrupt(why)) => {
                tracing::error!(domain.id = %domain.id, why, "the keys of a domain are unusable");
                Ok(Arc::default())
            }
            found => found,
        }
    }

    fn dispatch(&self, claimed: Vec<Claimed>, outgoing: &HashMap<EmailId, Arc<Outgoing>>) {
        let delivery = &self.0;
        let since = Instant::now();
        let mut by_destination: HashMap<HostName, Vec<Job>> = HashMap::new();
        for claimed in claimed {
            let Some(outgoing) = outgoing.get(&claimed.email_id) else {
                delivery.report(claimed, &broken("the message has no body"));
                continue;
            };
            let outgoing = Arc::clone(outgoing);
            let jobs = by_destination
                .entry(claimed.destination.clone())
                .or_default();
            jobs.push(Job {
                claimed,
                outgoing,
                since,
            });
        }
        for (destination, jobs) in by_destination {
            match delivery.known_route(&destination) {
                Some(site) => delivery.admit(site, jobs),
                None => {
                    let route = Arc::clone(delivery).route(destination, jobs);
                    delivery.tasks.spawn(Box::pin(route));
                }
            }
        }
    }
}
