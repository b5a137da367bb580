//! What tests of several crates share. Never part of the product.
//!
//! [`database`] makes real databases, [`odd_mail`] messages of odd shapes. With the feature `dns` there is a name server whose records a
//! test changes; with `app` is the whole product in process
//! (`TestApp`): real store, real DNS, a clock and randomness the test owns, and people and keys of
//! every kind the access table knows, called by name.
#![warn(missing_docs)]

pub mod database;
pub mod odd_mail;

#[cfg(feature = "app")]
mod app;
#[cfg(feature = "app")]
mod client;
#[cfg(feature = "dns")]
mod dns;
#[cfg(feature = "app")]
mod sources;
#[cfg(feature = "app")]
mod world;

#[cfg(feature = "app")]
pub use app::{Builder, Checkpoint, Commits, TestApp};
#[cfg(feature = "app")]
pub use client::{Answer, Client, Request};
#[cfg(feature = "dns")]
pub use dns::TestDns;
#[cfg(feature = "dns")]
pub use hickory_proto::rr::RecordType;
#[cfg(feature = "app")]
pub use sources::{NOW, SEED, SeededRandom, TestClock};
#[cfg(feature = "app")]
pub use world::{ACTORS, Objects, PASSWORD, Presented, Seat, World};
