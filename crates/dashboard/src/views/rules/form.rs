//! The editor of a rule. Conditions are rows that buttons of the form add and take away.

use askama::Template;
use postscale_model::{RuleActionKind, RuleComparator, RuleField, RuleMatch, Word as _};

use super::sentence::{action_hint, action_label, comparator_label, field_label};
use crate::ui::{CheckField, Choice, InputKind, RadioGroup, SelectField, TextField, component};
use crate::views::webhook_choice::webhook_choice;

/// What was entered into one row of conditions.
#[derive(Debug, Clone, Default)]
pub struct ConditionEntry {
    /// The field's word.
    pub field: String,
    /// The comparator's word.
    pub comparator: String,
    /// What it compares with.
    pub value: String,
    /// Which header fields.
    pub header_name: String,
}

impl ConditionEntry {
    /// A row nobody has filled yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            field: RuleField::Subject.as_str().to_owned(),
            comparator: RuleComparator::Contains.as_str().to_owned(),
            ..Self::default()
        }
    }
}

/// What was entered into the form of a rule.
#[derive(Debug, Clone, Default)]
pub struct RuleEntry {
    /// The name.
    pub name: String,
    /// Local part of the alias; empty for all mail.
    pub alias: String,
    /// `all` or `any`.
    pub match_mode: String,
    /// The conditions.
    pub conditions: Vec<ConditionEntry>,
    /// The action's word.
    pub action: String,
    /// Targets, one a line.
    pub forward_to: String,
    /// The webhook's id.
    pub webhook_id: String,
    /// What a sender is told.
    pub text: String,
    /// Words, separated by commas.
    pub tags: String,
    /// The priority.
    pub priority: String,
    /// Switched on.
    pub enabled: bool,
}

/// What of a condition is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionPart {
    /// What is looked at.
    Field,
    /// Which header fields.
    HeaderName,
    /// How it is compared.
    Comparator,
    /// What it compares with.
    Value,
}

/// Why a condition is refused.
#[derive(Debug, Clone)]
pub struct ConditionError {
    /// The part to change.
    pub part: ConditionPart,
    /// The reason.
    pub text: String,
}

/// Why what was entered is refused, per field.
#[derive(Debug, Clone, Default)]
pub struct RuleErrors {
    /// Of the name.
    pub name: Option<String>,
    /// Of the alias.
    pub alias: Option<String>,
    /// Of each condition.
    pub conditions: Vec<Option<ConditionError>>,
    /// Of the action.
    pub action: Option<String>,
    /// Of the targets.
    pub forward_to: Option<String>,
    /// Of the webhook.
    pub webhook_id: Option<String>,
    /// Of what a sender is told.
    pub text: Option<String>,
    /// Of the words.
    pub tags: Option<String>,
    /// Of the priority.
    pub priority: Option<String>,
}

/// A row of the conditions.
#[derive(Debug, Template)]
#[template(path = "parts/rule_condition.html")]
pub struct ConditionRow {
    /// Its place, from 1.
    pub number: usize,
    /// What is looked at, with the comparators that fit each.
    pub fields: Vec<(Choice, String)>,
    /// How it is compared.
    pub comparators: Vec<Choice>,
    /// Which header fields.
    pub header_name: String,
    /// What it compares with.
    pub value: String,
    /// Why it is refused.
    pub error: Option<ConditionError>,
    /// It is not the only one.
    pub may_go: bool,
}
component!(ConditionRow);

impl ConditionRow {
    fn blames(&self, part: ConditionPart) -> bool {
        self.error.as_ref().is_some_and(|error| error.part == part)
    }
    fn new(
        number: usize,
        entry: &ConditionEntry,
        error: Option<ConditionError>,
        may_go: bool,
    ) -> Self {
        let field = |field: &RuleField| {
            let mut choice = Choice::new(field.as_str(), field_label(*field));
            choice.chosen = field.as_str() == entry.field;
            let fitting: Vec<&str> = field.comparators().iter().map(|it| it.as_str()).collect();
            (choice, fitting.join(" "))
        };
        let comparator = |comparator: &RuleComparator| {
            let mut choice = Choice::new(comparator.as_str(), comparator_label(*comparator));
            choice.chosen = comparator.as_str() == entry.comparator;
            choice
        };
        Self {
            number,
            fields: RuleField::ALL.iter().map(field).collect(),
            comparators: RuleComparator::ALL.iter().map(comparator).collect(),
            header_name: entry.header_name.clone(),
            value: entry.value.clone(),
            error,
            may_go,
        }
    }
}

