//! The product in process: everything real but the sockets of its surfaces.

mod state;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Extension, Router};
use postscale_actions::{
    App, Hasher, Limits, Links, Parts,
    auth::{SetupLink, Signups, Throttle},
};
use postscale_dashboard::ApiReference;
use postscale_mail::records::MailHosts;
use postscale_model::{HostName, Plans, Sources};
use postscale_store::{Blobs, Database, Seal, Store, StoreSettings};
use postscale_web::{Settings, Web, shared_layers, surfaces};
use tempfile::TempDir;

pub use self::state::Checkpoint;
use crate::{
    Client, NOW, Objects, Presented, SeededRandom, TestClock, TestDns, World,
    database::{FILE, TestDatabase},
};

/// Where the instance says it is.
const PUBLIC_URL: &str = "https://postscale.example";

/// An instance of the product that belongs to one test, with everybody in it.
pub struct TestApp {
    /// What use cases work with.
    pub app: App,
    /// The instance's clock.
    pub clock: TestClock,
    /// The name server it asks.
    pub dns: Arc<TestDns>,
    world: Arc<World>,
    router: Router,
    random: SeededRandom,
    _directory: TempDir,
    /// The file of the database, on SQLite.
    file: Option<PathBuf>,
}

/// How an instance is made.
#[derive(Default)]
pub struct Builder {
    database: Option<(Store, Option<PathBuf>)>,
    random: Option<SeededRandom>,
    plans: Plans,
    signups: Option<Signups>,
    with_peers: bool,
}

impl Builder {
    /// Uses this empty database, of either engine, instead of a SQLite file of its own.
    #[must_use]
    pub fn database(mut self, database: &TestDatabase) -> Self {
        self.database = Some((database.store().clone(), database.file()));
        self
    }

    /// Uses this seed instead of the one the environment names.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.random = Some(SeededRandom::new(seed));
        self
    }

    /// Takes sign-ups of nobody; without it, those of strangers.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.signups = Some(Signups::Closed);
        self
    }

    /// Seeds somebody of each role to be acted upon, besides those who act: another owner in both
    /// organizations, another admin in ours and a member in theirs.
    #[must_use]
    pub fn with_peers(mut self) -> Self {
        self.with_peers = true;
        self
    }

    /// Knows these plans; the seeded organizations are on that of new ones.
    #[must_use]
    pub fn plans(mut self, plans: Plans) -> Self {
        self.plans = plans;
        self
    }

    /// Makes the instance and seeds everybody and everything.
    ///
    /// # Panics
    /// When anything of it fails.
    pub async fn build(self) -> TestApp {
        let directory = TempDir::new().expect("make a directory");
        let random = self.random.unwrap_or_else(SeededRandom::from_environment);
        let clock = TestClock::default();
        let sources = Sources::new(Arc::new(clock.clone()), Arc::new(random.clone()));
        let (store, file) = self.database.unwrap_or_else(|| {
            let file = directory.path().join(FILE);
            (open(&file), Some(file))
        });
        store.migrate(NOW).await.expect("migrate");
        let dns = Arc::new(TestDns::start().await);
        let throttle = Throttle::new(&sources);
        let host: HostName = "postscale.example".parse().expect("a host name");
        let app = App::from(Parts {
            store,
            blobs: blobs(directory.path()),
            hasher: Hasher::new(&sources).expect("a hasher"),
            setup_link: SetupLink::new(&sources).0,
            signups: self.signups.unwrap_or(Signups::Open),
            sources,
            seal: Arc::new(Seal::new([1; 32])),
            link_key: Arc::new([2; 32]),
            resolver: dns.resolver(),
            hosts: Arc::new(MailHosts::derived_from(&host)),
            throttle,
            limits: Limits::default(),
            plans: self.plans,
            links: Arc::new(Links {
                public_url: PUBLIC_URL.to_owned(),
                system_from: "Postscale <no-reply@postscale.example>"
                    .parse()
                    .expect("a mailbox"),
            }),
            webhook_allow: Arc::new([]),
        });
        let world = Arc::new(World::seed(&app, self.with_peers).await);
        TestApp {
            router: router(&app),
            app,
            clock,
            dns,
            world,
            random,
            _directory: directory,
            file,
        }
    }
}

fn open(file: &Path) -> Store {
    let database = Database::Sqlite(file.to_owned());
    Store::open(StoreSettings::new(database).audit_key([3; 32])).expect("open the store")
}

fn blobs(directory: &Path) -> Blobs {
    Blobs::directory(&directory.join("blobs")).expect("a directory of blobs")
}

fn router(app: &App) -> Router {
    let settings = Settings {
        public_url: PUBLIC_URL.into(),
        trusted_proxies: Arc::new([]),
    };
    let web = Web {
        app: app.clone(),
        settings,
    };
    let api = postscale_api::router().with_state(web.clone());
    let reference = ApiReference::new(&postscale_api::document()).expect("a reference of the API");
    let pages = postscale_dashboard::router()
        .layer(Extension(reference))
        .with_state(web);
    shared_layers(surfaces(api, pages), app.sources.clone())
}

impl TestApp {
    /// Says how to make one.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A new instance on SQLite.
    pub async fn new() -> Self {
        Self::builder().build().await
    }

    /// Sends requests as the actor of that name.
    ///
    /// # Panics
    /// When nobody has the name; [`crate::ACTORS`] lists them.
    #[must_use]
    pub fn as_(&self, actor: &str) -> Client {
        self.presenting(self.world.seat(actor).presented.clone())
    }

    /// Sends requests with any credential.
    #[must_use]
    pub fn presenting(&self, presented: Presented) -> Client {
        Client {
            router: self.router.clone(),
            presented,
        }
    }

    /// Everybody and everything that was seeded.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What hangs on the domain the access table speaks of.
    #[must_use]
    pub fn shared(&self) -> &Objects {
        &self.world.shared
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let seed = self.random.seed();
            eprintln!(
                "{}={seed} makes the same ids and secrets again",
                crate::SEED
            );
        }
    }
}
