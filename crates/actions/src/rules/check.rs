//! What a rule may look like. Whatever is wrong is named as its client wrote it:
//! `conditions[2].comparator`, `action_config.tags[0]`.

use std::collections::HashSet;

use postscale_mail::rules::check_pattern;
use postscale_model::{
    Address, AuthVerdict, Invalid, RuleAction, RuleActionKind, RuleComparator, RuleCondition,
    RuleField, Word,
};

use super::CONDITIONS_MAX;
use crate::aliases::TARGETS_MAX;

/// Characters of a rule's name.
const NAME_CHARS_MAX: usize = 100;
/// Characters of what a condition compares with.
const VALUE_CHARS_MAX: usize = 500;
/// Characters of a header field's name.
const HEADER_NAME_CHARS_MAX: usize = 76;
/// Characters of what a sender is told: with the codes, one line of a reply (RFC 5321 §4.5.3.1.5).
const TEXT_CHARS_MAX: usize = 200;
/// Words one rule marks with, and their characters: as those of sent messages.
const TAGS_MAX: usize = 10;
const TAG_CHARS_MAX: usize = 64;
/// How far from zero a priority may be.
const PRIORITY_MAX: u64 = 1_000_000;

/// A condition as its client wrote it.
#[derive(Debug, Clone, Default)]
pub struct NewCondition {
    /// What is looked at.
    pub field: String,
    /// How it is compared.
    pub comparator: String,
    /// With what.
    pub value: String,
    /// Which header fields.
    pub header_name: Option<String>,
}

/// What belongs to an action, as its client wrote it.
#[derive(Debug, Clone, Default)]
pub struct ActionConfig {
    /// Of `forward`.
    pub forward_to: Option<Vec<String>>,
    /// Of `webhook`.
    pub webhook_id: Option<String>,
    /// Of `reject`.
    pub text: Option<String>,
    /// Of `tag`.
    pub tags: Option<Vec<String>>,
}

fn word<T: Word>(field: &str, text: &str) -> Result<T, Invalid> {
    T::parse(text).map_err(|_| Invalid::field(field, format!("must be one of {}", words(T::ALL))))
}

fn words<T: Word>(all: &[T]) -> String {
    let all: Vec<&str> = all.iter().map(|word| word.as_str()).collect();
    all.join(", ")
}

/// What people call it.
pub(super) fn name(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME_CHARS_MAX {
        return Err(Invalid::field("name", "must have 1 to 100 characters"));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::field(
            "name",
            "must not contain control characters",
        ));
    }
    Ok(text.to_owned())
}

/// Where among the others.
pub(super) fn priority(number: i64) -> Result<i64, Invalid> {
    if number.unsigned_abs() > PRIORITY_MAX {
        let problem = "must be a whole number from -1000000 to 1000000";
        return Err(Invalid::field("priority", problem));
    }
    Ok(number)
}

/// What a message is asked.
pub(super) fn conditions(all: &[NewCondition]) -> Result<Vec<RuleCondition>, Invalid> {
    if all.is_empty() || all.len() > CONDITIONS_MAX {
        return Err(Invalid::field("conditions", "must be 1 to 20 conditions"));
    }
    let all = all.iter().enumerate();
    all.map(|(i, one)| condition(&format!("conditions[{i}]"), one))
        .collect()
}

fn condition(at: &str, new: &NewCondition) -> Result<RuleCondition, Invalid> {
    let named = |member: &str| format!("{at}.{member}");
    let field: RuleField = word(&named("field"), &new.field)?;
    let comparator: RuleComparator = word(&named("comparator"), &new.comparator)?;
    if !field.comparators().contains(&comparator) {
        let fitting = words(field.comparators());
        let problem = format!("does not fit {field}; must be one of {fitting}");
        return Err(Invalid::field(named("comparator"), problem));
    }
    let header_name = header_name(&named("header_name"), field, new.header_name.as_deref())?;
    let value = value(&named("value"), field, comparator, &new.value)?;
    Ok(RuleCondition {
        field,
        comparator,
        value,
        header_name,
    })
}

