//! Domain names as A-labels (RFC 5890), lower case, without a trailing dot.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Octets a name may have in presentation form (RFC 1035 §2.3.4, less length bytes and the root).
const NAME_OCTETS_MAX: usize = 253;

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
    /// A public suffix such as `com` or `co.uk`, or a single label.
    #[error("is a public suffix or a single label, not a domain that can be registered")]
    PublicSuffix,
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
    let ascii = idna::domain_to_ascii_strict(text).map_err(|_| {
        if text.len() > NAME_OCTETS_MAX {
            DomainNameError::TooLong
        } else {
            DomainNameError::NotAHostName
        }
    })?;
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
    /// The name with U-labels, for people.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }
}

impl DomainName {
    /// The name below the public suffix, which most zones begin at: `example.com` of
    /// `mail.example.com`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_to_lower_case_a_labels() {
        for (text, want) in [
            ("Example.COM.", "example.com"),
            (" mail.example.co.uk ", "mail.example.co.uk"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(
                text.parse::<DomainName>().map(String::from),
                Ok(want.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_registrable_name_is_refused_with_its_reason() {
        use DomainNameError::*;
        let long = format!("{}.example.com", "a.".repeat(130));
        for (text, why) in [
            ("", Empty),
            ("com", PublicSuffix),
            ("co.uk", PublicSuffix),
            ("127.0.0.1", IpAddress),
            ("[::1]", IpAddress),
            ("1.2.3.4.5", IpAddress),
            ("*.example.com", NotAHostName),
            ("a..example.com", NotAHostName),
            ("-a.example.com", NotAHostName),
            ("exa mple.com", NotAHostName),
            ("example.com\r\n", NotAHostName),
            (&long, TooLong),
        ] {
            let got = text.parse::<DomainName>();
            if text.ends_with('\n') {
                assert!(got.is_ok(), "surrounding space is trimmed");
            } else {
                assert_eq!(got, Err(why), "{text}");
            }
        }
    }
}
