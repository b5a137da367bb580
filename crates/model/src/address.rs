//! Mail addresses (RFC 5321 §4.1.2, RFC 5322 §3.4, RFC 6531) and mailboxes with a display name.
//!
//! An [`Address`] is always re-serialised from its parsed parts, so nothing a client typed can
//! carry CR, LF, NUL or other controls into a header or an SMTP command. Source routes, address
//! literals and comments are refused: none of them names a mailbox this product can serve.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::HostName;

/// Octets of a local part (RFC 5321 §4.5.3.1.1).
const LOCAL_PART_OCTETS_MAX: usize = 64;
/// Octets of a whole address: a path of 256 less its brackets (RFC 5321 §4.5.3.1.3).
const ADDRESS_OCTETS_MAX: usize = 254;
/// Octets of a display name we keep.
const DISPLAY_NAME_OCTETS_MAX: usize = 320;

/// `local-part@domain`, the domain as lower-case A-labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    /// Unquoted: what RFC 5321 calls the semantics of the local part.
    local_part: String,
    domain: HostName,
}

/// An address with an optional display name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mailbox {
    /// Display name, decoded; never empty when present.
    pub display_name: Option<String>,
    /// The address.
    pub address: Address,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// CR, LF, NUL or another control character.
    #[error("contains a control character")]
    Control,
    /// No `@`.
    #[error("has no @")]
    NoAt,
    /// The local part is not a dot-atom or a quoted string of at most 64 octets.
    #[error("has an invalid part before the @")]
    LocalPart,
    /// The domain is no host name.
    #[error("has an invalid domain after the @")]
    Domain,
    /// Longer than 254 octets.
    #[error("is longer than 254 characters")]
    TooLong,
    /// `Name <address>` with broken brackets or quotes, or several addresses.
    #[error("is not one address, with or without a name before it")]
    Mailbox,
}

impl Address {
    /// Joins a local part (unquoted) and a domain.
    ///
    /// # Errors
    /// [`AddressError`] when the local part is empty, too long or has control characters.
    pub fn new(local_part: impl Into<String>, domain: HostName) -> Result<Self, AddressError> {
        let local_part = local_part.into();
        if local_part.is_empty() || local_part.len() > LOCAL_PART_OCTETS_MAX {
            return Err(AddressError::LocalPart);
        }
        if local_part.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        let address = Self { local_part, domain };
        if address.to_string().len() > ADDRESS_OCTETS_MAX {
            return Err(AddressError::TooLong);
        }
        Ok(address)
    }
    /// The local part, unquoted.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.local_part
    }
    /// The domain as lower-case A-labels.
    #[must_use]
    pub fn domain(&self) -> &HostName {
        &self.domain
    }
    /// What two spellings of one mailbox have in common here: everything in ASCII lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
    /// Whether the address needs SMTPUTF8 (RFC 6531).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.local_part.is_ascii()
    }
}

/// `atext` of RFC 5322 §3.2.3, extended by RFC 6532 §3.2 with everything beyond ASCII.
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || "!#$%&'*+-/=?^_`{|}~".contains(c)
        || (!c.is_ascii() && !c.is_control())
}

fn is_dot_atom(text: &str) -> bool {
    !text.is_empty()
        && text
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// The content of a quoted string, or `None` when it is not one.
fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(chars.next()?),
            '"' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

impl FromStr for Address {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        let local_part = if is_dot_atom(local) {
            local.to_owned()
        } else {
            unquote(local)
                .filter(|inner| !inner.is_empty())
                .ok_or(AddressError::LocalPart)?
        };
        if domain.is_empty() || domain.trim() != domain {
            return Err(AddressError::Domain);
        }
        Self::new(
            local_part,
            domain.parse().map_err(|_| AddressError::Domain)?,
        )
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_atom(&self.local_part) {
            write!(f, "{}@{}", self.local_part, self.domain)
        } else {
            write!(f, "{}@{}", quote(&self.local_part), self.domain)
        }
    }
}
impl TryFrom<String> for Address {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}
impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl From<Address> for Mailbox {
    fn from(address: Address) -> Self {
        Self {
            display_name: None,
            address,
        }
    }
}

impl FromStr for Mailbox {
    type Err = AddressError;
    /// Accepts `a@b`, `<a@b>`, `Name <a@b>` and `"Quoted, Name" <a@b>`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim_matches(' ');
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(AddressError::Control);
        }
        let Some(head) = text.strip_suffix('>') else {
            return text.parse::<Address>().map(Self::from);
        };
        let (name, address) = head.rsplit_once('<').ok_or(AddressError::Mailbox)?;
        let name = name.trim_matches(' ');
        let name = if name.starts_with('"') {
            unquote(name).ok_or(AddressError::Mailbox)?
        } else if name.contains(['<', '>', '"', '@', ',', ';', ':']) {
            return Err(AddressError::Mailbox);
        } else {
            name.to_owned()
        };
        if name.len() > DISPLAY_NAME_OCTETS_MAX {
            return Err(AddressError::TooLong);
        }
        Ok(Self {
            display_name: Some(name).filter(|n| !n.is_empty()),
            address: address.parse()?,
        })
    }
}
impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.display_name {
            None => self.address.fmt(f),
            Some(name) if name.chars().all(|c| is_atext(c) || c == ' ') => {
                write!(f, "{name} <{}>", self.address)
            }
            Some(name) => write!(f, "{} <{}>", quote(name), self.address),
        }
    }
}
impl TryFrom<String> for Mailbox {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}
impl From<Mailbox> for String {
    fn from(mailbox: Mailbox) -> Self {
        mailbox.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_rewritten_from_their_parts() {
        for (text, want) in [
            ("Ann@Example.COM", "Ann@example.com"),
            ("\"ann\"@example.com", "ann@example.com"),
            ("\"a b\"@example.com", "\"a b\"@example.com"),
            ("a+tag@bücher.example", "a+tag@xn--bcher-kva.example"),
            ("ännä@example.com", "ännä@example.com"),
        ] {
            assert_eq!(
                text.parse::<Address>().map(String::from),
                Ok(want.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        use AddressError::*;
        let long = format!("{}@example.com", "a".repeat(65));
        for (text, why) in [
            ("", Empty),
            ("ann", NoAt),
            ("@example.com", LocalPart),
            ("ann@", Domain),
            ("ann@[127.0.0.1]", Domain),
            ("a..b@example.com", LocalPart),
            ("a b@example.com", LocalPart),
            ("@x:ann@example.com", LocalPart),
            ("ann@example.com\r\nRCPT TO:<x@y.z>", Control),
            ("ann\0@example.com", Control),
            (&long, LocalPart),
        ] {
            assert_eq!(text.parse::<Address>(), Err(why), "{text:?}");
        }
    }

    #[test]
    fn mailboxes_keep_their_names() {
        for (text, name, shown) in [
            ("a@b.example", None, "a@b.example"),
            ("<a@b.example>", None, "a@b.example"),
            ("Ann B <a@b.example>", Some("Ann B"), "Ann B <a@b.example>"),
            (
                "\"B, Ann\" <a@b.example>",
                Some("B, Ann"),
                "\"B, Ann\" <a@b.example>",
            ),
        ] {
            let mailbox: Mailbox = text.parse().expect(text);
            assert_eq!(mailbox.display_name.as_deref(), name);
            assert_eq!(mailbox.to_string(), shown);
        }
        for text in [
            "a@b.example, c@d.example",
            "x <a@b.example> <c@d.example>",
            "Evil\r\nBcc: x <a@b.example>",
        ] {
            assert!(text.parse::<Mailbox>().is_err(), "{text:?}");
        }
    }
}
