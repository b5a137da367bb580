//! The database: one SQL text per query, on SQLite and on PostgreSQL.
//!
//! [`Store`] gives transactions ([`Tx`]), which take SQL and [`Value`]s and return [`Row`]s. The pool
//! and the drivers are private. What differs between the engines is in [`dialect`], nowhere else.
//! One module per noun holds the statements on its tables, each in the function that runs it.
//! This crate knows no policy: who may see a row is decided before it is asked. What belongs to a
//! domain is reached only with a proof of that decision, and listings are restricted in SQL.
#![warn(missing_docs)]

pub mod access_review;
mod acting;
pub mod alias;
pub mod alias_bounce;
pub mod api_key;
pub mod audit_entry;
mod batch;
mod blobs;
mod body;
mod conditions;
pub mod contact;
pub mod denial;
pub mod dialect;
pub mod dkim_key;
pub mod dmarc_report;
pub mod dmarc_source;
pub mod domain;
pub mod domain_check;
pub mod email;
pub mod email_challenge;
pub mod email_event;
mod error;
pub mod forward_target;
pub mod grant;
pub mod guest_link;
pub mod inbound_email;
pub mod instance_key;
pub mod invitation;
pub mod job;
pub mod last_use;
mod like;
mod migrations;
pub mod offboarding;
pub mod organization;
mod page;
mod part;
pub mod person;
mod postgres;
pub mod recipient;
pub mod recovery_code;
pub mod report_mail;
pub mod report_retention;
mod rights;
mod row;
pub mod rule;
mod seal;
pub mod session;
pub mod signup;
mod sqlite;
pub mod stats;
mod store;
pub mod system_email;
mod tls;
pub mod tls_report;
mod tx;
pub mod usage;
pub mod user;
mod value;
mod visible;
mod wakeups;
pub mod warming;
pub mod webhook;
pub mod webhook_delivery;

pub use acting::Acting;
pub use blobs::{BlobSettings, Blobs};
pub use body::{BODY_IN_ROW_BYTES_MAX, Body};
pub use dialect::Engine;
pub use error::{Error, FOREIGN_KEY, Result};
pub use migrations::{ALL as MIGRATIONS, Migration};
pub use page::{Listed, Page};
pub use part::{Direction, Part, Position};
pub use row::Row;
pub use seal::Seal;
pub use store::{Database, Store, StoreSettings};
pub use tx::Tx;
pub use value::Value;
pub use wakeups::Wakeups;
