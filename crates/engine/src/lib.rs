//! What happens by itself: delivery and retries, received mail after its acceptance, webhooks,
//! domain checks, mail of the system itself.
//!
//! [`Engine::start`] starts every kind of work this node does; each takes what is due from the
//! database, so any number of nodes may run the same. [`intake`] is called inside the SMTP
//! conversation, by whoever holds it. Nothing here asks who may do a thing: the rows it works on were
//! written by somebody who might.

mod bodies;
mod delivery;
mod dkim;
mod inbound;
mod invitations;
mod jobs;
mod maintenance;
pub mod net_filter;
mod notices;
pub mod reports;
mod retention;
mod runner;
pub mod schedule;
mod scopes;
mod settings;
mod stats;
mod verification;
mod warming;
mod webhooks;

use std::{sync::Arc, time::Duration};

use postscale_smtp::tls::TlsError;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use inbound::{
    blocked, forwarding, intake,
    intakes::{Intakes, OnTheWay},
    postmaster, reply,
};
pub use settings::{EngineParts, EngineSettings, Smarthost, SmarthostError, Workers};
pub use webhooks::client::HttpError;

/// How long work in flight may take to end after shutdown (security.md M21: 30 s in all).
const DRAIN: Duration = Duration::from_secs(20);
/// How long what came of it may take to be written.
const SETTLE: Duration = Duration::from_secs(4);

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// TLS for outbound mail.
    #[error("TLS for outbound mail: {0}")]
    Tls(#[from] TlsError),
    /// The client of webhooks.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// Background work of this node.
pub struct Engine {
    tasks: TaskTracker,
    settling: TaskTracker,
    nothing_in_flight: CancellationToken,
    shutdown: CancellationToken,
}

impl Engine {
    /// Starts the work until `shutdown`.
    ///
    /// # Errors
    /// [`StartError`] when TLS roots are unusable.
    pub fn start(parts: EngineParts, shutdown: CancellationToken) -> Result<Self, StartError> {
        let engine = Self {
            tasks: TaskTracker::new(),
            settling: TaskTracker::new(),
            nothing_in_flight: CancellationToken::new(),
            shutdown,
        };
        let workers = parts.settings.workers;
        if workers.deliver {
            engine.start_delivery(&parts)?;
        }
        if workers.webhooks {
            let tasks = engine.tasks.clone();
            let webhooks = webhooks::Webhooks::new(parts.clone(), scopes::WEBHOOKS, tasks)?;
            engine.run(&parts, webhooks::Dispatcher(webhooks));
        }
        if workers.verify {
            let tasks = engine.tasks.clone();
            let jobs = jobs::Jobs::new(parts.clone(), scopes::JOBS, tasks);
            engine.run(&parts, jobs::Dispatcher(jobs));
        }
        if workers.reports {
            let reading = reports::reading::Reading::new(parts.clone(), scopes::REPORTS);
            engine.run(&parts, reading);
            let names = reports::names::Names::new(parts.clone(), scopes::REPORTS);
            engine.run(&parts, names);
        }
        if workers.maintenance {
            let (store, sources) = (parts.store.clone(), parts.sources.clone());
            let shutdown = engine.shutdown.clone();
            let work = maintenance::run(store, sources, scopes::MAINTENANCE, shutdown);
            engine.tasks.spawn(work);
            let retention = retention::Retention::new(parts.clone(), scopes::RETENTION);
            engine.run(&parts, retention);
            engine.run(&parts, stats::Stats::new(parts.clone(), scopes::STATS));
            engine.run(
                &parts,
                warming::Warming::new(parts.clone(), scopes::WARMING),
            );
        }
        Ok(engine)
    }

    fn start_delivery(&self, parts: &EngineParts) -> Result<(), StartError> {
        let (delivery, settler) = delivery::Delivery::new(
            parts.clone(),
            scopes::DELIVER,
            self.tasks.clone(),
            self.shutdown.clone(),
        )?;
        self.settling
            .spawn(settler.run(self.nothing_in_flight.clone()));
        self.tasks.spawn(Arc::clone(&delivery).hand_back());
        self.run(parts, delivery::Dispatcher(delivery));
        let process = inbound::process::Process::new(parts.clone(), scopes::PROCESS_INBOUND);
        self.run(parts, process);
        let system_mail = delivery::SystemMail::new(parts.clone(), scopes::SYSTEM_MAIL)?;
        self.run(parts, system_mail);
        Ok(())
    }

    fn run<W: runner::Work>(&self, parts: &EngineParts, work: W) {
        let (store, sources) = (parts.store.clone(), parts.sources.clone());
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(Box::pin(async move {
            runner::run(&work, &store, &sources, &shutdown).await;
        }));
    }

    /// Returns when the work has ended after shutdown: what was in flight is finished or left to its
    /// lease, what was not is handed back. Takes at most 25 seconds from the shutdown on.
    pub async fn finished(&self) {
        self.shutdown.cancelled().await;
        self.tasks.close();
        if timeout(DRAIN, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                tasks = self.tasks.len(),
                "work in flight did not end in time and is left to its leases"
            );
        }
        self.nothing_in_flight.cancel();
        self.settling.close();
        if timeout(SETTLE, self.settling.wait()).await.is_err() {
            tracing::warn!("what came of deliveries could not be written in time");
        }
    }
}