/// A field name (RFC 5322 §3.6.8), for the field that needs one.
fn header_name(at: &str, field: RuleField, name: Option<&str>) -> Result<Option<String>, Invalid> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    match (field, name) {
        (RuleField::Header, None) => Err(Invalid::field(at, "is required with field header")),
        (RuleField::Header, Some(name)) => {
            let is_ftext = |c: char| c.is_ascii_graphic() && c != ':';
            if name.len() > HEADER_NAME_CHARS_MAX || !name.chars().all(is_ftext) {
                let problem = "must be the name of a header field, such as List-Id";
                return Err(Invalid::field(at, problem));
            }
            Ok(Some(name.to_owned()))
        }
        (_, Some(_)) => Err(Invalid::field(at, "belongs to field header only")),
        (_, None) => Ok(None),
    }
}

fn value(
    at: &str,
    field: RuleField,
    comparator: RuleComparator,
    value: &str,
) -> Result<String, Invalid> {
    let flag = |text: &str| match text {
        "true" | "false" => Ok(text.to_owned()),
        _ => Err(Invalid::field(at, "must be true or false")),
    };
    match (field, comparator) {
        (_, RuleComparator::Exists) if value.is_empty() => Ok("true".to_owned()),
        (_, RuleComparator::Exists) | (RuleField::HasAttachment, _) => flag(value),
        (RuleField::Spf | RuleField::Dkim | RuleField::Dmarc, _) => {
            word::<AuthVerdict>(at, value).map(|verdict| verdict.to_string())
        }
        (RuleField::Size, _) => match value.parse::<u32>() {
            Ok(octets) => Ok(octets.to_string()),
            Err(_) => Err(Invalid::field(at, "must be a number of bytes")),
        },
        (_, RuleComparator::Matches) => match check_pattern(value) {
            Ok(()) if !value.is_empty() => Ok(value.to_owned()),
            Ok(()) => Err(Invalid::field(at, "must not be empty")),
            Err(problem) => Err(Invalid::field(at, problem.to_string())),
        },
        _ => text(at, value, VALUE_CHARS_MAX),
    }
}

fn text(at: &str, value: &str, chars_max: usize) -> Result<String, Invalid> {
    let chars = value.chars().count();
    if chars == 0 || chars > chars_max {
        let problem = format!("must have 1 to {chars_max} characters");
        return Err(Invalid::field(at, problem));
    }
    if value.chars().any(char::is_control) {
        return Err(Invalid::field(at, "must not contain control characters"));
    }
    Ok(value.to_owned())
}

/// What it does. The webhook is not looked for here.
pub(super) fn action(kind: &str, config: &ActionConfig) -> Result<RuleAction, Invalid> {
    let kind: RuleActionKind = word("action", kind)?;
    let members = [
        (
            "forward_to",
            RuleActionKind::Forward,
            config.forward_to.is_some(),
        ),
        (
            "webhook_id",
            RuleActionKind::Webhook,
            config.webhook_id.is_some(),
        ),
        ("text", RuleActionKind::Reject, config.text.is_some()),
        ("tags", RuleActionKind::Tag, config.tags.is_some()),
    ];
    for (member, of, given) in members {
        if given && of != kind {
            let field = format!("action_config.{member}");
            return Err(Invalid::field(
                field,
                format!("belongs to action {of} only"),
            ));
        }
    }
    Ok(match kind {
        RuleActionKind::Drop => RuleAction::Drop,
        RuleActionKind::Store => RuleAction::Store,
        RuleActionKind::Webhook => RuleAction::Webhook { webhook_id: None },
        RuleActionKind::Reject => RuleAction::Reject {
            text: reject_text(config.text.as_deref())?,
        },
        RuleActionKind::Forward => RuleAction::Forward {
            to: targets(config.forward_to.as_deref().unwrap_or_default())?,
        },
        RuleActionKind::Tag => RuleAction::Tag {
            tags: tags(config.tags.as_deref().unwrap_or_default())?,
        },
    })
}

fn reject_text(text: Option<&str>) -> Result<Option<String>, Invalid> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let is_printable = |c: char| c.is_ascii_graphic() || c == ' ';
    match text {
        Some(text) if text.len() > TEXT_CHARS_MAX || !text.chars().all(is_printable) => {
            let problem = "must have at most 200 printable ASCII characters in one line";
            Err(Invalid::field("action_config.text", problem))
        }
        other => Ok(other.map(str::to_owned)),
    }
}

