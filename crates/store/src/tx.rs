//! A transaction: the only way to run a statement.
//!
//! The text of a statement is the same on both engines, with `$1…` placeholders, and is prepared
//! once per connection. After a failed statement a transaction refuses every other one, on both
//! engines: PostgreSQL would, and SQLite must not differ.

use std::sync::Arc;

use crate::{
    Engine, Error, Result, Row, Value,
    acting::Acting,
    denial::Denials,
    dialect,
    last_use::LastUse,
    postgres::Connection,
    sqlite::{reader::Reader, writer::Turn},
};

/// A read or write transaction. Dropping it undoes what it did.
///
/// Hold one only across statements: never across the network or a person's time, because on SQLite
/// others wait for the turn and their commits with it.
pub struct Tx {
    inner: Inner,
    writes: bool,
    failed: Option<Error>,
    wakes: Vec<&'static str>,
    shared: Arc<Shared>,
    acting: Acting,
}

/// What every transaction of a store shares.
pub(crate) struct Shared {
    /// Where uses of credentials are noted.
    pub(crate) last_use: LastUse,
    /// Where refusals are noted.
    pub(crate) denials: Denials,
    /// Chains the audit log.
    pub(crate) audit_key: Option<Arc<[u8; 32]>>,
}

enum Inner {
    SqliteRead(Reader),
    SqliteWrite(Turn),
    Postgres(Connection),
}

impl Tx {
    pub(crate) fn sqlite_read(reader: Reader, shared: Arc<Shared>) -> Self {
        Self::new(Inner::SqliteRead(reader), false, shared)
    }

    pub(crate) fn sqlite_write(turn: Turn, shared: Arc<Shared>) -> Self {
        Self::new(Inner::SqliteWrite(turn), true, shared)
    }

    pub(crate) fn postgres(connection: Connection, writes: bool, shared: Arc<Shared>) -> Self {
        Self::new(Inner::Postgres(connection), writes, shared)
    }

    fn new(inner: Inner, writes: bool, shared: Arc<Shared>) -> Self {
        Self {
            inner,
            writes,
            failed: None,
            wakes: Vec::new(),
            shared,
            acting: Acting::nobody(),
        }
    }

    /// The engine this runs on, for the statements in [`crate::dialect`].
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.inner {
            Inner::SqliteRead(_) | Inner::SqliteWrite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Where uses of credentials are noted.
    pub(crate) fn last_use(&self) -> &LastUse {
        &self.shared.last_use
    }

    /// Where refusals are noted.
    pub(crate) fn denials(&self) -> &Denials {
        &self.shared.denials
    }

    /// The key that chains the audit log.
    pub(crate) fn audit_key(&self) -> Result<Arc<[u8; 32]>> {
        let key = self.shared.audit_key.clone();
        key.ok_or_else(|| Error::corrupt("the store was opened without a key for its audit log"))
    }

    /// Who acts in this transaction, as far as a credential was verified in it.
    pub(crate) const fn acting(&self) -> &Acting {
        &self.acting
    }

    /// From here on `acting` acts.
    pub(crate) fn acts(&mut self, acting: Acting) {
        self.acting = acting;
    }

    /// Runs a statement and returns all its rows.
    ///
    /// # Errors
    /// [`Error`] as the database or an earlier statement failed.
    pub async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        self.still_good()?;
        tracing::trace!(sql, "query");
        let rows = match &mut self.inner {
            Inner::SqliteRead(reader) => reader.conn().query(sql, params),
            Inner::SqliteWrite(turn) => turn.query(sql, params),
            Inner::Postgres(connection) => connection.query(sql, params).await,
        };
        self.keep(rows)
    }

    /// Runs a statement and returns its first row, if any.
    ///
    /// # Errors
    /// [`Error`] as the database or an earlier statement failed.
    pub async fn query_opt(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Runs a statement that must return a row, such as an aggregate or `INSERT … RETURNING`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it returns none; [`Error`] as the database or an earlier statement
    /// failed.
    pub async fn query_one(&mut self, sql: &str, params: &[Value]) -> Result<Row> {
        let row = self.query_opt(sql, params).await?;
        row.ok_or_else(|| Error::corrupt("a statement that always returns a row returned none"))
    }

    /// Runs a statement and returns how many rows it changed.
    ///
    /// # Errors
    /// [`Error`] as the database or an earlier statement failed.
    pub async fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        self.still_good()?;
        tracing::trace!(sql, "execute");
        let changed = match &mut self.inner {
            Inner::SqliteRead(reader) => reader.conn().execute(sql, params),
            Inner::SqliteWrite(turn) => turn.execute(sql, params),
            Inner::Postgres(connection) => connection.execute(sql, params).await,
        };
        self.keep(changed)
    }

    /// Runs statements without parameters, separated by semicolons: migrations.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<()> {
        self.still_good()?;
        let done = match &mut self.inner {
            Inner::SqliteRead(reader) => reader.conn().script(sql),
            Inner::SqliteWrite(turn) => turn.script(sql),
            Inner::Postgres(connection) => connection.script(sql).await,
        };
        self.keep(done)
    }

    /// Wakes whoever listens to `channel`, in every process of this database that can be reached,
    /// once this transaction is committed. A hint: the listener polls as well.
    pub fn wake(&mut self, channel: &'static str) {
        if !self.wakes.contains(&channel) {
            self.wakes.push(channel);
        }
    }

    /// Makes the work durable. When this returns `Ok` it survives a crash and the loss of power.
    ///
    /// A read transaction has nothing to commit and just ends.
    ///
    /// # Errors
    /// [`Error`] as the database or an earlier statement failed. After
    /// [`Error::Unavailable`] it may still have happened: ids must make a second try harmless.
    pub async fn commit(self) -> Result<()> {
        self.still_good()?;
        if !self.writes {
            return Ok(());
        }
        match self.inner {
            Inner::SqliteRead(_) => Ok(()),
            Inner::SqliteWrite(turn) => turn.commit(self.wakes).await,
            Inner::Postgres(mut connection) => {
                for channel in self.wakes {
                    let sql = dialect::POSTGRES_NOTIFY;
                    connection.execute(sql, &[Value::from(channel)]).await?;
                }
                connection.commit().await
            }
        }
    }

    fn still_good(&self) -> Result<()> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn keep<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if let Err(why) = &outcome {
            self.failed = Some(why.clone());
        }
        outcome
    }
}
