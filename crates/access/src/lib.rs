//! The one place that decides who may do what, and the only place that can mint the proof of
//! having asked.
//!
//! * [`decide`] is pure and total: principal, action and subject in, yes or a [`Refusal`] out.
//!   [`explain`] is the same walk with the way written down.
//! * [`Gate`] reads what `decide` needs, in the transaction that does the work, and hands out
//!   proofs: [`Granted`] rows, [`Permission`]s and listing [`Scope`]s. Nothing else makes one.
//! * [`action`] lists every action of the normative table, typed by the proof it leads to.
//!
//! Deliberately absent: I/O, clocks, caches, SQL, HTTP.
#![warn(missing_docs)]

pub mod action;
mod actor;
mod caller;
pub mod cap;
mod denial;
mod explanation;
mod gate;
mod late;
mod policy;
mod proof;
mod rights;
mod scope;
mod supposed;
mod system;

pub use action::{Action, Class, ListAction, On, OrganizationAction, OwnKeyAction, UserAction};
pub use actor::{Actor, Identity, Means, SecondFactor};
pub use caller::{Caller, Credential, Origin};
pub use denial::Denial;
pub use explanation::{Explanation, Rule, Step};
pub use gate::{Denied, Gate};
pub use late::Late;
pub use policy::{Reason, Refusal, Subject, decide, explain};
pub use proof::{Adminable, Granted, Permission, Proof, Readable, Sendable, Writable};
pub use rights::{DomainRef, GuestView, OfDomain, Rights, Standing, Standings, Stored, Unchecked};
pub use scope::Scope;
pub use supposed::{Reach, Supposed};
pub use system::SystemScope;
