//! Reverse- and forward-paths (RFC 5321 §4.1.2).
//!
//! Source routes and address literals are grammatical but refused: nothing behind this server can
//! be addressed by them, and each has been used to get round a relay check.

use std::fmt;

use postscale_model::{Address, HostName};

use crate::{Reply, replies};

/// The argument of MAIL FROM.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`: a notification, never to be answered.
    Null,
    /// Where notifications go.
    Address(Address),
}

/// The argument of RCPT TO. `<postmaster>` becomes the postmaster of the server's host name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ForwardPath(pub Address);

impl ReversePath {
    /// The address, unless null.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Null => None,
            Self::Address(address) => Some(address),
        }
    }
}

impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("<>"),
            Self::Address(address) => write!(f, "<{address}>"),
        }
    }
}

impl fmt::Display for ForwardPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

/// Splits `<path> parameters` at the closing bracket, which a quoted string may contain.
fn split(text: &str) -> Option<(&str, &str)> {
    let inner = text.trim_start_matches(' ').strip_prefix('<')?;
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'>' if !is_quoted => {
                let rest = &inner[at + 1..];
                return (rest.is_empty() || rest.starts_with(' ')).then_some((&inner[..at], rest));
            }
            _ => {}
        }
    }
    None
}

fn address(path: &str, bad_syntax: fn() -> Reply) -> Result<Address, Reply> {
    if path.starts_with('@') {
        return Err(replies::source_route());
    }
    if path.ends_with(']') && path.contains("@[") {
        return Err(replies::address_literal());
    }
    path.parse().map_err(|_| bad_syntax())
}

/// The reverse-path, whether it is written in ASCII, and the parameters after it.
pub(super) fn reverse(text: &str) -> Result<(ReversePath, bool, &str), Reply> {
    let (path, parameters) = split(text).ok_or_else(replies::bad_sender_syntax)?;
    let reverse_path = match path {
        "" => ReversePath::Null,
        path => ReversePath::Address(address(path, replies::bad_sender_syntax)?),
    };
    Ok((reverse_path, path.is_ascii(), parameters))
}

/// The forward-path, whether it is written in ASCII, and the parameters after it.
pub(super) fn forward<'a>(
    text: &'a str,
    hostname: &HostName,
) -> Result<(ForwardPath, bool, &'a str), Reply> {
    let (path, parameters) = split(text).ok_or_else(replies::bad_recipient_syntax)?;
    let address = if path.eq_ignore_ascii_case("postmaster") {
        Address::new(path, hostname.clone()).map_err(|_| replies::bad_recipient_syntax())?
    } else {
        address(path, replies::bad_recipient_syntax)?
    };
    Ok((ForwardPath(address), path.is_ascii(), parameters))
}
