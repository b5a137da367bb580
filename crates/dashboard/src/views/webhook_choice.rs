//! The choice of whom an alias or a rule tells: every webhook of the domain, or one.

use crate::ui::{Choice, SelectField};

/// The field, with `chosen` chosen. One that the reader does not see, or that was deleted, stays a
/// choice: saving the form must not have others told instead.
pub(super) fn webhook_choice(
    label: &'static str,
    webhooks: Vec<Choice>,
    chosen: &str,
) -> SelectField {
    let is_shown = chosen.is_empty() || webhooks.iter().any(|choice| choice.value == chosen);
    let mut choices = vec![Choice::new("", "Every webhook of the domain")];
    choices.extend(webhooks);
    if !is_shown {
        choices.push(Choice::new(
            chosen,
            "The one before: deleted, or not shown to you",
        ));
    }
    SelectField::new("webhook_id", label, choices).choose(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_before_stays_chosen() {
        let chosen = |id: &str| {
            let field = webhook_choice("Webhook", vec![Choice::new("a", "https://a.example")], id);
            let all = field.choices.iter();
            let chosen: Vec<_> = all
                .filter(|one| one.chosen)
                .map(|one| one.value.clone())
                .collect();
            (field.choices.len(), chosen)
        };
        assert_eq!(chosen(""), (2, vec![String::new()]));
        assert_eq!(chosen("a"), (2, vec!["a".to_owned()]));
        assert_eq!(chosen("gone"), (3, vec!["gone".to_owned()]));
    }
}
