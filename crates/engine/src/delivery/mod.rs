//! The outbound queue at work: claims, routes, lanes, settlement.
//!
//! One dispatcher claims due recipients in batches, in a transaction of its own, and hands them to
//! the lane of their site; lanes talk to the network with no transaction open; one settler writes what
//! came of it, again in batches. A crash between the final dot and the settlement sends one more copy
//! to that recipient, never none.
//!
//! Limits: [`IN_FLIGHT_MAX`] recipients are claimed at once, [`PER_DESTINATION_MAX`] of one
//! destination, so that a long line for one domain leaves room for others.

mod lane;
pub(crate) mod outcome;
mod settler;
mod signing;
pub(crate) mod site;
mod system_mail;

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use postscale_access::SystemScope;
use postscale_mail::return_path::ReturnPathKey;
use postscale_model::{Address, EmailId, HostName};
use postscale_smtp::tls::TlsError;
use postscale_store::{
    Body, Error,
    email::bodies_for_job,
    recipient::{self, Claim, Claimed, Outcome, Settled},
};
use tokio::{
    sync::{Notify, OnceCell, mpsc},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    lane::{Job, Lane},
    outcome::{Patience, Tried, Verdict},
    site::{Dialler, Site},
};
use crate::{
    EngineParts,
    runner::{Next, Work},
};
pub(crate) use settler::Settler;
use signing::{Outgoing, Signers};
pub(crate) use system_mail::SystemMail;

/// Recipients in work at once.
const IN_FLIGHT_MAX: usize = 1024;
/// Recipients in work at once of one destination.
const PER_DESTINATION_MAX: usize = 128;
/// Recipients claimed in one transaction.
const CLAIM_MAX: usize = 256;
/// How long a claim holds: longer than the slowest conversation RFC 5321 §4.5.3.2 allows.
const LEASE: Duration = Duration::from_secs(45 * 60);
/// A job that waited this long in its lane goes back into the queue.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// How long a site that could not be reached is left alone.
const DOWN: Duration = Duration::from_secs(60);
/// How long a route is used again without a look into the resolver's cache.
const ROUTE: Duration = Duration::from_secs(60);
/// Tries after which a message that breaks its worker is put aside (security.md M19).
const STRIKES_MAX: i64 = 3;

/// A recipient that is over for now.
pub(crate) enum Done {
    Settled(Settled),
    /// Untried.
    Released(Claimed),
}

impl Done {
    const fn claimed(&self) -> &Claimed {
        match self {
            Self::Settled(settled) => &settled.claimed,
            Self::Released(claimed) => claimed,
        }
    }
}

