//! A running node: everything wired, listening, and stopped in order.
//!
//! A stop takes at most 30 seconds: nothing new is accepted, what runs is finished, what is not
//! finished is handed back to its lease.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use axum::Router;
use postscale_actions::{
    App, Hasher, Inflow, Limits, Links, Parts, Secret,
    auth::{SetupLink, Throttle},
};
use postscale_engine::Engine;
use postscale_mail::dns::Resolver;
use postscale_smtp::server::Spool;
use postscale_store::{Blobs, Seal};
use postscale_web::Web;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    commands::create_first_owner,
    config::{Config, Switch},
    data_dir::Lock,
    engine_parts::{dns_settings, engine_parts},
    http::{self, Pending},
    instance::Instance,
    listeners::Listeners,
    ops,
    runtime_file::{Listening, RuntimeFile},
    smtp,
    tls::Certificate,
};

/// How long listeners have to end once the node stops.
const DRAIN: Duration = Duration::from_secs(25);

/// How often strangers who are quiet again are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60);
/// Large messages in memory at once, each for as long as it is verified and kept.
const LARGE_AT_ONCE: usize = 4;

/// What asks a node to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// A node that listens.
pub struct Running {
    /// What its use cases work with.
    pub app: App,
    /// Where it listens.
    pub listening: Listening,
    /// Where people reach it, without a final slash.
    pub public_url: Arc<str>,
    /// Opens `/setup/{token}` while nobody has set the instance up.
    pub setup_token: Secret,
    /// Cancel it to stop the node.
    pub shutdown: CancellationToken,
    signals: Signals,
    tasks: TaskTracker,
    engine: Engine,
    _runtime: RuntimeFile,
    _lock: Lock,
}

/// Starts a node with those pages.
pub async fn start(config: Config, pages: Router<Web>) -> Result<Running> {
    let metrics = ops::install_metrics()?;
    let instance = Instance::open(&config)?;
    let lock = instance.data.lock()?;
    RuntimeFile::remove_stale(&instance.data)?;
    match config.migrate {
        Switch::On => drop(instance.migrate().await?),
        Switch::Off => instance.leave_migrations().await?,
    }
    let certificate = Certificate::load(&config, &instance.data)?;
    let listeners = Listeners::bind(&config.listen).await?;
    let listening = listeners.addresses()?;
    let public_url: Arc<str> = http::public_url(&config, &listening).into();
    let (setup_link, setup_token) = SetupLink::new(&instance.sources);
    let app = app(&config, &instance, &public_url, setup_link)?;
    if let Some(owner) = &config.first_owner {
        create_first_owner(&app, owner).await?;
    }

    let shutdown = CancellationToken::new();
    let tasks = TaskTracker::new();
    let parts = engine_parts(&config, &app, &public_url)?;
    let engine = Engine::start(parts.clone(), shutdown.clone())?;
    let sessions = smtp::Sessions {
        app: app.clone(),
        parts,
        data: instance.data.clone(),
        hostname: config.hostname.clone(),
        postmaster: config.postmaster.clone(),
        tls: certificate.acceptor(),
        inflow: Inflow::new(&instance.sources, config.inflow),
        spool: Arc::new(spool(&instance)?),
    };
    let ops = ops::router(&app, &instance.data, metrics);
    let pending = Pending::of(&app.store, config.migrate).await;
    let web = http::surfaces(&config, &app, Arc::clone(&public_url), pages, pending)?;
    listeners.serve(&tasks, &shutdown, &sessions, web, ops);
    tasks.spawn(certificate.follow(shutdown.clone()));
    let clock = instance.clock.clone();
    tasks.spawn(clock.follow(app.store.clone(), shutdown.clone()));
    tasks.spawn(forget_quiet(
        app.throttle.clone(),
        sessions.inflow.clone(),
        shutdown.clone(),
    ));
    // Before anybody can know that the node is there: a stop is heard from then on.
    let signals = Signals {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
    };
    let runtime = RuntimeFile::write(&instance.data, &listening)?;
    tracing::info!(
        http = ?listening.http,
        ops = ?listening.ops,
        mx = ?listening.mx,
        submission = ?listening.submission,
        submissions = ?listening.submissions,
        "listening"
    );
    Ok(Running {
        app,
        listening,
        public_url,
        setup_token,
        shutdown,
        signals,
        tasks,
        engine,
        _runtime: runtime,
        _lock: lock,
    })
}

/// Where large messages wait while they come in.
fn spool(instance: &Instance) -> Result<Spool> {
    let directory = instance.data.path("incoming");
    Spool::new(directory, LARGE_AT_ONCE).context("cannot make the directory of incoming mail")
}

/// Forgets strangers who are quiet again: what is counted of them must not add up for ever.
async fn forget_quiet(throttle: Throttle, inflow: Inflow, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(FORGET_EVERY) => {}
        }
        throttle.forget_quiet();
        inflow.forget_quiet();
    }
}

/// What the use cases of a command work with, which serves nobody and opens no page.
pub fn app_of_command(config: &Config, instance: &Instance) -> Result<App> {
    let public_url = config.public_url.as_deref().unwrap_or_default();
    app(
        config,
        instance,
        public_url,
        SetupLink::new(&instance.sources).0,
    )
}

/// What use cases work with.
pub fn app(
    config: &Config,
    instance: &Instance,
    public_url: &str,
    setup_link: SetupLink,
) -> Result<App> {
    Ok(App::from(Parts {
        store: instance.store.clone(),
        blobs: Blobs::open(&config.blobs, &config.blob_settings)?,
        sources: instance.sources.clone(),
        seal: Arc::new(Seal::new(instance.secrets.seal)),
        link_key: Arc::new(instance.secrets.links),
        resolver: Resolver::new(&dns_settings(config))?,
        hosts: Arc::new(config.hosts.clone()),
        hasher: Hasher::new(&instance.sources)?,
        throttle: Throttle::new(&instance.sources),
        setup_link,
        signups: config.signups,
        limits: Limits::default(),
        plans: config.plans.clone(),
        warming: config.warming,
        links: Arc::new(Links {
            public_url: public_url.to_owned(),
            system_from: config.system_mail.from.clone().into(),
        }),
        webhook_allow: config.webhook_allow.clone().into(),
    }))
}

impl Running {
    /// Runs until SIGTERM, SIGINT or [`Running::shutdown`], then stops in order.
    pub async fn wait(mut self) -> Result<()> {
        tokio::select! {
            _ = self.signals.terminate.recv() => {}
            _ = self.signals.interrupt.recv() => {}
            () = self.shutdown.cancelled() => {}
        }
        tracing::info!("stopping");
        self.shutdown.cancel();
        self.tasks.close();
        let listeners = tokio::time::timeout(DRAIN, self.tasks.wait());
        let (drained, ()) = tokio::join!(listeners, self.engine.finished());
        if drained.is_err() {
            tracing::warn!("some connections did not end in time and are cut");
        }
        tracing::info!("stopped");
        Ok(())
    }
}
