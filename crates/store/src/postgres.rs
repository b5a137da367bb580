//! PostgreSQL: pooled connections, one transaction each.
//!
//! Statements are prepared once per connection, with the kinds of their parameters declared. The
//! pool finds out by itself that the server was away: a dead connection is thrown out and the next
//! call makes a new one.
//!
//! A server that hangs instead of going away is not found out by its connections, so every answer is
//! waited for with a limit. The connection is thrown away then: what comes on it later answers a
//! question that nobody asks any more.
//!
//! What waits for the server is a boxed future: an allocation beside a network round trip, and the
//! driver is compiled here instead of anew in every crate that awaits a statement.

pub(crate) mod address;
pub(crate) mod listener;

use std::{error::Error as _, sync::Arc, time::Duration};

use bytes::BytesMut;
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
    Timeouts,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::{
    runtime::Handle,
    time::{error::Elapsed, timeout},
};
use tokio_postgres::{
    Statement,
    error::SqlState,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use self::address::{Address, CONNECT};
use crate::{Error, Result, Row, Value, dialect, error::FOREIGN_KEY, row::Columns};

/// What is said of a server that hangs.
const SILENT: &str = "the server does not answer";

/// The connections to one server.
pub(crate) struct Postgres {
    pool: Pool,
    runtime: Handle,
    patience: Patience,
}

/// How long the server may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// To give a connection, and to begin a transaction on it.
    pub(crate) begin: Duration,
    /// To answer any other statement.
    pub(crate) answer: Duration,
}

impl Postgres {
    pub(crate) fn open(address: Address, connections: usize, patience: Patience) -> Result<Self> {
        let recycling_method = RecyclingMethod::Fast;
        let Address { config, tls } = address;
        let manager = Manager::from_config(config, tls, ManagerConfig { recycling_method });
        let greet = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
            Box::pin(async move {
                let greeting = client.batch_execute(dialect::POSTGRES_SESSION);
                match timeout(CONNECT, greeting).await {
                    Ok(greeted) => greeted.map_err(HookError::Backend),
                    Err(_) => Err(HookError::message(SILENT)),
                }
            })
        });
        let timeouts = Timeouts {
            wait: Some(patience.begin),
            create: Some(CONNECT),
            recycle: Some(CONNECT),
        };
        let pool = Pool::builder(manager)
            .max_size(connections)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .post_create(greet)
            .build()
            .map_err(Error::unavailable)?;
        Ok(Self {
            pool,
            runtime: Handle::current(),
            patience,
        })
    }

    /// Takes a connection and starts a transaction. Connections that died unseen in the pool are
    /// thrown out on the way.
    pub(crate) fn begin<'a>(&'a self, begin: &'a str) -> BoxFuture<'a, Result<Connection>> {
        self.begun(begin).boxed()
    }

    async fn begun(&self, begin: &str) -> Result<Connection> {
        for _ in 0..=self.pool.status().max_size {
            let client = self.pool.get().await.map_err(|e| unpooled(&e))?;
            let begun = timeout(self.patience.begin, client.batch_execute(begin)).await;
            match begun {
                Ok(Ok(())) => {
                    return Ok(Connection {
                        client: Some(client),
                        runtime: self.runtime.clone(),
                        patience: self.patience.answer,
                    });
                }
                Ok(Err(why)) => {
                    let gone = client.is_closed() || why.is_closed();
                    drop(Object::take(client));
                    if !gone {
                        return Err(failed(&why));
                    }
                }
                // The others would take as long to tell the same.
                Err(Elapsed { .. }) => {
                    drop(Object::take(client));
                    return Err(silent());
                }
            }
        }
        Err(Error::Unavailable("every connection was lost".to_owned()))
    }
}

/// A transaction on one connection; undone when dropped.
pub(crate) struct Connection {
    /// None once it is over or no answer came.
    client: Option<Object>,
    runtime: Handle,
    patience: Duration,
}

impl Connection {
    fn client(&self) -> Result<&Object> {
        self.client.as_ref().ok_or_else(silent)
    }

    async fn prepare(&self, sql: &str, params: &[Value]) -> Result<Statement> {
        let types: Vec<Type> = params.iter().map(kind).collect();
        let statement = self.client()?.prepare_typed_cached(sql, &types).await;
        statement.map_err(|e| failed(&e))
    }