/// What dispatcher, lanes and settler share.
pub(crate) struct Delivery {
    pub(crate) parts: EngineParts,
    pub(crate) scope: SystemScope,
    signers: Signers,
    dialler: Dialler,
    return_path_key: ReturnPathKey,
    lanes: Mutex<HashMap<Site, Arc<Lane>>>,
    down: Mutex<HashMap<Site, (Instant, Tried)>>,
    routes: Mutex<HashMap<HostName, (Instant, Site)>>,
    in_flight: Mutex<HashMap<HostName, usize>>,
    freed: Notify,
    done: mpsc::UnboundedSender<Done>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Delivery {
    pub(crate) fn new(
        parts: EngineParts,
        scope: SystemScope,
        tasks: TaskTracker,
        shutdown: CancellationToken,
    ) -> Result<(Arc<Self>, Settler), TlsError> {
        let settings = &parts.settings;
        let dialler = Dialler::new(
            parts.resolver.clone(),
            Arc::clone(settings),
            settings.smarthost.clone(),
        )?;
        // Bounded by what may be in flight.
        let (done, results) = mpsc::unbounded_channel();
        let delivery = Arc::new(Self {
            return_path_key: parts.return_path_key(),
            parts,
            scope,
            signers: Signers::default(),
            dialler,
            lanes: Mutex::default(),
            down: Mutex::default(),
            routes: Mutex::default(),
            in_flight: Mutex::default(),
            freed: Notify::new(),
            done,
            tasks,
            shutdown,
        });
        let settler = Settler::new(Arc::clone(&delivery), results);
        Ok((delivery, settler))
    }

    /// Gives jobs of one destination to the lane of its site.
    async fn route(self: Arc<Self>, destination: HostName, jobs: Vec<Job>) {
        let site = match self.dialler.site(&destination).await {
            Ok(site) => site,
            Err(tried) => {
                for job in jobs {
                    self.settle(job.claimed, tried.clone()).await;
                }
                return;
            }
        };
        let until = Instant::now() + ROUTE;
        let mut routes = locked(&self.routes);
        routes.retain(|_, (until, _)| *until > Instant::now());
        routes.insert(destination, (until, site.clone()));
        drop(routes);
        self.enqueue(site, jobs);
    }

    fn known_route(&self, destination: &HostName) -> Option<Site> {
        let routes = locked(&self.routes);
        let (until, site) = routes.get(destination)?;
        (*until > Instant::now()).then(|| site.clone())
    }

    fn enqueue(self: &Arc<Self>, site: Site, jobs: Vec<Job>) {
        if let Some(tried) = self.known_down(&site) {
            for job in jobs {
                self.report(job.claimed, &tried);
            }
            return;
        }
        let mut lanes = locked(&self.lanes);
        if self.shutdown.is_cancelled() {
            for job in jobs {
                self.release(job.claimed);
            }
            return;
        }
        let lane = lanes
            .entry(site.clone())
            .or_insert_with(|| Arc::new(Lane::new(site)));
        let lane = Arc::clone(lane);
        let start = lane.push(jobs);
        drop(lanes);
        for _ in 0..start {
            let (delivery, lane) = (Arc::clone(self), Arc::clone(&lane));
            self.tasks.spawn(Box::pin(lane::work(delivery, lane)));
        }
    }

    /// Forgets a lane nobody uses.
    fn desert(&self, lane: &Lane) {
        let mut lanes = locked(&self.lanes);
        if lane.is_deserted() {
            lanes.remove(&lane.site);
        }
    }

    /// Remembers that a site cannot be reached now.
    fn is_down(&self, site: &Site, tried: &Tried) {
        if tried.verdict == Verdict::Transient {
            let mut down = locked(&self.down);
            down.retain(|_, (until, _)| *until > Instant::now());
            down.insert(site.clone(), (Instant::now() + DOWN, tried.clone()));
        }
    }

    fn known_down(&self, site: &Site) -> Option<Tried> {
        let down = locked(&self.down);
        let (until, tried) = down.get(site)?;
        (*until > Instant::now()).then(|| tried.clone())
    }

    /// Whether a job waited so long that its lease could end under it.
    fn is_stale(&self, job: &Job) -> bool {
        job.since.elapsed() > WAIT_MAX
    }

    /// The message as it goes out, signed.
    async fn octets(&self, job: &Job) -> Result<Bytes, Tried> {
        let outgoing = &job.outgoing;
        let now = self.parts.sources.now();
        let signed = outgoing.signed.get_or_try_init(|| async {
            match &outgoing.body {
                Body::Row(octets) => outgoing.sign(octets, now),
                Body::Blob(key) => outgoing.sign(&self.blob(key, job).await?, now),
            }
        });
        signed.await.cloned()
    }

    async fn blob(&self, key: &str, job: &Job) -> Result<Bytes, Tried> {
        match self.parts.blobs.get(key).await {
            Ok(Some(octets)) => Ok(octets),
            Ok(None) => Err(broken("the message is missing in the blob store")),
            Err(error) => {
                tracing::warn!(email.id = %job.claimed.email_id, %error, "a message cannot be read");
                Err(broken("the message cannot be read now"))
            }
        }
    }

    /// Where bounces of this recipient's copy go.
    fn return_path(&self, claimed: &Claimed) -> Result<Address, Tried> {
        if let Some(return_path) = &claimed.return_path {
            return Ok(return_path.clone());
        }
        let now = self.parts.sources.now();
        let local_part = self.return_path_key.encode(claimed.recipient_id, now);
        let domain = claimed.bounce_domain.as_ref().map_or_else(
            || self.parts.hosts.bounces.clone(),
            |domain| format!("ps-bounces.{domain}"),
        );
        let domain: HostName = domain
            .parse()
            .map_err(|_| broken("no host takes bounces"))?;
        Address::new(local_part, domain).map_err(|_| broken("no address takes bounces"))
    }

    async fn settle(&self, claimed: Claimed, tried: Tried) {
        self.report(claimed, &tried);
        tokio::task::yield_now().await;
    }

    fn report(&self, claimed: Claimed, tried: &Tried) {
        let patience = Patience {
            schedule: &self.parts.settings.retry_schedule,
            lifetime: self.parts.settings.message_lifetime,
        };
        let outcome = patience.decide(&tried.verdict, &claimed, &self.parts.sources);
        self.tell(Done::Settled(Settled {
            claimed,
            outcome,
            reply: Some(tried.reply.clone()),
            mx_host: tried.mx_host.clone(),
        }));
    }

    fn release(&self, claimed: Claimed) {
        self.tell(Done::Released(claimed));
    }

    /// Gives back on shutdown what waits behind conversations that may go on for long.
    pub(crate) async fn hand_back(self: Arc<Self>) {
        self.shutdown.cancelled().await;
        for lane in locked(&self.lanes).values() {
            self.release_waiting(lane);
        }
    }

    fn release_waiting(&self, lane: &Lane) {
        for job in lane.drain() {
            self.release(job.claimed);
        }
    }

    /// A message broke its worker: the third time it is put aside.
    async fn panicked(&self, claimed: Claimed) {
        metrics::counter!("postscale_worker_panics_total", "work" => "deliver").increment(1);
        tracing::error!(email.id = %claimed.email_id, attempt = claimed.attempt, "delivering a message panicked");
        if claimed.attempt < STRIKES_MAX {
            return self.report(claimed, &broken("internal error"));
        }
        self.tell(Done::Settled(Settled {
            claimed,
            outcome: Outcome::Held,
            reply: Some(broken("internal error").reply),
            mx_host: None,
        }));
    }

    fn tell(&self, done: Done) {
        // The settler outlives every task; without it the lease gives the recipient back.
        let _gone = self.done.send(done);
    }

    /// Counts recipients that are over.
    fn finished(&self, done: &[Done]) {
        let mut in_flight = locked(&self.in_flight);
        for one in done {
            let destination = &one.claimed().destination;
            if let Some(count) = in_flight.get_mut(destination) {
                *count -= 1;
                if *count == 0 {
                    in_flight.remove(destination);
                }
            }
        }
        drop(in_flight);
        self.freed.notify_one();
    }
}

fn broken(text: &str) -> Tried {
    Tried::observed(Verdict::Transient, "4.3.0", text)
}

/// Claims what is due.
pub(crate) struct Dispatcher(pub(crate) Arc<Delivery>);

impl Work for Dispatcher {
    const NAME: &'static str = "deliver";
    const CHANNEL: &'static str = recipient::CHANNEL;

