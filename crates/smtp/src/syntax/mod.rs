//! The grammar of commands (RFC 5321 §4.1), without any order or meaning.
//!
//! Addresses go through the one address parser of the product, [`postscale_model::Address`], and are
//! only ever written back from its parts.

mod command;
mod parameters;
mod path;

pub use parameters::{BodyType, MailParameters};
pub use path::{ForwardPath, ReversePath};

pub(crate) use command::{Command, Mechanism, is_hello, parse};
