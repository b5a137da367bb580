//! The outbound queue at work: claims, routes, lanes, settlement.
//!
//! One dispatcher claims due recipients in batches, in a transaction of its own, and hands them to
//! the lane of their site; lanes talk to the network with no transaction open; one settler writes what
//! came of it, again in batches. A crash between the final dot and the settlement sends one more copy
//! to that recipient, never none. What is in hand is renewed (`leases`) for as long as that takes.
//!
//! Limits: [`IN_FLIGHT_MAX`] recipients are claimed at once, [`PER_DESTINATION_MAX`] of one
//! destination, so that a long line for one domain leaves room for others.

mod dispatcher;
mod lane;
mod leases;
pub(crate) mod outcome;
mod pacing;
mod routing;
mod settler;
mod signing;
pub(crate) mod site;
mod system_mail;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use postscale_access::SystemScope;
use postscale_mail::return_path::ReturnPathKey;
use postscale_model::{Address, HostName};
use postscale_smtp::tls::TlsError;
use postscale_store::{
    Body,
    recipient::{Claimed, Outcome, Settled},
};
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    lane::{Job, Lane},
    leases::Leases,
    outcome::{Patience, Tried, Verdict},
    site::{Dialler, Site},
};
use crate::EngineParts;
pub(crate) use dispatcher::Dispatcher;
use pacing::Pacing;
pub(crate) use settler::Settler;
use signing::Signers;
pub(crate) use system_mail::SystemMail;

/// Recipients in work at once.
const IN_FLIGHT_MAX: usize = 1024;
/// Recipients in work at once of one destination.
const PER_DESTINATION_MAX: usize = 128;
/// Recipients claimed in one transaction.
const CLAIM_MAX: usize = 256;
/// A job that waited this long in its lane goes back into the queue, where its turn is decided anew.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// How long mail of a paused domain is left alone; resuming it ends the wait.
const PAUSED: Duration = Duration::from_secs(3600);
/// Tries after which a message that breaks its worker is put aside (security.md M19).
const STRIKES_MAX: i64 = 3;

/// A recipient that is over for now.
pub(crate) enum Done {
    Settled(Settled),
    /// Untried.
    Released(Claimed),
    /// Untried, because its domain is paused.
    PutOff(Claimed),
}

impl Done {
    const fn claimed(&self) -> &Claimed {
        match self {
            Self::Settled(settled) => &settled.claimed,
            Self::Released(claimed) | Self::PutOff(claimed) => claimed,
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
    leases: Leases,
    pacing: Pacing,
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
            leases: Leases::default(),
            pacing: Pacing::default(),
            freed: Notify::new(),
            done,
            tasks,
            shutdown,
        });
        let settler = Settler::new(Arc::clone(&delivery), results);
        Ok((delivery, settler))
    }

    /// Whether a job waited for too long, or somebody else may have it by now.
    fn is_stale(&self, job: &Job) -> bool {
        let now = self.parts.sources.now();
        job.since.elapsed() > WAIT_MAX || !self.leases.is_held(&job.claimed, now)
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
        let reply = tried.reply_for(&outcome, claimed.attempt);
        self.tell(Done::Settled(Settled {
            claimed,
            outcome,
            reply: Some(reply),
            mx_host: tried.mx_host.clone(),
        }));
    }

    fn release(&self, claimed: Claimed) {
        self.tell(Done::Released(claimed));
    }

    /// Leaves mail of a paused domain for later. The try does not count.
    fn put_off(&self, claimed: Claimed) {
        self.tell(Done::PutOff(claimed));
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
    fn finished<'a>(&self, over: impl IntoIterator<Item = &'a Claimed> + Clone) {
        self.leases.let_go(over.clone());
        let mut in_flight = locked(&self.in_flight);
        for Claimed { destination, .. } in over {
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
