//! Where the octets of a message are: in the database when small, else in the blob store.
//!
//! They have tables of their own: the rows that change state must stay small, because changing a
//! row rewrites it.

use crate::{Error, Result, Row, Value};

/// Octets up to which a message is kept in the database: there its octets share one wait for the disk
/// with other messages, where a file of its own takes two.
pub const BODY_IN_ROW_BYTES_MAX: usize = 128 * 1024;

/// The octets of a message, or where they are.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// These octets.
    Row(Vec<u8>),
    /// Under this key of the blob store, synced before the row was written.
    Blob(String),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Row(octets) => write!(f, "Row({} octets)", octets.len()),
            Self::Blob(key) => write!(f, "Blob({key})"),
        }
    }
}

impl Body {
    /// The columns `octets` and `blob`.
    pub(crate) fn columns(&self) -> [Value; 2] {
        match self {
            Self::Row(octets) => [Value::from(octets), Value::from(None::<&str>)],
            Self::Blob(key) => [Value::from(None::<&[u8]>), Value::from(key)],
        }
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self> {
        match (row.opt_blob("octets")?, row.opt_text("blob")?) {
            (Some(octets), None) => Ok(Self::Row(octets)),
            (None, Some(key)) => Ok(Self::Blob(key)),
            _ => Err(Error::Corrupt(
                "a message is in two places or in none".to_owned(),
            )),
        }
    }
}