fn targets(texts: &[String]) -> Result<Vec<Address>, Invalid> {
    const FIELD: &str = "action_config.forward_to";
    if texts.is_empty() || texts.len() > TARGETS_MAX {
        return Err(Invalid::field(FIELD, "must name 1 to 20 addresses"));
    }
    let mut seen = HashSet::new();
    let mut targets = Vec::with_capacity(texts.len());
    for (i, text) in texts.iter().enumerate() {
        let wrong = |problem: String| Invalid::field(format!("{FIELD}[{i}]"), problem);
        let target: Address = text.parse().map_err(|e| wrong(format!("{e}")))?;
        if !seen.insert(target.key()) {
            return Err(wrong("stands twice".to_owned()));
        }
        targets.push(target);
    }
    Ok(targets)
}

fn tags(texts: &[String]) -> Result<Vec<String>, Invalid> {
    const FIELD: &str = "action_config.tags";
    if texts.is_empty() || texts.len() > TAGS_MAX {
        return Err(Invalid::field(FIELD, "must be 1 to 10 words"));
    }
    let mut tags: Vec<String> = Vec::with_capacity(texts.len());
    for (i, word) in texts.iter().enumerate() {
        let at = format!("{FIELD}[{i}]");
        let tag = text(&at, word.trim(), TAG_CHARS_MAX)?;
        if tags.contains(&tag) {
            return Err(Invalid::field(at, "stands twice"));
        }
        tags.push(tag);
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(field: &str, comparator: &str, value: &str) -> NewCondition {
        let (field, header_name) = match field.split_once(':') {
            Some((field, name)) => (field, Some(name.to_owned())),
            None => (field, None),
        };
        NewCondition {
            field: field.to_owned(),
            comparator: comparator.to_owned(),
            value: value.to_owned(),
            header_name,
        }
    }

    #[test]
    fn a_condition_is_kept_in_one_spelling() {
        for (given, want) in [
            (new("subject", "exists", ""), "true"),
            (new("header:List-Id", "exists", "false"), "false"),
            (new("size", "greater_than", "0010"), "10"),
            (new("has_attachment", "equals", "true"), "true"),
            (new("spf", "not_equals", "softfail"), "softfail"),
            (new("subject", "equals", " a "), " a "),
            (new("subject", "matches", "^a+$"), "^a+$"),
        ] {
            let kept = conditions(std::slice::from_ref(&given)).unwrap();
            assert_eq!(kept[0].value, want, "{given:?}");
        }
    }

    #[test]
    fn every_comparator_that_does_not_fit_is_named() {
        for field in RuleField::ALL {
            let name = if *field == RuleField::Header {
                ":X"
            } else {
                ""
            };
            for comparator in RuleComparator::ALL {
                let given = new(&format!("{field}{name}"), comparator.as_str(), "1");
                let found = conditions(&[new("spf", "equals", "pass"), given]).err();
                let blamed = found.and_then(|invalid| invalid.fields.into_keys().next());
                let fits = field.comparators().contains(comparator);
                let is_blamed = blamed.as_deref() == Some("conditions[1].comparator");
                assert_eq!(is_blamed, !fits, "{field} {comparator}: {blamed:?}");
            }
        }
    }

    #[test]
    fn an_action_has_only_what_belongs_to_it() {
        let full = ActionConfig {
            forward_to: Some(vec!["a@b.example".to_owned()]),
            webhook_id: Some("x".to_owned()),
            text: Some("No".to_owned()),
            tags: Some(vec!["a".to_owned()]),
        };
        for kind in RuleActionKind::ALL {
            let refused = action(kind.as_str(), &full).unwrap_err();
            assert!(refused.message.contains("only"), "{kind}");
        }
        let none = ActionConfig::default();
        for (kind, want) in [
            ("drop", None),
            ("store", None),
            ("webhook", None),
            ("reject", None),
            ("forward", Some("action_config.forward_to")),
            ("tag", Some("action_config.tags")),
        ] {
            let refused = action(kind, &none).err();
            let blamed = refused.and_then(|invalid| invalid.fields.into_keys().next());
            assert_eq!(blamed.as_deref(), want, "{kind}");
        }
    }
}
