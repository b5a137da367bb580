//! Message grammar and authentication: what a message says, what DNS says, and whether they agree.
//!
//! This crate reads and writes messages (RFC 5322, MIME), signs them (DKIM), verifies them (SPF,
//! DKIM, DMARC), holds inbound rules against them, and asks DNS for routes and for the records of a
//! domain. It stores nothing, decides nothing about rights and speaks no SMTP. Every call into a
//! foreign mail or DNS library is behind one module here.
#![warn(missing_docs)]

pub mod authenticate;
pub mod compose;
pub mod dkim;
pub mod dns;
pub mod dsn;
mod field;
pub mod forward;
pub mod lines;
mod mailbox_list;
pub mod masked;
pub mod mta_sts;
pub mod mx;
pub mod notice;
pub mod parse;
pub mod records;
pub mod reports;
pub mod return_path;
pub mod reverse;
pub mod rules;
pub mod safe_html;
pub mod submission;
pub mod trace;
pub mod zone;

pub use field::needs_smtputf8;