    pub(crate) fn execute<'a>(
        &'a mut self,
        sql: &'a str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<u64>> {
        async move {
            let changed = timeout(self.patience, self.changed(sql, params)).await;
            self.in_time(changed)
        }
        .boxed()
    }

    async fn changed(&self, sql: &str, params: &[Value]) -> Result<u64> {
        let statement = self.prepare(sql, params).await?;
        let changed = self.client()?.execute_raw(&statement, params).await;
        changed.map_err(|e| failed(&e))
    }

    pub(crate) fn query<'a>(
        &'a mut self,
        sql: &'a str,
        params: &'a [Value],
    ) -> BoxFuture<'a, Result<Vec<Row>>> {
        async move {
            let rows = timeout(self.patience, self.rows(sql, params)).await;
            self.in_time(rows)
        }
        .boxed()
    }

    async fn rows(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        let statement = self.prepare(sql, params).await?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|v| v as _).collect();
        let rows = self.client()?.query(&statement, &params).await;
        let rows = rows.map_err(|e| failed(&e))?;
        let columns: Columns = statement
            .columns()
            .iter()
            .map(|c| c.name().into())
            .collect();
        let row = |row: tokio_postgres::Row| {
            let values = (0..columns.len()).map(|i| row.try_get(i).map_err(|e| failed(&e)));
            Ok(Row::new(
                Arc::clone(&columns),
                values.collect::<Result<_>>()?,
            ))
        };
        rows.into_iter().map(row).collect()
    }

    /// Without a limit: a migration takes as long as it takes.
    pub(crate) fn script<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        async move {
            let done = self.client()?.batch_execute(sql).await;
            done.map_err(|e| failed(&e))
        }
        .boxed()
    }

    /// Commits. When the connection is lost meanwhile, or no answer comes, nobody knows whether it did.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let committed = timeout(self.patience, self.script("COMMIT")).await;
        self.in_time(committed)?;
        self.client = None;
        Ok(())
    }

    /// What was answered. Without an answer the connection is worth nothing.
    fn in_time<T>(&mut self, answered: Result<Result<T>, Elapsed>) -> Result<T> {
        answered.unwrap_or_else(|Elapsed { .. }| {
            drop(self.client.take().map(Object::take));
            Err(silent())
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        if client.is_closed() {
            drop(Object::take(client));
            return;
        }
        let patience = self.patience;
        self.runtime.spawn(async move {
            let undone = timeout(patience, client.batch_execute("ROLLBACK")).await;
            if !matches!(undone, Ok(Ok(()))) {
                drop(Object::take(client));
            }
        });
    }
}

fn silent() -> Error {
    Error::Unavailable(SILENT.to_owned())
}

const fn kind(value: &Value) -> Type {
    match value {
        Value::Text(_) => Type::TEXT,
        Value::Int(_) => Type::INT8,
        Value::Bool(_) => Type::BOOL,
        Value::Blob(_) => Type::BYTEA,
    }
}

type Boxed = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match self {
            Self::Text(v) => v.to_sql(ty, out),
            Self::Int(v) => v.to_sql(ty, out),
            Self::Bool(v) => v.to_sql(ty, out),
            Self::Blob(v) => v.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::TEXT | Type::INT8 | Type::BOOL | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(match *ty {
            Type::INT8 => Self::Int(Some(i64::from_sql(ty, raw)?)),
            Type::INT4 => Self::Int(Some(i32::from_sql(ty, raw)?.into())),
            Type::BOOL => Self::Bool(Some(bool::from_sql(ty, raw)?)),
            Type::BYTEA => Self::Blob(Some(raw.to_vec())),
            Type::TEXT | Type::VARCHAR | Type::NAME => Self::Text(Some(String::from_sql(ty, raw)?)),
            _ => return Err(format!("a {ty} is outside the portable subset").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Self::Text(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn unpooled(error: &PoolError) -> Error {
    match error {
        PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => Error::Busy,
        PoolError::Backend(error) => match failed(error) {
            Error::Corrupt(why) => Error::Unavailable(why),
            other => other,
        },
        other => Error::unavailable(other),
    }
}

/// Sorts a failure by who must act.
pub(crate) fn failed(error: &tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        let cause = error.source().map(|why| format!("{error}: {why}"));
        let message = cause.unwrap_or_else(|| error.to_string());
        let io = error
            .source()
            .is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
        let lost = io || error.is_closed() || message.starts_with("error connecting");
        let kind = if lost {
            Error::Unavailable
        } else {
            Error::Corrupt
        };
        return kind(message);
    };
    let code = db.code();
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        return Error::Conflict(FOREIGN_KEY.to_owned());
    }
    if *code == SqlState::UNIQUE_VIOLATION || *code == SqlState::CHECK_VIOLATION {
        return Error::Conflict(db.constraint().unwrap_or_default().to_owned());
    }
    let message = format!("{}: {}", code.code(), db.message());
    match code.code().get(..2) {
        Some("40") => Error::Busy,
        _ if matches!(code.code(), "55P03" | "57014") => Error::Busy,
        Some("08" | "53" | "57" | "58" | "25" | "28") => Error::Unavailable(message),
        _ => Error::Corrupt(message),
    }
}
