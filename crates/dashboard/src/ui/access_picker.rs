//! Which domains, and how much on each.

use askama::Template;
use postscale_model::{Level, Word as _};

use super::{Chip, component, field::described_by};

/// A domain to give access to.
#[derive(Debug, Clone)]
pub struct AccessChoice {
    /// Id of the domain.
    pub id: String,
    /// Its name, as shown.
    pub domain: String,
    /// What is given; nothing by default.
    pub level: Option<Level>,
    /// Until when and why, where that is asked.
    pub terms: Option<AccessTerms>,
}

/// Until when, and why, access is given.
#[derive(Debug, Clone, Default)]
pub struct AccessTerms {
    /// The end as entered, in UTC; empty for none.
    pub until: String,
    /// The note.
    pub note: String,
    /// A grant that has ended by itself and was not removed.
    pub ended: Option<Chip>,
    /// Why the end is refused.
    pub until_error: Option<String>,
    /// Why the note is refused.
    pub note_error: Option<String>,
    /// What is saved, where somebody else saved something else meanwhile.
    pub meanwhile: Option<String>,
}

impl AccessChoice {
    fn gives(&self, level: Level) -> bool {
        self.level == Some(level)
    }
}

/// A list of domains with a level to choose for each. Sends `id level` for every domain that is given
/// something, and an empty value for each of the others.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/access_picker.html")]
pub struct AccessPicker {
    /// Name in the form, sent once per domain.
    pub name: &'static str,
    /// The label of the group.
    pub label: &'static str,
    /// What can be given.
    pub choices: Vec<AccessChoice>,
    /// What to choose, in a sentence.
    pub hint: Option<String>,
    /// Why the choice is refused.
    pub error: Option<String>,
}
component!(AccessPicker);

/// Domains from which on the list can be searched.
const SEARCHED_MIN: usize = 6;

impl AccessPicker {
    /// A list in which nothing is wrong.
    #[must_use]
    pub const fn new(name: &'static str, label: &'static str, choices: Vec<AccessChoice>) -> Self {
        Self {
            name,
            label,
            choices,
            hint: None,
            error: None,
        }
    }
    /// With a hint below the label.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// With an error, when there is one.
    #[must_use]
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    fn is_searched(&self) -> bool {
        self.choices.len() >= SEARCHED_MIN
    }
    fn described_by(&self) -> Option<String> {
        described_by(self.name, self.hint.is_some(), self.error.is_some())
    }
}

/// The domain and the level in one value that an [`AccessPicker`] sent; nothing for a domain that is
/// given nothing.
#[must_use]
pub fn picked(value: &str) -> Option<(&str, Level)> {
    let (id, level) = value.split_once(' ')?;
    Some((id, Level::parse(level).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_list_sends_is_read_back() {
        let choice = AccessChoice {
            id: "7".to_owned(),
            domain: "a.example".to_owned(),
            level: Some(Level::Write),
            terms: None,
        };
        let html = AccessPicker::new("domains", "Domains", vec![choice]).to_string();
        assert!(html.contains("value=\"7 read_write\" selected"), "{html}");
        for (value, want) in [
            ("7 read_write", Some(("7", Level::Write))),
            ("7 read", Some(("7", Level::Read))),
            ("", None),
            ("7", None),
            ("7 owner", None),
        ] {
            assert_eq!(picked(value), want, "{value}");
        }
    }
}
