//! The database: one SQL text per query, on SQLite and on PostgreSQL.
//!
//! [`Store`] gives transactions ([`Tx`]), which take SQL and [`Value`]s and return [`Row`]s. The pool
//! and the drivers are private. What differs between the engines is in [`dialect`], nowhere else.
//! This crate knows no policy: who may see a row is decided before it is asked.
#![warn(missing_docs)]

pub mod dialect;
mod error;
mod migrations;
mod postgres;
mod row;
mod sqlite;
mod store;
mod tx;
mod value;
mod wakeups;

pub use dialect::Engine;
pub use error::{Error, FOREIGN_KEY, Result};
pub use migrations::{ALL as MIGRATIONS, Migration};
pub use row::Row;
pub use store::{Database, Store, StoreSettings};
pub use tx::Tx;
pub use value::Value;
pub use wakeups::Wakeups;
