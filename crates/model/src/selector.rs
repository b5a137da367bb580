//! DKIM selectors (RFC 6376 §3.1).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A DKIM selector: one or more sub-domain labels, lower case, at most 63 octets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selector(String);

/// The text is no selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 1 to 63 letters, digits, hyphens or dots, each label starting and ending with a letter or digit"
)]
pub struct SelectorError;

impl Selector {
    /// The selector in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Selector {
    type Err = SelectorError;
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let label_ok = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if text.len() <= 63 && text.split('.').all(label_ok) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(SelectorError)
        }
    }
}
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for Selector {
    type Error = SelectorError;
    fn try_from(text: String) -> Result<Self, SelectorError> {
        text.parse()
    }
}
impl From<Selector> for String {
    fn from(selector: Selector) -> Self {
        selector.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_labels() {
        assert_eq!(
            "PostScale1".parse::<Selector>().map(String::from),
            Ok("postscale1".into())
        );
        assert!("s1.2026".parse::<Selector>().is_ok());
        for bad in ["", "-a", "a-", "a..b", "a_b", "a b", &"a".repeat(64)] {
            assert_eq!(bad.parse::<Selector>(), Err(SelectorError), "{bad}");
        }
    }
}
