//! The audit log: its entries as sentences, with what changed.

mod words;

use askama::Template;

pub use words::{AREAS, phrase};

use crate::ui::{
    Chip, Choice, CursorPager, Empty, InputKind, Moment, SelectField, Shell, TextField,
};

/// `/audit`
#[derive(Debug, Template)]
#[template(path = "pages/audit.html")]
pub struct AuditPage {
    /// What surrounds it.
    pub shell: Shell,
    /// What is looked for.
    pub filter: AuditFilter,
    /// The entries found.
    pub rows: Vec<AuditRow>,
    /// Other parts of the log.
    pub pager: CursorPager,
}

impl AuditPage {
    fn empty(&self) -> Empty {
        if self.filter.is_set() {
            Empty::new("No entries match", "Try fewer or other filters.")
                .with_action("/audit", "Clear filters")
        } else {
            Empty::new(
                "Nothing has happened yet",
                "Whatever is done in this organization, and whatever is refused, is written down here.",
            )
        }
    }
}

/// What is looked for: the texts as entered.
#[derive(Debug, Clone, Default)]
pub struct AuditSearch {
    /// The area or action.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// To what.
    pub target: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
}

impl AuditSearch {
    /// Name and text of every filter.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 5] {
        [
            ("action", &self.action),
            ("actor", &self.actor),
            ("target", &self.target),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }
}

/// The filters of the log.
#[derive(Debug)]
pub struct AuditFilter {
    /// What happened.
    pub action: SelectField,
    /// Who did it.
    pub actor: TextField,
    /// To what.
    pub target: TextField,
    /// The first day.
    pub from: TextField,
    /// The last day.
    pub to: TextField,
    search: AuditSearch,
}

impl AuditFilter {
    /// The filters with what was looked for.
    #[must_use]
    pub fn new(search: AuditSearch) -> Self {
        let action = &search.action;
        let mut choices: Vec<Choice> = AREAS
            .iter()
            .map(|(value, label)| Choice::new(*value, *label))
            .collect();
        if !AREAS.iter().any(|(value, _)| value == action) {
            choices.push(Choice::new(action, action));
        }
        let field = |kind, name, label, value: &str| TextField::new(kind, name, label).value(value);
        Self {
            action: SelectField::new("action", "About", choices).choose(action),
            actor: field(InputKind::Search, "actor", "Who", &search.actor),
            target: field(InputKind::Search, "target", "To what", &search.target),
            from: field(InputKind::Date, "from", "From", &search.from),
            to: field(InputKind::Date, "to", "To", &search.to),
            search,
        }
    }

    /// Whether anything is looked for at all.
    fn is_set(&self) -> bool {
        self.search.pairs().iter().any(|(_, text)| !text.is_empty())
    }

    /// What is looked for, to be sent along with the export.
    fn given(&self) -> Vec<(&'static str, &str)> {
        let mut pairs = Vec::from(self.search.pairs());
        pairs.retain(|(_, text)| !text.is_empty());
        pairs
    }
}

/// Somebody or something in a sentence, and where to see what else the log has of it.
#[derive(Debug)]
pub struct AuditName {
    /// The name.
    pub text: String,
    /// Address of the log of it; absent when it has no id.
    pub href: Option<String>,
}

/// A member that changed.
#[derive(Debug)]
pub struct AuditChange {
    /// Its name.
    pub member: String,
    /// As it was; empty when it was not there.
    pub before: String,
    /// As it is now; empty when it is not there.
    pub after: String,
}

/// An entry of the log.
#[derive(Debug)]
pub struct AuditRow {
    /// Its id.
    pub id: String,
    /// Who.
    pub actor: AuditName,
    /// Did what.
    pub phrase: String,
    /// To what; absent for nothing in particular.
    pub target: Option<AuditName>,
    /// How it ended, unless well.
    pub outcome: Option<Chip>,
    /// How often, when more than once.
    pub times: Option<String>,
    /// When.
    pub at: Moment,
    /// What changed.
    pub changes: Vec<AuditChange>,
    /// What else is known: label and value.
    pub facts: Vec<(&'static str, String)>,
}