/// The form of a rule.
#[derive(Debug)]
pub struct RuleForm {
    /// What people call it.
    pub name: TextField,
    /// Whose mail it is about.
    pub alias: TextField,
    /// How many conditions must hold.
    pub match_mode: SelectField,
    /// The conditions.
    pub conditions: Vec<ConditionRow>,
    /// There is room for another one.
    pub may_add: bool,
    /// What it does.
    pub action: RadioGroup,
    /// Targets, one a line.
    pub forward_to: TextField,
    /// Which webhook.
    pub webhook: SelectField,
    /// What a sender is told.
    pub text: TextField,
    /// Words.
    pub tags: TextField,
    /// The priority.
    pub priority: TextField,
    /// Switched on.
    pub enabled: CheckField,
}

impl RuleForm {
    /// The form with what was entered and what is wrong with it, for a domain with those webhooks.
    #[must_use]
    pub fn new(
        entry: &RuleEntry,
        errors: RuleErrors,
        domain: &str,
        webhooks: Vec<Choice>,
        conditions_max: usize,
    ) -> Self {
        let action = |kind: &RuleActionKind| {
            Choice::new(kind.as_str(), action_label(*kind)).hint(action_hint(*kind))
        };
        let actions = RuleActionKind::ALL.iter().map(action).collect();
        let modes = vec![
            Choice::new(RuleMatch::All.as_str(), "All conditions hold"),
            Choice::new(RuleMatch::Any.as_str(), "Any condition holds"),
        ];
        let may_go = entry.conditions.len() > 1;
        let rows = entry.conditions.iter().enumerate().map(|(i, condition)| {
            let error = errors.conditions.get(i).cloned().flatten();
            ConditionRow::new(i + 1, condition, error, may_go)
        });
        let text = |kind, name, label, value: &str| TextField::new(kind, name, label).value(value);
        Self {
            name: text(InputKind::Text, "name", "Name", &entry.name)
                .placeholder("Invoices to accounting")
                .error(errors.name)
                .required(),
            alias: text(InputKind::Text, "alias", "Only for the alias", &entry.alias)
                .suffix(format!("@{domain}"))
                .hint("Empty for all mail of the domain. Rules of an alias are asked first.")
                .error(errors.alias),
            match_mode: SelectField::new("match", "When", modes).choose(&entry.match_mode),
            conditions: rows.collect(),
            may_add: entry.conditions.len() < conditions_max,
            action: RadioGroup::new("action", "Then", actions)
                .choose(&entry.action)
                .error(errors.action),
            forward_to: text(
                InputKind::Lines,
                "forward_to",
                "Forward to",
                &entry.forward_to,
            )
            .placeholder("ana@example.org")
            .hint("One address a line, at most 20.")
            .error(errors.forward_to),
            webhook: webhook_choice("Which webhook", webhooks, &entry.webhook_id)
                .error(errors.webhook_id),
            text: text(
                InputKind::Text,
                "text",
                "What the sender is told",
                &entry.text,
            )
            .placeholder("Message refused by a rule of the recipient")
            .hint("One line of letters without accents. Optional.")
            .error(errors.text),
            tags: text(InputKind::Text, "tags", "Tags", &entry.tags)
                .placeholder("invoice, accounting")
                .hint("Separated by commas, at most 10.")
                .error(errors.tags),
            priority: text(InputKind::Text, "priority", "Priority", &entry.priority)
                .hint("A whole number; the lower, the earlier. The first rule that fits decides.")
                .error(errors.priority)
                .required(),
            enabled: CheckField::new("enabled", "Active", entry.enabled)
                .hint("A paused rule is not asked."),
        }
    }
}
