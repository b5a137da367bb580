//! The product in process: everything real but the sockets of its surfaces.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use axum::Router;
use postscale_actions::{
    App, Hasher, Limits, Links, Plans,
    auth::{SetupLink, Signups, Throttle},
};
use postscale_mail::records::MailHosts;
use postscale_model::{HostName, Sources};
use postscale_store::{Blobs, Database, Seal, Store, StoreSettings};
use postscale_web::{Settings, Web, shared_layers};
use rusqlite::{Connection, OpenFlags, types::ValueRef};
use tempfile::TempDir;

use crate::{Client, NOW, Objects, Presented, SeededRandom, TestClock, TestDns, World};

/// Where the instance says it is.
const PUBLIC_URL: &str = "https://postscale.example";
/// Name of the SQLite file in the directory of an instance.
const FILE: &str = "postscale.db";

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
    directory: TempDir,
}

/// How an instance is made.
#[derive(Default)]
pub struct Builder {
    store: Option<Store>,
    random: Option<SeededRandom>,
    plans: Plans,
    signups: Option<Signups>,
}

impl Builder {
    /// Uses an opened, empty database, such as one of PostgreSQL, instead of a SQLite file.
    #[must_use]
    pub fn store(mut self, store: &Store) -> Self {
        self.store = Some(store.clone());
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
        let store = self.store.unwrap_or_else(|| open(directory.path()));
        store.migrate(NOW).await.expect("migrate");
        let dns = Arc::new(TestDns::start().await);
        let host: HostName = "postscale.example".parse().expect("a host name");
        let app = App {
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
            throttle: Throttle::default(),
            limits: Limits::default(),
            plans: self.plans,
            links: Arc::new(Links {
                public_url: PUBLIC_URL.to_owned(),
                system_from: "Postscale <no-reply@postscale.example>"
                    .parse()
                    .expect("a mailbox"),
            }),
            webhook_allow: Arc::new([]),
        };
        let world = Arc::new(World::seed(&app).await);
        TestApp {
            router: router(&app),
            app,
            clock,
            dns,
            world,
            random,
            directory,
        }
    }
}

fn open(directory: &Path) -> Store {
    let database = Database::Sqlite(directory.join(FILE));
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
    shared_layers(postscale_api::router().with_state(web), app.sources.clone())
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

    /// Another instance in the state this one is in; neither sees what becomes of the other.
    ///
    /// # Panics
    /// When the database is not SQLite.
    #[must_use]
    pub fn fork(&self) -> Self {
        let directory = TempDir::new().expect("make a directory");
        let target = directory.path().join(FILE);
        self.connection()
            .execute(
                "VACUUM INTO ?1",
                [target.to_str().expect("a path of UTF-8")],
            )
            .expect("copy the database");
        let (clock, random) = (self.clock.fork(), self.random.fork());
        let app = App {
            store: open(directory.path()),
            blobs: blobs(directory.path()),
            sources: Sources::new(Arc::new(clock.clone()), Arc::new(random.clone())),
            throttle: Throttle::default(),
            ..self.app.clone()
        };
        Self {
            router: router(&app),
            app,
            clock,
            dns: Arc::clone(&self.dns),
            world: Arc::clone(&self.world),
            random,
            directory,
        }
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

    fn connection(&self) -> Connection {
        let file = self.directory.path().join(FILE);
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .expect("open the file of the database")
    }

    /// Every row of every table, to see what a call changed.
    ///
    /// # Panics
    /// When the database is not SQLite.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let connection = self.connection();
        let rows = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).expect("a statement");
            let columns = statement.column_count();
            let read = |row: &rusqlite::Row<'_>| {
                let cells = (0..columns).map(|i| row.get_ref(i).map(cell));
                Ok(cells.collect::<Result<Vec<_>, _>>()?.join("|"))
            };
            let rows = statement.query_map([], read).expect("rows");
            rows.map(|row| row.expect("a row")).collect()
        };
        let tables = rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
        let dumped = tables.into_iter().map(|table| {
            let all = rows(&format!("SELECT * FROM \"{table}\" ORDER BY 1, 2"));
            (table, all)
        });
        dumped.collect()
    }
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) | ValueRef::Blob(text) => String::from_utf8_lossy(text).into_owned(),
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
