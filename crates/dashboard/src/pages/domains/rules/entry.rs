//! What is entered into the form of a rule.

use postscale_actions::rules::{
    ActionConfig, CONDITIONS_MAX, NewCondition, NewRule, PRIORITY_DEFAULT, RuleAlias, RuleChange,
    RuleView,
};
use postscale_model::{Invalid, RuleAction, RuleActionKind, RuleField, RuleMatch, Word as _};
use postscale_web::FormBody;

use crate::{
    pages::chosen,
    refusal::Refusal,
    views::rules::{ConditionEntry, ConditionError, ConditionPart, RuleEntry, RuleErrors},
};

/// An empty form.
pub(super) fn blank() -> RuleEntry {
    RuleEntry {
        match_mode: RuleMatch::All.as_str().to_owned(),
        conditions: vec![ConditionEntry::new()],
        action: RuleActionKind::Forward.as_str().to_owned(),
        priority: PRIORITY_DEFAULT.to_string(),
        enabled: true,
        ..RuleEntry::default()
    }
}

/// The entries of a form as sent.
pub(super) fn sent(form: &FormBody) -> RuleEntry {
    let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
    let condition = |n: usize| {
        let part = |part: &str| form.verbatim(&format!("{part}-{n}")).unwrap_or_default();
        ConditionEntry {
            field: part("field").to_owned(),
            comparator: part("comparator").to_owned(),
            value: part("value").to_owned(),
            header_name: part("header").trim().to_owned(),
        }
    };
    let rows = (1..=CONDITIONS_MAX).filter(|n| form.is_ticked(&format!("field-{n}")));
    RuleEntry {
        name: text("name"),
        alias: text("alias"),
        match_mode: text("match"),
        conditions: rows.map(condition).collect(),
        action: text("action"),
        forward_to: text("forward_to"),
        webhook_id: text("webhook_id"),
        text: text("text"),
        tags: text("tags"),
        priority: text("priority"),
        enabled: form.is_ticked("enabled"),
    }
}

/// The rows as the form's buttons want them: one more, or one less. Nothing else happens then.
pub(super) fn edited(form: &FormBody, entry: &RuleEntry) -> Option<RuleEntry> {
    let mut edited = entry.clone();
    match form.text("edit").unwrap_or_default() {
        "" => return None,
        "add" if edited.conditions.len() < CONDITIONS_MAX => {
            edited.conditions.push(ConditionEntry::new());
        }
        word => {
            let number = word.strip_prefix("remove-").and_then(|n| n.parse().ok());
            let index = number.and_then(|number: usize| number.checked_sub(1));
            if let Some(index) = index.filter(|index| *index < edited.conditions.len()) {
                edited.conditions.remove(index);
            }
        }
    }
    Some(edited)
}

fn conditions(entry: &RuleEntry) -> Vec<NewCondition> {
    let condition = |row: &ConditionEntry| {
        // The name of a header field stays in its row while something else is chosen.
        let is_header = row.field == RuleField::Header.as_str();
        NewCondition {
            field: row.field.clone(),
            comparator: row.comparator.clone(),
            value: row.value.clone(),
            header_name: is_header.then(|| row.header_name.clone()),
        }
    };
    entry.conditions.iter().map(condition).collect()
}

