//! An entry of the log as its reader sees it.

use postscale_model::{AuditAction, AuditActorKind, AuditEntry, AuditOutcome};
use serde_json::{Map, Value};

use crate::{
    pages::shown_name,
    ui::{Chip, Tone},
    views::audit::{AuditChange, AuditName, AuditRow, phrase},
};

/// Characters of one value that are shown at most.
const VALUE_CHARS_MAX: usize = 300;

pub(super) fn row(entry: AuditEntry) -> AuditRow {
    let changes = changes(&entry.before, &entry.after);
    AuditRow {
        id: entry.id.to_string(),
        actor: actor(&entry),
        phrase: said(&entry),
        target: target(&entry),
        outcome: outcome(entry.outcome),
        times: (entry.occurrences > 1).then(|| format!("{} times", entry.occurrences)),
        at: entry.at.into(),
        changes,
        facts: facts(entry),
    }
}

/// How it ended, unless well.
pub(crate) fn outcome(outcome: AuditOutcome) -> Option<Chip> {
    match outcome {
        AuditOutcome::Ok => None,
        AuditOutcome::Denied => Some(Chip::new(Tone::Warn, "Refused")),
        AuditOutcome::Failed => Some(Chip::new(Tone::Bad, "Failed")),
    }
}

/// What was done; of a refusal, what of.
fn said(entry: &AuditEntry) -> String {
    let phrase = phrase(entry.action);
    let after = members(&entry.after);
    match (entry.action, after.get("action").and_then(Value::as_str)) {
        (AuditAction::AccessDenied, Some(action)) if entry.target_kind.is_empty() => {
            format!("{phrase} {action}")
        }
        (AuditAction::AccessDenied, Some(action)) => format!("{phrase} {action} on"),
        // Nothing was mailed for it.
        (AuditAction::AuthPasswordReset, _) if entry.actor_kind == AuditActorKind::Cli => {
            "set a new password for".to_owned()
        }
        _ => phrase.to_owned(),
    }
}

fn actor(entry: &AuditEntry) -> AuditName {
    let label = shown_name(&entry.actor_label);
    let text = match (entry.actor_kind, label.is_empty()) {
        (AuditActorKind::Cli, _) => "The operator".to_owned(),
        (AuditActorKind::System, _) => "Postscale".to_owned(),
        (AuditActorKind::Anonymous, _) => "Somebody not signed in".to_owned(),
        (AuditActorKind::User, true) => "A user".to_owned(),
        (AuditActorKind::Key, true) => "An API key".to_owned(),
        (AuditActorKind::User, false) => label,
        (AuditActorKind::Key, false) => format!("API key {label}"),
    };
    let id = &entry.actor_id;
    AuditName {
        text,
        href: (!id.is_empty()).then(|| format!("/audit?actor={id}")),
    }
}

fn target(entry: &AuditEntry) -> Option<AuditName> {
    if entry.target_kind.is_empty() {
        return None;
    }
    let label = shown_name(&entry.target_label);
    let text = match (&*entry.target_kind, label.is_empty()) {
        ("audit", true) => "the audit log".to_owned(),
        (kind, true) => format!("a {}", kind.replace('_', " ")),
        (_, false) => label,
    };
    let id = &entry.target_id;
    Some(AuditName {
        text,
        href: (!id.is_empty()).then(|| format!("/audit?target={id}")),
    })
}

fn members(json: &str) -> Map<String, Value> {
    match serde_json::from_str(json) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Every member of either side, in alphabetical order.
fn changes(before: &str, after: &str) -> Vec<AuditChange> {
    let (before, after) = (members(before), members(after));
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let side = |members: &Map<String, Value>, name: &str| {
        members.get(name).map_or_else(String::new, value)
    };
    names
        .into_iter()
        .map(|name| AuditChange {
            member: label(name),
            before: side(&before, name),
            after: side(&after, name),
        })
        .collect()
}

/// `open_tracking` as `Open tracking`.
fn label(member: &str) -> String {
    let mut text = member.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn value(value: &Value) -> String {
    let text = match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => joined(items.iter().map(self::value)),
        Value::Object(members) => joined(
            members
                .iter()
                .map(|(name, inner)| format!("{name}: {}", self::value(inner))),
        ),
    };
    let text = shown_name(&text);
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn facts(entry: AuditEntry) -> Vec<(&'static str, String)> {
    let via = match entry.actor_kind {
        AuditActorKind::Key => String::new(),
        _ => entry.via,
    };
    let mut facts = vec![
        ("Action", entry.action.to_string()),
        ("Address", entry.ip),
        ("Session", via),
        ("Request", entry.request_id),
        ("Entry", entry.sequence.to_string()),
    ];
    facts.retain(|(_, text)| !text.is_empty());
    facts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_by_people() {
        for (json, want) in [
            (json!(null), "none"),
            (json!(true), "yes"),
            (json!("ann\u{202e}@x.example"), "ann@x.example"),
            (json!(["a", "b"]), "a, b"),
            (json!([]), "none"),
            (json!({"a": 1, "b": false}), "a: 1, b: no"),
        ] {
            assert_eq!(value(&json), want);
        }
        assert_eq!(value(&json!("é".repeat(400))).chars().count(), 301);
    }

    #[test]
    fn every_member_of_either_side_is_told() {
        let told = changes(r#"{"b": 1, "open_tracking": false}"#, r#"{"a": 2, "b": 3}"#);
        let told: Vec<_> = told
            .iter()
            .map(|c| [&*c.member, &c.before, &c.after])
            .collect();
        assert_eq!(
            told,
            [["A", "", "2"], ["B", "1", "3"], ["Open tracking", "no", ""]]
        );
        assert!(changes("null", "null").is_empty());
    }
}