    async fn round(&self) -> postscale_store::Result<Next> {
        let delivery = &self.0;
        let store = &delivery.parts.store;
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
        };
        let mut tx = store.write().await?;
        let now = delivery.parts.sources.now();
        let claimed = recipient::claim_due(&mut tx, &delivery.scope, &claim, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = store.read().await?;
            let due = recipient::next_due_at(&mut tx, &delivery.scope).await?;
            return Ok(Next::At(due));
        }
        self.count(&claimed);
        match self.outgoing(&claimed).await {
            Ok(outgoing) => self.dispatch(claimed, &outgoing),
            Err(error) => {
                for one in claimed {
                    delivery.release(one);
                }
                return Err(error);
            }
        }
        Ok(Next::Again)
    }

    async fn freed(&self) {
        self.0.freed.notified().await;
    }
}

impl Dispatcher {
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

    /// Each message once, with the keys that sign it.
    async fn outgoing(
        &self,
        claimed: &[Claimed],
    ) -> postscale_store::Result<HashMap<EmailId, Arc<Outgoing>>> {
        let Delivery {
            parts,
            scope,
            signers,
            ..
        } = &*self.0;
        let of: HashMap<EmailId, &Claimed> =
            claimed.iter().map(|one| (one.email_id, one)).collect();
        let ids: Vec<EmailId> = of.keys().copied().collect();
        let mut tx = parts.store.read().await?;
        let mut keys = HashMap::new();
        for one in of.values() {
            if let Entry::Vacant(place) = keys.entry(one.domain_id) {
                let found = signers.of_domain(&mut tx, scope, one.domain_id, &parts.seal);
                let found = match found.await {
                    // Its mail waits, nobody else's does.
                    Err(Error::Corrupt(why)) => {
                        tracing::error!(domain.id = %one.domain_id, why, "the keys of a domain are unusable");
                        Arc::default()
                    }
                    found => found?,
                };
                place.insert(found);
            }
        }
        let bodies = bodies_for_job(&mut tx, scope, &ids).await?;
        let outgoing = bodies.into_iter().filter_map(|(id, body)| {
            let claimed = of.get(&id)?;
            let outgoing = Outgoing {
                body,
                signers: Arc::clone(keys.get(&claimed.domain_id)?),
                may_be_unsigned: claimed.inbound_email_id.is_some(),
                signed: OnceCell::new(),
            };
            Some((id, Arc::new(outgoing)))
        });
        Ok(outgoing.collect())
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
                Some(site) => delivery.enqueue(site, jobs),
                None => {
                    let route = Arc::clone(delivery).route(destination, jobs);
                    delivery.tasks.spawn(Box::pin(route));
                }
            }
        }
    }
}
