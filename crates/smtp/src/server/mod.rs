//! The server: one listener, one task per connection, one file per verb.
//!
//! It knows grammar, order and limits (RFC 5321, RFC 6409). It does not know who exists, who may
//! send, or where mail goes: a [`Handler`] decides. Replies to pipelined commands leave in one
//! write; a message is collected, in memory or in a [`Spool`], and handed over once its real end was seen. Only
//! `CRLF.CRLF` is that end, and a message with a bare CR, a bare LF or a NUL is refused after it.

mod admission;
mod answer;
mod auth;
mod bdat;
mod content;
mod data;
mod ehlo;
mod guard;
mod handler;
mod incoming;
mod listener;
mod mail;
mod rcpt;
mod session;
mod settings;
mod spool;
mod wire;

pub use handler::{Envelope, Handler, Hello, HelloVerb, MailObject};
pub use listener::serve;
pub use settings::{Limits, Service, Settings, Timeouts, TlsStart};
pub use spool::Spool;
