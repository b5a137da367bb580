//! The client: hands one message after another to one host and says what became of each recipient.
//!
//! It knows the wire (RFC 5321 §3 and §4, pipelining of RFC 2920, opportunistic TLS of RFC 3207).
//! It does not know MX records, queues or retries: its caller chooses the address to dial and what a
//! [`Reply`](crate::Reply) means for the next attempt.

mod connection;
mod error;
mod hello;
mod mail;
mod payload;
mod pipeline;
mod report;
mod settings;
mod wire;

pub use connection::Connection;
pub use error::{ClientError, ErrorKind, Extension, MessageFault, Stage};
pub use report::{Envelope, Outcome, RecipientReport, SendReport};
pub use settings::{ClientSettings, Credentials, Timeouts, TlsPolicy};
