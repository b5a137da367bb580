//! Proofs: values that exist only because the policy said yes.

use std::{marker::PhantomData, ops::Deref};

use postscale_model::OrganizationId;

use crate::{Action, Actor, Scope, Standings, cap};

/// A row together with the proof that the current actor may `C` it.
///
/// Not `Clone`, no public constructor: the row a proof carries is the row it was checked for.
#[derive(Debug)]
pub struct Granted<T, C> {
    inner: T,
    standings: Option<Standings>,
    cap: PhantomData<fn() -> C>,
}

/// May be seen.
pub type Readable<T> = Granted<T, cap::Read>;
/// May be sent from.
pub type Sendable<T> = Granted<T, cap::Send>;
/// May be operated.
pub type Writable<T> = Granted<T, cap::Write>;
/// May be destroyed.
pub type Adminable<T> = Granted<T, cap::Admin>;

impl<T, C> Granted<T, C> {
    pub(crate) fn new(inner: T, standings: Option<Standings>) -> Self {
        Self {
            inner,
            standings,
            cap: PhantomData,
        }
    }
    pub(crate) fn standings(&self) -> Option<&Standings> {
        self.standings.as_ref()
    }
    /// Gives up the proof and keeps the row.
    pub fn into_inner(self) -> T {
        self.inner
    }
}
impl<T, C> Deref for Granted<T, C> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.inner
    }
}
/// Downwards only.
impl<T> From<Writable<T>> for Readable<T> {
    fn from(writable: Writable<T>) -> Self {
        Self::new(writable.inner, writable.standings)
    }
}

/// The proof that the current actor may do one organization-level thing.
#[derive(Debug)]
pub struct Permission {
    action: Action,
    actor: Option<Actor>,
}

impl Permission {
    pub(crate) fn new(action: Action, actor: Option<Actor>) -> Self {
        Self { action, actor }
    }
    /// What is permitted.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }
    /// Who may; `None` only for public actions.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }
    /// In which organization.
    ///
    /// # Panics
    /// For a public action, which is in none.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.actor
            .as_ref()
            .expect("BUG: a public action has no organization")
            .organization()
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T, C> Sealed for super::Granted<T, C> {}
    impl Sealed for super::Permission {}
    impl Sealed for super::Scope {}
}

/// Any proof that a decision allowed the request.
pub trait Proof: sealed::Sealed {}
impl<T, C> Proof for Granted<T, C> {}
impl Proof for Permission {}
impl Proof for Scope {}
