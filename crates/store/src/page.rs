//! Pages of a listing.

/// Which part of a listing. Already within limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows at most.
    pub limit: u32,
    /// Rows to skip.
    pub offset: u64,
}

impl Page {
    /// `OFFSET` as the database takes it.
    pub(crate) fn offset(self) -> i64 {
        i64::try_from(self.offset).unwrap_or(i64::MAX)
    }
}

/// A page of rows and how many there are in all that the caller may see.
#[derive(Debug)]
pub struct Listed<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Rows of all pages.
    pub total: u64,
}
