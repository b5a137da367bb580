//! Rows: what a statement gave back, read by column name.
//!
//! Both engines put the same four kinds of [`Value`] into a row. A column that is absent, NULL where
//! it must not be, or of another kind is [`Error::Corrupt`], and the message names the column.

use std::{
    fmt::Display,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use postscale_model::{Timestamp, TokenHash, Word};
use serde::de::DeserializeOwned;

use crate::{Error, Result, Value};

/// The names of a statement's columns, shared by its rows.
pub(crate) type Columns = Arc<[Box<str>]>;

/// One row of a result.
#[derive(Debug)]
pub struct Row {
    columns: Columns,
    values: Vec<Value>,
    /// Where a column is looked for first. Rows are mostly read in the order of their columns.
    next: AtomicUsize,
}

macro_rules! readers {
    ($($(#[$meta:meta])* $name:ident / $opt:ident -> $to:ty: $($kind:pat => $value:expr),+;)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// [`Error::Corrupt`] when the column is absent, NULL or of another kind.
        pub fn $name(&self, column: &str) -> Result<$to> {
            self.$opt(column)?.ok_or_else(|| unexpected(column, "NULL"))
        }
        $(#[$meta])*
        ///
        /// Or nothing when it is NULL.
        ///
        /// # Errors
        /// [`Error::Corrupt`] when the column is absent or of another kind.
        pub fn $opt(&self, column: &str) -> Result<Option<$to>> {
            match self.value(column)? {
                null if null.is_null() => Ok(None),
                $($kind => Ok(Some($value)),)+
                other => Err(unexpected(column, kind(other))),
            }
        }
    )+};
}

impl Row {
    pub(crate) const fn new(columns: Columns, values: Vec<Value>) -> Self {
        Self {
            columns,
            values,
            next: AtomicUsize::new(0),
        }
    }

    /// The value of a column as it came.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when there is no such column.
    pub fn value(&self, column: &str) -> Result<&Value> {
        let next = self.next.load(Relaxed);
        let mut places = (next..self.columns.len()).chain(0..next);
        let place = places
            .find(|place| *self.columns[*place] == *column)
            .ok_or_else(|| unexpected(column, "absent"))?;
        self.next.store(place + 1, Relaxed);
        Ok(&self.values[place])
    }

    readers! {
        /// A text, borrowed.
        str / opt_str -> &str: Value::Text(Some(v)) => v.as_str();
        /// A text.
        text / opt_text -> String: Value::Text(Some(v)) => v.clone();
        /// A whole number.
        int / opt_int -> i64: Value::Int(Some(v)) => *v;
        /// A flag. SQLite gives 0 and 1.
        bool / opt_bool -> bool: Value::Bool(Some(v)) => *v, Value::Int(Some(v @ (0 | 1))) => *v == 1;
        /// Bytes.
        blob / opt_blob -> Vec<u8>: Value::Blob(Some(v)) => v.clone();
        /// Bytes, borrowed.
        bytes / opt_bytes -> &[u8]: Value::Blob(Some(v)) => v.as_slice();
        /// An instant: microseconds since the epoch.
        timestamp / opt_timestamp -> Timestamp: Value::Int(Some(v)) => Timestamp::from_micros(*v);
    }

    /// A text that `T` can parse: an id, an address, a domain name.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the column is absent, NULL, no text, or `T` refuses it.
    pub fn id<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T> {
        read(column, self.str(column)?, T::from_str)
    }

    /// As [`Row::id`], or nothing when it is NULL.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the column is absent, no text, or `T` refuses it.
    pub fn opt_id<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>> {
        let text = self.opt_str(column)?;
        text.map(|v| read(column, v, T::from_str)).transpose()
    }

    /// A member of a vocabulary.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the column is absent, NULL, no text, or no member is spelled so.
    pub fn word<T: Word>(&self, column: &str) -> Result<T> {
        read(column, self.str(column)?, T::parse)
    }

    /// A member of a vocabulary, or nothing when it is NULL.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the column is absent, no text, or no member is spelled so.
    pub fn opt_word<T: Word>(&self, column: &str) -> Result<Option<T>> {
        let text = self.opt_str(column)?;
        text.map(|v| read(column, v, T::parse)).transpose()
    }

    /// A value kept as JSON text.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the column is absent, NULL, no text, or not the JSON of a `T`.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        read(column, self.str(column)?, |v| serde_json::from_str(v))
    }

    /// A value kept as JSON text, or nothing when it is NULL.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the column is absent, no text, or not the JSON of a `T`.
    pub fn opt_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>> {
        let text = self.opt_str(column)?;
        text.map(|v| read(column, v, |v| serde_json::from_str(v)))
            .transpose()
    }

    /// The SHA-256 of a token, kept as 32 bytes.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the column is absent, NULL, or not 32 bytes.
    pub fn token_hash(&self, column: &str) -> Result<TokenHash> {
        read(column, self.bytes(column)?, <[u8; 32]>::try_from).map(TokenHash::new)
    }
}

impl Row {
    /// A count.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the column is absent, NULL, no number or below zero.
    pub fn count(&self, column: &str) -> Result<u64> {
        read(column, self.int(column)?, u64::try_from)
    }
}

/// The column `total` of an aggregate.
///
/// # Errors
/// [`Error::Corrupt`] when there is no row, or no count in it.
pub(crate) fn count(row: Option<&Row>) -> Result<u64> {
    row.ok_or_else(|| unexpected("total", "absent"))?
        .count("total")
}

fn read<V, T, E: Display>(
    column: &str,
    value: V,
    parse: impl FnOnce(V) -> Result<T, E>,
) -> Result<T> {
    parse(value).map_err(|why| unexpected(column, why))
}

fn unexpected(column: &str, what: impl Display) -> Error {
    Error::Corrupt(format!("column {column}: {what}"))
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "a text",
        Value::Int(_) => "a number",
        Value::Bool(_) => "a flag",
        Value::Blob(_) => "bytes",
    }
}

/// The rows of a claim that can be read. One that cannot is logged and left to its lease, so that it
/// keeps nothing else from being worked on (security.md M19).
pub(crate) fn readable<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T>) -> Vec<T> {
    let read_or_log = |row| {
        let read = read(row);
        read.inspect_err(|error| tracing::error!(%error, "a row of a queue cannot be read"))
    };
    rows.iter()
        .map(read_or_log)
        .filter_map(Result::ok)
        .collect()
}