/// What belongs to the action. Fields that belong to another one are not looked at.
fn config(entry: &RuleEntry) -> ActionConfig {
    let lines = |text: &str, separator: char| {
        let parts = text.split(separator).map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut config = ActionConfig::default();
    match RuleActionKind::parse(&entry.action) {
        Ok(RuleActionKind::Forward) => config.forward_to = Some(lines(&entry.forward_to, '\n')),
        Ok(RuleActionKind::Webhook) => {
            config.webhook_id = Some(entry.webhook_id.clone()).filter(|id| !id.is_empty());
        }
        Ok(RuleActionKind::Reject) => config.text = Some(entry.text.clone()),
        Ok(RuleActionKind::Tag) => config.tags = Some(lines(&entry.tags, ',')),
        Ok(RuleActionKind::Drop | RuleActionKind::Store) | Err(_) => {}
    }
    config
}

fn alias(entry: &RuleEntry) -> RuleAlias {
    match entry.alias.as_str() {
        "" => RuleAlias::Every,
        local_part => RuleAlias::Named(local_part.to_owned()),
    }
}

fn priority(entry: &RuleEntry) -> Result<i64, Invalid> {
    let number = entry.priority.parse();
    number.map_err(|_| Invalid::field("priority", "must be a whole number"))
}

/// Reads the entries for a new rule.
pub(super) fn new(entry: &RuleEntry) -> Result<NewRule, Invalid> {
    Ok(NewRule {
        name: entry.name.clone(),
        alias: alias(entry),
        conditions: conditions(entry),
        match_mode: chosen("match", &entry.match_mode)?,
        action: entry.action.clone(),
        config: config(entry),
        priority: priority(entry)?,
        enabled: entry.enabled,
    })
}

/// Reads the entries for a rule there is.
pub(super) fn change(entry: &RuleEntry) -> Result<RuleChange, Invalid> {
    let new = new(entry)?;
    Ok(RuleChange {
        name: Some(new.name),
        alias: Some(new.alias),
        conditions: Some(new.conditions),
        match_mode: Some(new.match_mode),
        action: Some(new.action),
        config: Some(new.config),
        priority: Some(new.priority),
        enabled: Some(new.enabled),
    })
}

/// What is wrong with a row of the conditions, and with which part of it.
fn of_row(refusal: &mut Refusal, index: usize, row: &ConditionEntry) -> Option<ConditionError> {
    let parts = [
        ("field", ConditionPart::Field),
        ("header_name", ConditionPart::HeaderName),
        ("comparator", ConditionPart::Comparator),
        ("value", ConditionPart::Value),
    ];
    parts.into_iter().find_map(|(name, part)| {
        let text = refusal.take(&format!("conditions[{index}].{name}"))?;
        let is_missing = part == ConditionPart::HeaderName && row.header_name.is_empty();
        let text = if is_missing {
            "Name the header field.".to_owned()
        } else {
            text
        };
        Some(ConditionError { part, text })
    })
}

/// What is wrong, per field of the form.
pub(super) fn errors(refusal: &mut Refusal, entry: &RuleEntry) -> RuleErrors {
    let rows = entry.conditions.iter().enumerate();
    RuleErrors {
        conditions: rows.map(|(i, row)| of_row(refusal, i, row)).collect(),
        name: refusal.take("name"),
        alias: refusal.take("alias_id"),
        action: refusal.take("action"),
        forward_to: refusal.take("action_config.forward_to"),
        webhook_id: refusal.take("action_config.webhook_id"),
        text: refusal.take("action_config.text"),
        tags: refusal.take("action_config.tags"),
        priority: refusal.take("priority"),
    }
}

/// The entries of a rule as it is.
pub(super) fn of(view: &RuleView) -> RuleEntry {
    let rule = &view.rule;
    let targets = rule.action.forward_to().iter().map(ToString::to_string);
    let conditions = rule.conditions.iter().map(|condition| ConditionEntry {
        field: condition.field.as_str().to_owned(),
        comparator: condition.comparator.as_str().to_owned(),
        value: condition.value.clone(),
        header_name: condition.header_name.clone().unwrap_or_default(),
    });
    let text = match &rule.action {
        RuleAction::Reject { text } => text.clone().unwrap_or_default(),
        _ => String::new(),
    };
    RuleEntry {
        name: rule.name.clone(),
        alias: view.alias.clone().unwrap_or_default(),
        match_mode: rule.match_mode.as_str().to_owned(),
        conditions: conditions.collect(),
        action: rule.action.kind().as_str().to_owned(),
        forward_to: targets.collect::<Vec<_>>().join("\n"),
        webhook_id: rule
            .action
            .webhook_id()
            .map(|id| id.to_string())
            .unwrap_or_default(),
        text,
        tags: rule.action.tags().join(", "),
        priority: rule.priority.to_string(),
        enabled: rule.enabled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_another_action_are_not_looked_at() {
        let entry = RuleEntry {
            action: "tag".to_owned(),
            forward_to: "nonsense".to_owned(),
            text: "nonsense".to_owned(),
            tags: " a, ,b ".to_owned(),
            ..blank()
        };
        let config = new(&entry).unwrap().config;
        assert_eq!(config.tags, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(config.forward_to.is_none() && config.text.is_none());
    }

    #[test]
    fn the_name_of_a_header_field_counts_only_with_its_field() {
        let mut entry = blank();
        entry.conditions[0].header_name = "List-Id".to_owned();
        assert_eq!(new(&entry).unwrap().conditions[0].header_name, None);
        entry.conditions[0].field = "header".to_owned();
        let header_name = new(&entry).unwrap().conditions[0].header_name.take();
        assert_eq!(header_name.as_deref(), Some("List-Id"));
    }
}
