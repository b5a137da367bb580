//! The complete list of differences between the two engines.
//!
//! Everything else is one SQL text in the portable subset: `$1` placeholders, `RETURNING`,
//! `ON CONFLICT … excluded.`, row values, `->>`, partial indexes; ids and JSON as `TEXT`, instants
//! and counts as `BIGINT`, flags as `BOOLEAN`, bytes as `BYTEA` (which SQLite takes as a name).

use std::time::Duration;

/// The engine under a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, in this process.
    Sqlite,
    /// PostgreSQL, over the network.
    Postgres,
}

impl Engine {
    /// What ends the subselect by which a worker claims rows of a queue. On SQLite the writer's
    /// turn already keeps other workers away.
    #[must_use]
    pub const fn claim_suffix(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// What ends a `SELECT` whose rows must not change before this transaction ends. Others may still
    /// add rows that refer to them: two transactions that have both done so must not wait for each
    /// other here.
    #[must_use]
    pub const fn lock_suffix(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR NO KEY UPDATE",
        }
    }

    /// What ends a `SELECT` whose rows must stay before this transaction ends, because rows that refer
    /// to them will be written.
    #[must_use]
    pub const fn keep_suffix(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => "FOR KEY SHARE",
        }
    }
}

/// Prepares SQLite's write connection: durable at COMMIT, also after power loss.
pub(crate) const SQLITE_WRITER: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32768;";

/// Prepares the connection that copies SQLite's log into the database, as durably.
pub(crate) const SQLITE_COPIER: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;";

/// Prepares one of SQLite's read connections.
pub(crate) const SQLITE_READER: &str = "
    PRAGMA query_only = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16384;";

/// Prepares a PostgreSQL connection. A server that does not wait for its own disk is told to; one
/// that waits for more (its replicas) is left alone.
pub(crate) const POSTGRES_SESSION: &str = "
    SELECT CASE current_setting('synchronous_commit')
        WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END;
    SET lock_timeout = '5s';
    SET statement_timeout = '30s';
    SET idle_in_transaction_session_timeout = '60s';
    SET timezone = 'UTC';";
/// How long to wait for an answer on it: a little longer than the server itself lets a statement run.
pub(crate) const POSTGRES_ANSWER: Duration = Duration::from_secs(35);

/// Starts a transaction of each kind.
pub(crate) const SQLITE_BEGIN_READ: &str = "BEGIN DEFERRED";
pub(crate) const SQLITE_BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
pub(crate) const POSTGRES_BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
pub(crate) const POSTGRES_BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE";

/// Keeps two nodes from migrating at once, until the transaction ends. Migrations may take longer
/// than statements of the running program.
pub(crate) const POSTGRES_MIGRATION_LOCK: &str = "
    SET LOCAL lock_timeout = 0;
    SET LOCAL statement_timeout = 0;
    SELECT pg_advisory_xact_lock(5782344117250883);";

/// Takes the turn to write to an organization's audit log, until the transaction ends. Asked for
/// after every row lock of the transaction, so that two never wait for each other.
pub(crate) const POSTGRES_AUDIT_LOCK: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended($1, 5782344117250884))";

/// Tells other processes that a channel has work; delivered when the transaction commits.
pub(crate) const POSTGRES_NOTIFY: &str = "SELECT pg_notify('postscale', $1)";
/// Asks to be told.
pub(crate) const POSTGRES_LISTEN: &str = "LISTEN postscale";

/// The server's clock, in microseconds since 1970.
pub(crate) const POSTGRES_NOW: &str =
    "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS now";

/// A row when the table `$1` exists.
pub(crate) const fn table_exists(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = $1",
        Engine::Postgres => {
            "SELECT table_name AS name FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_name = $1"
        }
    }
}
