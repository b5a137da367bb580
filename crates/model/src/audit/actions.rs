//! Which of the log's actions somebody asks for.

use std::fmt;

use super::AuditAction;
use crate::Word as _;

impl AuditAction {
    /// What it is about, as `domain` of `domain.created`.
    #[must_use]
    pub fn area(self) -> &'static str {
        let word = self.as_str();
        word.split_once('.').map_or(word, |(area, _)| area)
    }
}

/// One action, or all that are about the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditActions {
    /// This one.
    One(AuditAction),
    /// All of an area.
    Area(&'static str),
}

impl AuditActions {
    /// Reads `domain.created`, or `domain.*` for everything about domains.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some(area) = text.strip_suffix(".*") else {
            return AuditAction::parse(text).ok().map(Self::One);
        };
        let mut areas = AuditAction::ALL.iter().map(|action| action.area());
        areas.find(|known| *known == area).map(Self::Area)
    }
}

impl fmt::Display for AuditActions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(action) => f.write_str(action.as_str()),
            Self::Area(area) => write!(f, "{area}.*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_action_or_an_area_is_read_and_written() {
        for (text, want) in [
            (
                "domain.created",
                Some(AuditActions::One(AuditAction::DomainCreated)),
            ),
            ("domain.*", Some(AuditActions::Area("domain"))),
            ("auth.*", Some(AuditActions::Area("auth"))),
            ("auth.login.*", None),
            ("*", None),
            (".*", None),
            ("%.*", None),
            ("domain", None),
            ("Domain.*", None),
        ] {
            let read = AuditActions::parse(text);
            assert_eq!(read, want, "{text}");
            if let Some(read) = read {
                assert_eq!(read.to_string(), text);
            }
        }
    }
}
