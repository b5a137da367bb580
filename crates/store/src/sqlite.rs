//! SQLite: statements on a connection of this process, without a thread hop.
//!
//! Readers are pooled connections, each a snapshot while it is out. Writers take turns on one
//! connection, see [`writer`].

mod log;
pub(crate) mod reader;
pub(crate) mod writer;

use std::{collections::HashMap, sync::Arc, time::Duration};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, Statement,
    config::DbConfig,
    ffi,
    functions::{Context, FunctionFlags},
    types::{self, ValueRef},
};

use crate::{Error, Result, Row, Value, error::FOREIGN_KEY, row::Columns};

/// Prepared statements kept per connection, and their shapes with them.
const STATEMENTS: usize = 512;

/// A connection that keeps its statements.
pub(crate) struct Sqlite {
    pub(crate) raw: Connection,
    shapes: Shapes,
}

type Shapes = HashMap<Box<str>, Arc<Shape>>;

/// What goes into a statement and what comes out.
struct Shape {
    /// For each of SQLite's parameters, which of ours is meant.
    parameters: Box<[usize]>,
    columns: Columns,
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
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_INNOCUOUS;
        raw.create_scalar_function("lower", 1, flags, lower)
            .map_err(|e| error(&e))?;
        Ok(Self {
            raw,
            shapes: Shapes::default(),
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

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64> {
        let mut statement = self.raw.prepare_cached(sql).map_err(|e| error(&e))?;
        let shape = shape(&mut self.shapes, sql, &statement)?;
        bind(&mut statement, &shape, params)?;
        let changed = if shape.columns.is_empty() {
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
        let shape = shape(&mut self.shapes, sql, &statement)?;
        bind(&mut statement, &shape, params)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|e| error(&e))? {
            let mut values = Vec::with_capacity(shape.columns.len());
            for place in 0..shape.columns.len() {
                values.push(value(row.get_ref(place).map_err(|e| error(&e))?)?);
            }
            found.push(Row::new(Arc::clone(&shape.columns), values));
        }
        Ok(found)
    }
}

/// `LOWER`, in place of SQLite's own, which knows ASCII only. Letter by letter, so that a part of a
/// text becomes a part of what the text becomes. No index may depend on it: programs without it,
/// and versions with other tables of Unicode, could not keep one.
fn lower(context: &mut Context<'_>) -> rusqlite::Result<types::Value> {
    Ok(match context.get_raw(0) {
        ValueRef::Text(text) if text.is_ascii() => {
            let lowered = String::from_utf8(text.to_ascii_lowercase());
            types::Value::Text(lowered.expect("BUG: ASCII is UTF-8"))
        }
        ValueRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            types::Value::Text(text.chars().flat_map(char::to_lowercase).collect())
        }
        other => other.try_into()?,
    })
}

/// The shape of a statement, which is found out once.
fn shape(shapes: &mut Shapes, sql: &str, statement: &Statement<'_>) -> Result<Arc<Shape>> {
    if let Some(known) = shapes.get(sql) {
        return Ok(Arc::clone(known));
    }
    let parameters = (1..=statement.parameter_count()).map(|place| parameter(statement, place));
    let shape = Arc::new(Shape {
        parameters: parameters.collect::<Result<_>>()?,
        columns: statement.column_names().map(Box::from).collect(),
    });
    if shapes.len() >= STATEMENTS {
        shapes.clear();
    }
    shapes.insert(sql.into(), Arc::clone(&shape));
    Ok(shape)
}

/// Which of our parameters stands there, by the number in its name: to SQLite `$2` is a *name*, and
/// its position is the order of first appearance.
fn parameter(statement: &Statement<'_>, place: usize) -> Result<usize> {
    let name = statement.parameter_name(place);
    let number: Option<usize> = name.and_then(|name| name.strip_prefix('$')?.parse().ok());
    number
        .and_then(|number| number.checked_sub(1))
        .ok_or_else(|| Error::corrupt("the statement has a placeholder without a number"))
}

fn bind(statement: &mut Statement<'_>, shape: &Shape, params: &[Value]) -> Result<()> {
    for (place, parameter) in (1..).zip(&shape.parameters) {
        let param = params
            .get(*parameter)
            .ok_or_else(|| Error::corrupt("the statement has a placeholder without a parameter"))?;
        let bound = match param {
            Value::Text(v) => statement.raw_bind_parameter(place, v),
            Value::Int(v) => statement.raw_bind_parameter(place, v),
            Value::Bool(v) => statement.raw_bind_parameter(place, v),
            Value::Blob(v) => statement.raw_bind_parameter(place, v),
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
    fn lower_knows_more_than_ascii_and_folds_a_part_as_the_whole() {
        let directory = tempfile::tempdir().unwrap();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut conn = Sqlite::open(&directory.path().join("test.db"), flags, "").unwrap();
        for (text, want) in [
            ("", ""),
            ("A%_b", "a%_b"),
            ("ÉCLAIR ÅNGSTRÖM", "éclair ångström"),
            ("ΟΔΟΣ", "οδοσ"),
            ("ЁЛКА", "ёлка"),
        ] {
            let rows = conn.query("SELECT LOWER($1) AS low", &params![text]);
            assert_eq!(rows.unwrap()[0].text("low").unwrap(), want);
        }
        let null = conn.query("SELECT LOWER(NULL) IS NULL AS none", &[]);
        assert_eq!(null.unwrap()[0].int("none").unwrap(), 1);
    }

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
