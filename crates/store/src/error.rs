//! What can go wrong between us and the database, told by who must act.
//!
//! Absence is not an error: functions that may find nothing return `Option`. Constraint names are
//! the same on both engines; [`Error::Conflict`] says how they are made.

/// The result of talking to the database.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The name under which a violated foreign key is reported. SQLite does not say which one.
pub const FOREIGN_KEY: &str = "foreign_key";

/// Why the database did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A constraint refused the row: the caller decides what that means.
    ///
    /// A unique key is named `<table>_<column>_…_key` after its columns in order, a primary key
    /// `<table>_pkey`, a foreign key [`FOREIGN_KEY`], a check by its own name. Unique indexes must
    /// be created under such a name (at most 63 bytes), because PostgreSQL reports the name and
    /// SQLite the columns.
    #[error("constraint {0} refused the row")]
    Conflict(String),
    /// Somebody else holds what is needed: try again soon.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached or cannot write: an operator may have to act.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database holds, or was asked, something this program does not understand.
    #[error("unexpected data: {0}")]
    Corrupt(String),
}

impl Error {
    /// Whether this is the refusal of the constraint with that name.
    #[must_use]
    pub fn is_conflict_on(&self, constraint: &str) -> bool {
        matches!(self, Self::Conflict(name) if name == constraint)
    }

    /// What a statement about a row that is no longer there is refused with, as a reference to it is.
    pub(crate) fn dangling() -> Self {
        Self::Conflict(FOREIGN_KEY.to_owned())
    }

    /// Whether this is the refusal of a reference to a row that is not there.
    #[must_use]
    pub fn is_dangling(&self) -> bool {
        self.is_conflict_on(FOREIGN_KEY)
    }

    pub(crate) fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }

    pub(crate) fn unavailable(why: impl std::fmt::Display) -> Self {
        Self::Unavailable(why.to_string())
    }
}
