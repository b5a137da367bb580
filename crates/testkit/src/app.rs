//! The product in process: everything real but the sockets of its surfaces.

mod state;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::Extension;
use postscale_actions::{
    App, Hasher, Limits, Links, Parts, SessionToken,
    auth::{SetupLink, Signups, Throttle},
    warming::WarmingLimits,
};
use postscale_dashboard::ApiReference;
use postscale_mail::records::MailHosts;
use postscale_model::{HostName, Plans, SessionId, Sources};
use postscale_store::{Blobs, Database, Seal, Store, StoreSettings, last_use, params, session};
use postscale_web::{Settings, Surfaces, Web};
use tempfile::TempDir;

pub use self::state::{Checkpoint, Commits};
use crate::{
    Client, NOW, Objects, Presented, SeededRandom, TestClock, TestDns, World,
    database::{FILE, TestDatabase},
    world::{receive, system},
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
    surfaces: Surfaces,
    random: SeededRandom,
    _directory: TempDir,
    /// The file of the database, on SQLite.
    file: Option<PathBuf>,
    /// How the store was opened.
    settings: StoreSettings,
}

/// How an instance is made.
#[derive(Default)]
pub struct Builder {
    database: Option<(Store, Option<PathBuf>, StoreSettings)>,
    random: Option<SeededRandom>,
    plans: Plans,
    warming: WarmingLimits,
    signups: Option<Signups>,
    with_peers: bool,
}

impl Builder {
    /// Uses this empty database, of either engine, instead of a SQLite file of its own.
    #[must_use]
    pub fn database(mut self, database: &TestDatabase) -> Self {
        let settings = database.settings().clone();
        self.database = Some((database.store().clone(), database.file(), settings));
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

    /// Holds no sender to the limits of new ones.
    #[must_use]
    pub fn without_warming(mut self) -> Self {
        self.warming = WarmingLimits::Ignored;
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
        let (store, file, settings) = self.database.unwrap_or_else(|| {
            let file = directory.path().join(FILE);
            (open(&file), Some(file.clone()), in_file(&file))
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
            warming: self.warming,
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
            surfaces: surfaces(&app),
            app,
            clock,
            dns,
            world,
            random,
            _directory: directory,
            file,
            settings,
        }
    }
}

fn in_file(file: &Path) -> StoreSettings {
    StoreSettings::new(Database::Sqlite(file.to_owned())).audit_key([3; 32])
}

fn open(file: &Path) -> Store {
    Store::open(in_file(file)).expect("open the store")
}

fn blobs(directory: &Path) -> Blobs {
    Blobs::directory(&directory.join("blobs")).expect("a directory of blobs")
}

fn surfaces(app: &App) -> Surfaces {
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
    Surfaces::new(api, postscale_api::problem, pages, app.sources.clone())
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

    /// Signs a seeded person in once more, without a password.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn signed_in(&self, actor: &str) -> Client {
        let token = SessionToken::new(&self.app.sources);
        let seat = self.world.seat(actor);
        let now = self.app.sources.now();
        let sql = "INSERT INTO sessions (id, token_hash, person_id, user_id, ip, user_agent, \
                   authenticated_at, last_seen_at, expires_at, created_at) \
                   SELECT $1, $2, u.person_id, u.id, '192.0.2.1', 'test', $4, $4, $5, $4 \
                   FROM users u WHERE u.id = $3";
        let id: SessionId = self.app.sources.id();
        let end = now.plus(session::AGE_MAX);
        let mut tx = self.app.store.write().await.expect("a transaction");
        tx.execute(sql, &params![id, token.hash(), seat.user, now, end])
            .await
            .expect("a session");
        tx.commit().await.expect("commit");
        self.presenting(Presented::Session(token.expose().to_owned()))
    }

    /// Goes on with the ids and secrets of another seed.
    pub fn reseed(&self, seed: u64) {
        self.random.reseed(seed);
    }

    /// Sends requests with any credential.
    #[must_use]
    pub fn presenting(&self, presented: Presented) -> Client {
        Client {
            surfaces: self.surfaces.clone(),
            presented,
        }
    }

    /// Writes down when credentials were last used, as a node does by itself now and then.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn write_uses(&self) {
        last_use::flush(&self.app.store, &system())
            .await
            .expect("uses are written down");
    }

    /// Has a domain receive a message, and gives its id. The ids are given as a client knows them.
    ///
    /// # Panics
    /// When one of them is none, or the database refuses.
    pub async fn receive(&self, organization: &str, domain: &str, name: &str) -> String {
        let organization = organization.parse().expect("an organization's id");
        let domain = domain.parse().expect("a domain's id");
        let mut tx = self.app.store.write().await.expect("a transaction");
        let sources = &self.app.sources;
        let (id, _) = receive(&mut tx, sources, (organization, domain), name).await;
        tx.commit().await.expect("commit");
        id
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
