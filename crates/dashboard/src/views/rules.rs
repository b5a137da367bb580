//! Inbound rules of a domain: the list, the editor, one rule for who may only look.

mod form;
mod sentence;
mod tester;

use askama::Template;

pub use form::{
    ConditionEntry, ConditionError, ConditionPart, ConditionRow, RuleEntry, RuleErrors, RuleForm,
};
pub use sentence::{action_sentence, condition_sentence, match_sentence};
pub use tester::{TestedCondition, TestedRule, TesterForm, TesterPage, Verdict};

use super::{domain_tabs::DomainTabs, words::Reach};
use crate::ui::{Chip, Empty, Moment, Shell};

/// `/domains/{id}/rules`
#[derive(Debug, Template)]
#[template(path = "pages/rules/list.html")]
pub struct RuleListPage {
    /// What surrounds it.
    pub shell: Shell,
    /// The domain's other pages.
    pub tabs: DomainTabs,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// What happens to mail no rule decides about, in a sentence.
    pub otherwise: &'static str,
    /// Its rules in the order they are asked.
    pub rows: Vec<RuleRow>,
    /// May change them.
    pub may_write: bool,
}

impl RuleListPage {
    fn empty(&self) -> Empty {
        let empty = Empty::new(
            "No rules yet",
            "A rule decides what happens to received mail that fits its conditions: forward, keep, \
             announce, tag, drop or refuse it.",
        );
        if self.may_write {
            empty.with_action(format!("/domains/{}/rules/new", self.id), "Add rule")
        } else {
            empty
        }
    }
}

/// A rule in the list.
#[derive(Debug)]
pub struct RuleRow {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The alias whose mail it is about.
    pub alias: Option<String>,
    /// Its conditions, in a sentence.
    pub conditions: String,
    /// What it does, in a sentence.
    pub action: String,
    /// The lower, the earlier.
    pub priority: i64,
    /// Messages it decided about or marked.
    pub hits: i64,
    /// When it last did.
    pub last_hit_at: Option<Moment>,
    /// Whether it works.
    pub status: Chip,
}

/// `/domains/{id}/rules/new`
#[derive(Debug, Template)]
#[template(path = "pages/rules/new.html")]
pub struct NewRulePage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// The form.
    pub form: RuleForm,
}

/// `/domains/{id}/rules/{rule}`
#[derive(Debug, Template)]
#[template(path = "pages/rules/show.html")]
pub struct RulePage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// Id of the rule.
    pub rule_id: String,
    /// What people call it.
    pub rule_name: String,
    /// Whether it works.
    pub status: Chip,
    /// Messages it decided about or marked.
    pub hits: i64,
    /// When it last did.
    pub last_hit_at: Option<Moment>,
    /// When it was made.
    pub created_at: Moment,
    /// What the reader may do with the domain.
    pub reach: Reach,
    /// Whose mail it is about.
    pub alias: String,
    /// How many of the conditions must hold.
    pub match_mode: &'static str,
    /// Its conditions, a sentence each.
    pub conditions: Vec<String>,
    /// What it does, in a sentence.
    pub action: String,
    /// The lower, the earlier.
    pub priority: i64,
    /// The form, for those who may change it; others see the facts above.
    pub form: Option<RuleForm>,
}
