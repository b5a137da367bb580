//! Domain names as A-labels (RFC 5890), lower case, without a trailing dot.

#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use unicode_security::{RestrictionLevel, RestrictionLevelDetection as _, skeleton};

/// Octets a name may have in presentation form (RFC 1035 §2.3.4, less length bytes and the root).
const NAME_OCTETS_MAX: usize = 253;
/// Octets of a label (RFC 1035 §2.3.4).
const LABEL_OCTETS_MAX: usize = 63;

/// A name that can be registered as a mail domain: a host name below a public suffix.
///
/// Kept as A-labels in lower case; [`DomainName::to_unicode`] is for showing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

/// Any host name in the sense of RFC 1123: may be a single label or a public suffix.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

/// Why a text is no domain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DomainNameError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// More than 253 octets.
    #[error("is longer than 253 characters")]
    TooLong,
    /// A label is empty, longer than 63 octets or has characters a host name may not have.
    #[error("is not a host name")]
    NotAHostName,
    /// An address literal where a name is due.
    #[error("is an IP address, not a domain name")]
    IpAddress,
    /// A web address in place of its host.
    #[error("is a web address; enter only the domain in it, such as example.com")]
    WebAddress,
    /// A mail address in place of its domain.
    #[error("is an email address; enter only what comes after the @")]
    EmailAddress,
    /// `*.example.com`.
    #[error("has a wildcard; register each domain by itself")]
    Wildcard,
    /// Space inside.
    #[error("has a space in it")]
    Space,
    /// Two dots in a row, or one at the start.
    #[error("has an empty part: two dots in a row, or a dot at its start")]
    EmptyLabel,
    /// A label of more than 63 octets.
    #[error("has a part of more than 63 characters")]
    LabelTooLong,
    /// `_dmarc.example.com` is a name in DNS and no host.
    #[error("has an underscore, which domains of mail addresses do not have")]
    Underscore,
    /// A label starts or ends with a hyphen.
    #[error("has a part that starts or ends with a hyphen")]
    Hyphen,
    /// A label of letters that look alike in several scripts, such as a Cyrillic а in a Latin word.
    #[error("mixes letters of different scripts in one word, which may look like another domain")]
    MixedScripts,
    /// A public suffix such as `com` or `co.uk`, or a single label.
    #[error("is a public suffix or a single label, not a domain that can be registered")]
    PublicSuffix,
}

/// Whether UTS 46 has nothing to map or to check: names are mostly read as they were written down.
/// Two hyphens may be those of an A-label.
fn is_plain(text: &str) -> bool {
    let is_itself = |b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    text.bytes().all(is_itself) && !text.contains("--")
}

fn to_a_labels(text: &str) -> Result<String, DomainNameError> {
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Err(DomainNameError::Empty);
    }
    if text.parse::<std::net::IpAddr>().is_ok() || text.starts_with('[') {
        return Err(DomainNameError::IpAddress);
    }
    if text.len() > 4 * NAME_OCTETS_MAX {
        return Err(DomainNameError::TooLong);
    }
    let ascii = if is_plain(text) {
        text.to_owned()
    } else {
        idna::domain_to_ascii_strict(text).map_err(|_| {
            if text.len() > NAME_OCTETS_MAX {
                DomainNameError::TooLong
            } else {
                DomainNameError::NotAHostName
            }
        })?
    };
    if ascii.len() > NAME_OCTETS_MAX {
        return Err(DomainNameError::TooLong);
    }
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !ascii.split('.').all(label_ok) {
        return Err(DomainNameError::NotAHostName);
    }
    if ascii
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(DomainNameError::IpAddress);
    }
    Ok(ascii)
}

/// What people enter in place of a name.
fn mistake(text: &str) -> Option<DomainNameError> {
    // UTS 46 takes these for dots.
    let text = text.replace(['\u{3002}', '\u{ff0e}', '\u{ff61}'], ".");
    let name = text.strip_suffix('.').unwrap_or(&text);
    let labels = || name.split('.');
    let has = |c: char| name.contains(c);
    let is_edge = |label: &str| label.starts_with('-') || label.ends_with('-');
    match name {
        "" => None,
        // Brackets and several colons are for IP addresses.
        _ if name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok() => None,
        _ if name.contains("://") || has('/') => Some(DomainNameError::WebAddress),
        _ if has('@') => Some(DomainNameError::EmailAddress),
        _ if has('*') => Some(DomainNameError::Wildcard),
        _ if name.contains(char::is_whitespace) => Some(DomainNameError::Space),
        _ if name.is_ascii() && name.len() > NAME_OCTETS_MAX => Some(DomainNameError::TooLong),
        _ if labels().any(str::is_empty) => Some(DomainNameError::EmptyLabel),
        _ if has('_') => Some(DomainNameError::Underscore),
        _ if labels().any(is_edge) => Some(DomainNameError::Hyphen),
        _ if labels().any(|label| label.is_ascii() && label.len() > LABEL_OCTETS_MAX) => {
            Some(DomainNameError::LabelTooLong)
        }
        _ => None,
    }
}

impl FromStr for DomainName {
    type Err = DomainNameError;
    /// Trims, drops one trailing dot, maps to A-labels and lower case.
    fn from_str(text: &str) -> Result<Self, DomainNameError> {
        let ascii = to_a_labels(text)?;
        let suffix = psl::suffix(ascii.as_bytes());
        if suffix.is_none_or(|s| s.as_bytes().len() >= ascii.len()) {
            return Err(DomainNameError::PublicSuffix);
        }
        Ok(Self(ascii))
    }
}

impl FromStr for HostName {
    type Err = DomainNameError;
    fn from_str(text: &str) -> Result<Self, DomainNameError> {
        to_a_labels(text).map(Self)
    }
}

impl DomainName {
    /// Reads a name somebody entered to register it: says more exactly than [`FromStr`] what is wrong,
    /// and refuses what a name of ours must not look like.
    ///
    /// # Errors
    /// [`DomainNameError`].
    pub fn from_input(text: &str) -> Result<Self, DomainNameError> {
        let text = text.trim();
        if let Some(mistake) = mistake(text) {
            return Err(mistake);
        }
        let name: Self = text.parse()?;
        let labels = idna::domain_to_unicode(&name.0).0;
        let is_mixed = |label: &str| {
            !label.is_ascii() && !label.check_restriction_level(RestrictionLevel::HighlyRestrictive)
        };
        if labels.split('.').any(is_mixed) {
            return Err(DomainNameError::MixedScripts);
        }
        Ok(name)
    }

    /// The name with U-labels, for people. A label that looks like one of ASCII letters, whatever its
    /// script, is left as it is.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        let shown = |label: &str| {
            let unicode = idna::domain_to_unicode(label).0;
            let is_disguise = !unicode.is_ascii() && skeleton(&unicode).all(|c| c.is_ascii());
            if is_disguise {
                label.to_owned()
            } else {
                unicode
            }
        };
        let labels: Vec<String> = self.0.split('.').map(shown).collect();
        labels.join(".")
    }

    /// The name directly below the public suffix, where whoever registered it has their zone.
    #[must_use]
    pub fn registrable(&self) -> &str {
        psl::domain_str(&self.0).unwrap_or(&self.0)
    }
}

impl From<DomainName> for HostName {
    fn from(name: DomainName) -> Self {
        Self(name.0)
    }
}

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl $name {
            /// The name as A-labels in lower case.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl TryFrom<String> for $name {
            type Error = DomainNameError;
            fn try_from(text: String) -> Result<Self, DomainNameError> { text.parse() }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self { name.0 }
        }
    )+};
}
as_text!(DomainName, HostName);
