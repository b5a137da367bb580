//! RFC 5321 on the wire, both sides, as a state machine with no database and no policy.
//!
//! The [`server`] enforces grammar, order and limits and asks a [`server::Handler`] about everything
//! else: who may log in, send, receive, and what becomes of a message. The [`client`] hands one
//! message to one host and reports a [`Reply`] per recipient. [`tls`] makes the configurations both
//! use.
//!
//! Extensions spoken: PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8
//! (RFC 6531), ENHANCEDSTATUSCODES (RFC 2034), CHUNKING (RFC 3030, server only), STARTTLS
//! (RFC 3207) and AUTH with PLAIN and LOGIN (RFC 4954). BINARYMIME and DSN are deliberately absent.
#![warn(missing_docs)]

pub mod client;
pub mod replies;
mod reply;
pub mod server;
mod stream;
mod syntax;
pub mod tls;

pub use reply::{EnhancedCode, Reply, ReplyError, Severity, Subject};
pub use stream::TlsSession;
pub use syntax::{BodyType, ForwardPath, MailParameters, ReversePath};
