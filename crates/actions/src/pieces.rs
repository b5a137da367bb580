//! Files that are made while they are sent.

use crate::Result;

/// Such a file. What the caller may is asked again for each piece: who loses the right meanwhile gets
/// no more.
pub trait Pieces: Send + 'static {
    /// The next piece, `None` after the last one.
    ///
    /// # Errors
    /// [`Error::Denied`](crate::Error::Denied), or when the database cannot answer.
    fn next(&mut self) -> impl Future<Output = Result<Option<String>>> + Send;
}
