//! SQLite: statements on a connection of this process, without a thread hop.
//!
//! Readers are pooled connections, each a snapshot while it is out. Writers take turns on one
//! connection, see [`writer`].

pub(crate) mod reader;
pub(crate) mod writer;

use std::{collections::HashMap, sync::Arc, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig, ffi, types::ValueRef};

use crate::{Error, Result, Row, Value, error::FOREIGN_KEY, row::Columns};

/// Prepared statements kept per connection, and column names with them.
const STATEMENTS: usize = 512;

/// A connection that keeps its statements.
pub(crate) struct Sqlite {
    pub(crate) raw: Connection,
    columns: HashMap<Box<str>, Columns>,
}

impl Sqlite {
    pub(crate) fn open(path: &std::path::Path, flags: OpenFlags, pragmas: &str) -> Result<Self> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let raw = Connection::open_with_flags(path, flags).map_err(|e| error(&e))?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        // Plans that depend on parameters would be made again whenever those change.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(|e| error(&e))?;
        raw.busy_timeout(Duration::from_secs(5))
            .map_err(|e| error(&e))?;
        raw.execute_batch(pragmas).map_err(|e| error(&e))?;
        Ok(Self {
            raw,
            columns: HashMap::new(),
        })
    }

    pub(crate) fn script(&self, sql: &str) -> Result<()> {
        self.raw.execute_batch(sql).map_err(|e| error(&e))
    }

    /// Runs a statement that this file keeps preparing: `BEGIN` and its like.
    pub(crate) fn control(&self, sql: &str) -> Result<()> {
        let mut statement = self.raw.prepare_cached(sql).map_err(|e| error(&e))?;
        statement.raw_execute().map(drop).map_err(|e| error(&e))
    }

    pub(crate) fn execute(&self, sql: &str, params: &[Value]) -> Result<u64> {
        let mut statement = self.raw.prepare_cached(sql).map_err(|e| error(&e))?;
        bind(&mut statement, params)?;
        let changed = if statement.column_count() == 0 {
            statement.raw_execute().map_err(|e| error(&e))?
        } else {
            let mut rows = statement.raw_query();
            let mut count = 0;
            while rows.next().map_err(|e| error(&e))?.is_some() {
                count += 1;
            }
            count
        };
        Ok(changed as u64)
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>> {
        let mut statement = self.raw.prepare_cached(sql).map_err(|e| error(&e))?;
        let columns = match self.columns.get(sql) {
            Some(columns) => Arc::clone(columns),
            None => {
                let columns: Columns = statement.column_names().map(Box::from).collect();
                if self.columns.len() >= STATEMENTS {
                    self.columns.clear();
                }
                self.columns.insert(sql.into(), Arc::clone(&columns));
                columns
            }
        };
        bind(&mut statement, params)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|e| error(&e))? {
            let values = (0..columns.len()).map(|i| value(row.get_ref(i).map_err(|e| error(&e))?));
            found.push(Row::new(
                Arc::clone(&columns),
                values.collect::<Result<_>>()?,
            ));
        }
        Ok(found)
    }
}

/// Binds by the number in the name: to SQLite `$2` is a *name*, and its position is the order of
/// first appearance.
fn bind(statement: &mut rusqlite::CachedStatement<'_>, params: &[Value]) -> Result<()> {
    for position in 1..=statement.parameter_count() {
        let number: Option<usize> = statement
            .parameter_name(position)
            .and_then(|name| name.strip_prefix('$')?.parse().ok());
        let param = number
            .and_then(|n| params.get(n.checked_sub(1)?))
            .ok_or_else(|| Error::corrupt("the statement has a placeholder without a parameter"))?;
        let bound = match param {
            Value::Text(v) => statement.raw_bind_parameter(position, v),
            Value::Int(v) => statement.raw_bind_parameter(position, v),
            Value::Bool(v) => statement.raw_bind_parameter(position, v),
            Value::Blob(v) => statement.raw_bind_parameter(position, v),
        };
        bound.map_err(|e| error(&e))?;
    }
    Ok(())
}

fn value(raw: ValueRef<'_>) -> Result<Value> {
    Ok(match raw {
        ValueRef::Null => Value::Text(None),
        ValueRef::Integer(v) => Value::Int(Some(v)),
        ValueRef::Text(v) => {
            let text = std::str::from_utf8(v).map_err(|_| Error::corrupt("a text is not UTF-8"))?;
            Value::Text(Some(text.to_owned()))
        }
        ValueRef::Blob(v) => Value::Blob(Some(v.to_vec())),
        ValueRef::Real(_) => return Err(Error::corrupt("a REAL is outside the portable subset")),
    })
}

pub(crate) fn error(error: &rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return Error::corrupt(error);
    };
    let message = message.as_deref().unwrap_or_default();
    match code.code {
        ErrorCode::ConstraintViolation => match code.extended_code {
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Error::Conflict(FOREIGN_KEY.to_owned()),
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID => constraint(message, code.extended_code),
            ffi::SQLITE_CONSTRAINT_CHECK => {
                let name = message.strip_prefix("CHECK constraint failed: ");
                Error::Conflict(name.unwrap_or(message).to_owned())
            }
            _ => Error::corrupt(message),
        },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::Busy,
        ErrorCode::DiskFull
        | ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::OutOfMemory
        | ErrorCode::OperationAborted
        | ErrorCode::SystemIoFailure => Error::unavailable(error),
        _ => Error::corrupt(error),
    }
}

/// `UNIQUE constraint failed: domains.organization_id, domains.name` as PostgreSQL names it.
fn constraint(message: &str, extended: i32) -> Error {
    let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") else {
        return Error::Conflict(message.to_owned());
    };
    if let Some(index) = columns.strip_prefix("index '") {
        return Error::Conflict(index.trim_end_matches('\'').to_owned());
    }
    let mut parts = columns
        .split(", ")
        .filter_map(|c| c.split_once('.'))
        .peekable();
    let table = parts.peek().map_or("", |(table, _)| table);
    if extended != ffi::SQLITE_CONSTRAINT_UNIQUE {
        return Error::Conflict(format!("{table}_pkey"));
    }
    let columns: Vec<&str> = parts.map(|(_, column)| column).collect();
    Error::Conflict(format!("{table}_{}_key", columns.join("_")))
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::params;

    #[test]
    fn a_statement_is_prepared_once_whatever_its_parameters_are() {
        let directory = tempfile::tempdir().unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut conn = Sqlite::open(&directory.path().join("test.db"), flags, "").unwrap();
        conn.script("CREATE TABLE keys (name TEXT PRIMARY KEY, role TEXT, ends BIGINT)")
            .unwrap();
        conn.script("CREATE UNIQUE INDEX one_owner ON keys (role) WHERE role = 'owner'")
            .unwrap();
        let sql = "SELECT name FROM keys WHERE role = $1 AND (ends IS NULL OR ends > $2)";
        for ends in 0..3 {
            conn.query(sql, &params!["owner", ends]).unwrap();
        }
        let statement = conn.raw.prepare_cached(sql).unwrap();
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
