//! Input that is read early and judged late, so that authorization comes before validation.

use postscale_model::Invalid;

use crate::Proof;

/// A parsed input that can be looked at only after a decision allowed the request.
///
/// Somebody who may not do a thing must not learn whether their input for it was well formed:
/// [`Late::after`] wants a proof.
#[derive(Debug)]
pub struct Late<T>(Result<T, Invalid>);

impl<T> Late<T> {
    /// Keeps the outcome of reading an input.
    pub fn new(outcome: Result<T, Invalid>) -> Self {
        Self(outcome)
    }
    /// Goes on reading: still late.
    #[must_use]
    pub fn and_then<U>(self, read: impl FnOnce(T) -> Result<U, Invalid>) -> Late<U> {
        Late(self.0.and_then(read))
    }
    pub(crate) fn peek(&self) -> Result<&T, &Invalid> {
        self.0.as_ref()
    }
    pub(crate) fn into_inner(self) -> Result<T, Invalid> {
        self.0
    }
    /// The input, now that `_proof` shows the request is allowed.
    ///
    /// # Errors
    /// [`Invalid`] when the input was not well formed.
    pub fn after(self, _proof: &impl Proof) -> Result<T, Invalid> {
        self.0
    }
}

impl<T> From<T> for Late<T> {
    fn from(input: T) -> Self {
        Self(Ok(input))
    }
}
