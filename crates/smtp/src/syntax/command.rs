//! One command line, without its CRLF.

use std::str;

use postscale_model::HostName;

use super::{ForwardPath, MailParameters, ReversePath, parameters, path};
use crate::{Reply, replies};

/// Octets a client's name for itself may have (RFC 5321 §4.5.3.1.2).
const HELLO_NAME_OCTETS_MAX: usize = 255;

/// A grammatical command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Helo(String),
    Ehlo(String),
    StartTls,
    Auth {
        mechanism: Mechanism,
        initial: Option<String>,
    },
    Mail {
        reverse_path: ReversePath,
        is_ascii: bool,
        parameters: MailParameters,
    },
    Rcpt {
        forward_path: ForwardPath,
        is_ascii: bool,
    },
    Data,
    Bdat {
        size: u64,
        is_last: bool,
    },
    Reset,
    Noop,
    Verify,
    Expand,
    Help,
    Quit,
    /// The first line of an HTTP request: a browser made to talk to us.
    Http,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    Plain,
    Login,
}

/// Reads a line; `hostname` completes `<postmaster>`.
pub(crate) fn parse(line: &[u8], hostname: &HostName) -> Result<Command, Reply> {
    let line = str::from_utf8(line).map_err(|_| replies::bad_characters())?;
    if line.chars().any(char::is_control) {
        return Err(replies::bad_characters());
    }
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let is = |name: &str| verb.eq_ignore_ascii_case(name);
    if is("MAIL") {
        mail(rest)
    } else if is("RCPT") {
        rcpt(rest, hostname)
    } else if is("DATA") {
        alone(rest, Command::Data)
    } else if is("BDAT") {
        bdat(rest)
    } else if is("EHLO") {
        hello_name(rest).map(Command::Ehlo)
    } else if is("HELO") {
        hello_name(rest).map(Command::Helo)
    } else if is("QUIT") {
        alone(rest, Command::Quit)
    } else if is("RSET") {
        alone(rest, Command::Reset)
    } else if is("NOOP") {
        Ok(Command::Noop)
    } else if is("AUTH") {
        auth(rest)
    } else if is("STARTTLS") {
        alone(rest, Command::StartTls)
    } else if is("VRFY") {
        Ok(Command::Verify)
    } else if is("EXPN") {
        Ok(Command::Expand)
    } else if is("HELP") {
        Ok(Command::Help)
    } else if ["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT"].contains(&verb) {
        Ok(Command::Http)
    } else {
        Err(replies::unknown_command())
    }
}

/// Whether a line, well formed or not, is EHLO or HELO.
pub(crate) fn is_hello(line: &[u8]) -> bool {
    let verb = line.split(|octet| *octet == b' ').next();
    verb.is_some_and(|verb| {
        verb.eq_ignore_ascii_case(b"EHLO") || verb.eq_ignore_ascii_case(b"HELO")
    })
}

fn alone(rest: &str, command: Command) -> Result<Command, Reply> {
    if rest.trim_matches(' ').is_empty() {
        Ok(command)
    } else {
        Err(replies::bad_arguments())
    }
}

/// A host name or address literal, taken loosely: it is recorded and never relied upon. The
/// characters are those that cannot end or begin anything in a trace field.
fn hello_name(rest: &str) -> Result<String, Reply> {
    let name = rest.trim_matches(' ');
    let may_be = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]+/".contains(&b);
    let is_name = (1..=HELLO_NAME_OCTETS_MAX).contains(&name.len()) && name.bytes().all(may_be);
    if is_name {
        Ok(name.to_owned())
    } else {
        Err(replies::bad_arguments())
    }
}

/// Takes `FROM:` or `TO:` off, whatever its case.
fn after<'a>(rest: &'a str, keyword: &str) -> Option<&'a str> {
    let (head, tail) = rest.split_at_checked(keyword.len())?;
    head.eq_ignore_ascii_case(keyword).then_some(tail)
}

fn mail(rest: &str) -> Result<Command, Reply> {
    let text = after(rest, "FROM:").ok_or_else(replies::bad_arguments)?;
    let (reverse_path, is_ascii, rest) = path::reverse(text)?;
    let parameters = parameters::mail(rest)?;
    Ok(Command::Mail {
        reverse_path,
        is_ascii,
        parameters,
    })
}

fn rcpt(rest: &str, hostname: &HostName) -> Result<Command, Reply> {
    let text = after(rest, "TO:").ok_or_else(replies::bad_arguments)?;
    let (forward_path, is_ascii, rest) = path::forward(text, hostname)?;
    if !rest.trim_matches(' ').is_empty() {
        return Err(replies::bad_parameter());
    }
    Ok(Command::Rcpt {
        forward_path,
        is_ascii,
    })
}

/// `BDAT size [LAST]` (RFC 3030 §2).
fn bdat(rest: &str) -> Result<Command, Reply> {
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    let size = words
        .next()
        .filter(|word| word.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|word| word.parse().ok())
        .ok_or_else(replies::bad_arguments)?;
    let is_last = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("LAST") => true,
        Some(_) => return Err(replies::bad_arguments()),
    };
    if words.next().is_some() {
        return Err(replies::bad_arguments());
    }
    Ok(Command::Bdat { size, is_last })
}

/// `AUTH mechanism [initial-response]` (RFC 4954 §4).
fn auth(rest: &str) -> Result<Command, Reply> {
    let mut words = rest.split(' ').filter(|word| !word.is_empty());
    let mechanism = match words.next() {
        Some(word) if word.eq_ignore_ascii_case("PLAIN") => Mechanism::Plain,
        Some(word) if word.eq_ignore_ascii_case("LOGIN") => Mechanism::Login,
        Some(_) => return Err(replies::unknown_mechanism()),
        None => return Err(replies::bad_arguments()),
    };
    let initial = words.next().map(str::to_owned);
    if words.next().is_some() {
        return Err(replies::bad_arguments());
    }
    Ok(Command::Auth { mechanism, initial })
}

#[cfg(test)]
mod tests;
