//! The store: where transactions come from.

use std::{path::PathBuf, sync::Arc, time::Duration};

use postscale_model::Timestamp;
use tokio::task::AbortHandle;

use crate::{
    Engine, Result, Tx, Wakeups,
    denial::Denials,
    dialect,
    last_use::LastUse,
    postgres::{self, Patience, Postgres, address::Address},
    sqlite::{reader::Readers, writer::Writers},
    tx::Shared,
    wakeups::Bell,
};

/// Which database.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file, made when absent. Its directory must exist.
    Sqlite(PathBuf),
    /// A server: `postgres://user:password@host/database`.
    Postgres(String),
}

impl Database {
    /// Reads `sqlite:PATH` or `postgres://…`.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return (!path.is_empty()).then(|| Self::Sqlite(path.into()));
        }
        let server = url.starts_with("postgres://") || url.starts_with("postgresql://");
        server.then(|| Self::Postgres(url.to_owned()))
    }

    /// Whether it could be opened, as far as that can be said without asking it.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the URL of a server makes no sense.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(url) => Address::parse(url).map(drop),
        }
    }
}

impl std::fmt::Debug for Database {
    /// Leaves the password out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Which database.
    pub database: Database,
    /// How many transactions may be open at once: read connections of SQLite, connections to
    /// PostgreSQL.
    pub connections: usize,
    /// How long to wait for a connection or the write turn before [`crate::Error::Busy`], and for a
    /// server to begin a transaction before [`crate::Error::Unavailable`].
    pub wait: Duration,
    /// How long a server may take to answer a statement before [`crate::Error::Unavailable`].
    pub answer: Duration,
    /// Chains the audit log; without one nothing that is audited can be done.
    pub audit_key: Option<[u8; 32]>,
}

impl StoreSettings {
    /// The usual settings for a database.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self {
            database,
            connections: 32,
            wait: Duration::from_secs(5),
            answer: dialect::POSTGRES_ANSWER,
            audit_key: None,
        }
    }

    /// With the key that chains the audit log.
    #[must_use]
    pub const fn audit_key(mut self, key: [u8; 32]) -> Self {
        self.audit_key = Some(key);
        self
    }
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    bell: Bell,
    shared: Arc<Shared>,
}

#[derive(Clone)]
enum Backend {
    Sqlite {
        readers: Arc<Readers>,
        writers: Arc<Writers>,
    },
    Postgres {
        pool: Arc<Postgres>,
        _listener: Arc<Listener>,
    },
}

/// Ends the listening task with the last store.
struct Listener(AbortHandle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Store {
    /// Opens the database. PostgreSQL is not contacted yet and may be away.
    ///
    /// Must be called in a Tokio runtime.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when the file cannot be opened or the URL makes no sense.
    pub fn open(settings: StoreSettings) -> Result<Self> {
        let StoreSettings {
            database,
            connections,
            wait,
            answer,
            audit_key,
        } = settings;
        let bell = Bell::new();
        let backend = match database {
            Database::Sqlite(path) => {
                let readers = Arc::new(Readers::new(path.clone(), connections, wait));
                Backend::Sqlite {
                    writers: Writers::open(&path, &readers, wait, bell.clone())?,
                    readers,
                }
            }
            Database::Postgres(url) => {
                let address = Address::parse(&url)?;
                let patience = Patience {
                    begin: wait,
                    answer,
                };
                let listen = postgres::listener::listen(address.clone(), bell.clone());
                Backend::Postgres {
                    pool: Arc::new(Postgres::open(address, connections, patience)?),
                    _listener: Arc::new(Listener(tokio::spawn(listen).abort_handle())),
                }
            }
        };
        Ok(Self {
            backend,
            bell,
            shared: Arc::new(Shared {
                last_use: LastUse::default(),
                denials: Denials::default(),
                audit_key: audit_key.map(Arc::new),
            }),
        })
    }

    /// The engine under this store.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.backend {
            Backend::Sqlite { .. } => Engine::Sqlite,
            Backend::Postgres { .. } => Engine::Postgres,
        }
    }

    /// The encoding of a server's database that cannot hold every text; `None` when it can.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn narrow_encoding(&self) -> Result<Option<String>> {
        let Engine::Postgres = self.engine() else {
            return Ok(None);
        };
        let sql = "SELECT current_setting('server_encoding') AS encoding";
        let encoding = self.read().await?.query_one(sql, &[]).await?;
        Ok(Some(encoding.text("encoding")?).filter(|encoding| encoding != "UTF8"))
    }

    /// Starts a read transaction: one snapshot of the database, taken at its first statement.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] when no connection is free in time, [`crate::Error::Unavailable`] when the database
    /// is away.
    pub async fn read(&self) -> Result<Tx> {
        match &self.backend {
            Backend::Sqlite { readers, .. } => Ok(Tx::sqlite_read(
                readers.begin().await?,
                Arc::clone(&self.shared),
            )),
            Backend::Postgres { pool, .. } => {
                let connection = pool.begin(dialect::POSTGRES_BEGIN_READ).await?;
                Ok(Tx::postgres(connection, false, Arc::clone(&self.shared)))
            }
        }
    }

    /// Starts a write transaction. On SQLite there is one at a time, in the order of asking.
    ///
    /// # Errors
    /// [`crate::Error::Busy`] when the turn or a connection is not free in time, [`crate::Error::Unavailable`]
    /// when the database is away.
    pub async fn write(&self) -> Result<Tx> {
        match &self.backend {
            Backend::Sqlite { writers, .. } => Ok(Tx::sqlite_write(
                writers.begin().await?,
                Arc::clone(&self.shared),
            )),
            Backend::Postgres { pool, .. } => {
                let connection = pool.begin(dialect::POSTGRES_BEGIN_WRITE).await?;
                Ok(Tx::postgres(connection, true, Arc::clone(&self.shared)))
            }
        }
    }

    /// What the clock of the database's server shows; nothing on SQLite, which has none of its own.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn server_time(&self) -> Result<Option<Timestamp>> {
        if self.engine() == Engine::Sqlite {
            return Ok(None);
        }
        let mut tx = self.read().await?;
        let row = tx.query_one(dialect::POSTGRES_NOW, &[]).await?;
        row.timestamp("now").map(Some)
    }

    /// Uses of credentials not yet written.
    pub(crate) fn last_use(&self) -> &LastUse {
        &self.shared.last_use
    }

    /// Refusals not yet written.
    pub(crate) fn denials(&self) -> &Denials {
        &self.shared.denials
    }

    /// Listens to a channel. See [`Tx::wake`].
    #[must_use]
    pub fn wakeups(&self, channel: &'static str) -> Wakeups {
        self.bell.listen(channel)
    }

    /// How many commits SQLite made for this store: fewer than write transactions, as concurrent
    /// ones share. PostgreSQL counts its own; nothing here.
    #[must_use]
    pub fn commits(&self) -> Option<u64> {
        match &self.backend {
            Backend::Sqlite { writers, .. } => Some(writers.commits()),
            Backend::Postgres { .. } => None,
        }
    }
}
