//! Rules as people read them.

use postscale_model::{
    Address, RuleAction, RuleActionKind, RuleComparator, RuleCondition, RuleField, RuleMatch,
};

/// What of a message a condition looks at, as shown.
pub(super) const fn field_label(field: RuleField) -> &'static str {
    match field {
        RuleField::Sender => "Sender",
        RuleField::SenderDomain => "Sender’s domain",
        RuleField::Recipient => "Recipient",
        RuleField::Subject => "Subject",
        RuleField::Header => "Header field",
        RuleField::Spf => "SPF",
        RuleField::Dkim => "DKIM",
        RuleField::Dmarc => "DMARC",
        RuleField::Size => "Size in bytes",
        RuleField::HasAttachment => "Has an attachment",
    }
}

/// How a condition compares, as shown.
pub(super) const fn comparator_label(comparator: RuleComparator) -> &'static str {
    match comparator {
        RuleComparator::Equals => "is",
        RuleComparator::NotEquals => "is not",
        RuleComparator::Contains => "contains",
        RuleComparator::NotContains => "does not contain",
        RuleComparator::StartsWith => "starts with",
        RuleComparator::EndsWith => "ends with",
        RuleComparator::Matches => "matches the pattern",
        RuleComparator::Exists => "is there (true or false)",
        RuleComparator::GreaterThan => "is more than",
        RuleComparator::LessThan => "is less than",
    }
}

/// What a rule does, as shown.
pub(super) const fn action_label(kind: RuleActionKind) -> &'static str {
    match kind {
        RuleActionKind::Drop => "Drop",
        RuleActionKind::Reject => "Reject",
        RuleActionKind::Forward => "Forward",
        RuleActionKind::Webhook => "Webhook",
        RuleActionKind::Store => "Store",
        RuleActionKind::Tag => "Tag",
    }
}

/// What that means.
pub(super) const fn action_hint(kind: RuleActionKind) -> &'static str {
    match kind {
        RuleActionKind::Drop => "Accepted and thrown away. The sender is not told.",
        RuleActionKind::Reject => "Refused while the sending server waits, which tells its sender.",
        RuleActionKind::Forward => "Sent on to other addresses.",
        RuleActionKind::Webhook => "Announced to a webhook, with the whole message.",
        RuleActionKind::Store => "Kept here to be read. Nobody is told.",
        RuleActionKind::Tag => "Marked with words; the next rule is asked.",
    }
}

/// A condition in a sentence.
#[must_use]
pub fn condition_sentence(condition: &RuleCondition) -> String {
    let field = match &condition.header_name {
        Some(name) => format!("{name} field"),
        None => field_label(condition.field).to_owned(),
    };
    let value = condition.value.as_str();
    match (condition.field, condition.comparator) {
        (_, RuleComparator::Exists) if value == "false" => format!("{field} is not there"),
        (_, RuleComparator::Exists) => format!("{field} is there"),
        (RuleField::HasAttachment, _) if value == "false" => "Nothing is attached".to_owned(),
        (RuleField::HasAttachment, _) => "Something is attached".to_owned(),
        (RuleField::Size, comparator) => {
            let unit = if value == "1" { "byte" } else { "bytes" };
            format!("Size {} {value} {unit}", comparator_label(comparator))
        }
        (_, RuleComparator::Matches) => format!("{field} matches /{value}/"),
        (_, comparator) => format!("{field} {} “{value}”", comparator_label(comparator)),
    }
}

/// How many of a rule's conditions must hold, in a sentence.
#[must_use]
pub const fn match_sentence(match_mode: RuleMatch) -> &'static str {
    match match_mode {
        RuleMatch::All => "All of these must hold",
        RuleMatch::Any => "One of these must hold",
    }
}

/// What a rule does, in a sentence.
#[must_use]
pub fn action_sentence(action: &RuleAction) -> String {
    let label = action_label(action.kind());
    match action {
        RuleAction::Forward { to } => format!("{label} to {}", joined(to)),
        RuleAction::Reject { text: Some(text) } => format!("{label} with “{text}”"),
        RuleAction::Tag { tags } => format!("{label} {}", tags.join(", ")),
        RuleAction::Webhook { webhook_id: None } => "Webhooks of the domain".to_owned(),
        RuleAction::Webhook { .. } => "One webhook".to_owned(),
        RuleAction::Drop | RuleAction::Store | RuleAction::Reject { text: None } => {
            label.to_owned()
        }
    }
}

fn joined(targets: &[Address]) -> String {
    match targets {
        [] => "nobody".to_owned(),
        [one] => one.to_string(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(
        field: RuleField,
        comparator: RuleComparator,
        value: &str,
        header: Option<&str>,
    ) -> String {
        condition_sentence(&RuleCondition {
            field,
            comparator,
            value: value.to_owned(),
            header_name: header.map(str::to_owned),
        })
    }

    #[test]
    fn conditions_and_actions_are_sentences() {
        use RuleComparator::{Contains, Equals, Exists, LessThan, Matches};
        for (said, want) in [
            (
                condition(RuleField::Subject, Contains, "offer", None),
                "Subject contains “offer”",
            ),
            (
                condition(RuleField::Header, Exists, "false", Some("List-Id")),
                "List-Id field is not there",
            ),
            (
                condition(RuleField::HasAttachment, Equals, "true", None),
                "Something is attached",
            ),
            (
                condition(RuleField::Size, LessThan, "100", None),
                "Size is less than 100 bytes",
            ),
            (
                condition(RuleField::Sender, Matches, "^a", None),
                "Sender matches /^a/",
            ),
        ] {
            assert_eq!(said, want);
        }
        let to = |n: usize| RuleAction::Forward {
            to: vec!["a@b.example".parse().unwrap(); n],
        };
        assert_eq!(action_sentence(&to(1)), "Forward to a@b.example");
        assert_eq!(action_sentence(&to(3)), "Forward to a@b.example and 2 more");
        assert_eq!(action_sentence(&RuleAction::Drop), "Drop");
    }
}
