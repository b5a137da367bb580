//! One condition held against the facts.
//!
//! A header field may stand several times: what must be there holds when one of them fits, what must
//! not be there when none does.

use std::str::FromStr;

use postscale_model::{Address, AuthVerdict, HostName, RuleComparator, RuleCondition, RuleField};

use super::{
    facts::{Facts, Text},
    pattern,
};

/// Header fields of one name that are looked at: the first ones, which are the last to be added.
pub const FIELDS_MAX: usize = 20;

/// What a condition looks at.
enum Seen<'f> {
    Texts(Vec<&'f Text>),
    Verdict(AuthVerdict),
    Size(u64),
    HasAttachment(bool),
}

fn seen<'f>(condition: &RuleCondition, facts: &'f Facts) -> Seen<'f> {
    let one = |text: &'f Text| {
        let there = Some(text).filter(|text| !text.written.is_empty());
        Seen::Texts(there.into_iter().collect())
    };
    match condition.field {
        RuleField::Sender => one(&facts.sender),
        RuleField::SenderDomain => one(&facts.sender_domain),
        RuleField::Recipient => one(&facts.recipient),
        RuleField::Subject => one(&facts.subject),
        RuleField::Header => Seen::Texts(fields(condition, facts)),
        RuleField::Spf => Seen::Verdict(facts.spf),
        RuleField::Dkim => Seen::Verdict(facts.dkim),
        RuleField::Dmarc => Seen::Verdict(facts.dmarc),
        RuleField::Size => Seen::Size(facts.size_bytes),
        RuleField::HasAttachment => Seen::HasAttachment(facts.has_attachment),
    }
}

/// The header fields of the condition's name.
fn fields<'f>(condition: &RuleCondition, facts: &'f Facts) -> Vec<&'f Text> {
    let wanted = condition.header_name.as_deref().unwrap_or_default();
    let named = facts.headers.iter();
    named
        .filter(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, text)| text)
        .take(FIELDS_MAX)
        .collect()
}

/// Whether a condition holds. A comparator that does not fit its field never does.
pub(super) fn holds(condition: &RuleCondition, facts: &Facts) -> bool {
    use RuleComparator::{Equals, GreaterThan, LessThan, NotEquals};
    let value = condition.value.as_str();
    match (seen(condition, facts), condition.comparator) {
        (Seen::Texts(texts), comparator) => text_holds(condition, comparator, &texts),
        (Seen::Verdict(verdict), Equals) => verdict.to_string() == value,
        (Seen::Verdict(verdict), NotEquals) => verdict.to_string() != value,
        (Seen::Size(size), GreaterThan) => value.parse().is_ok_and(|limit: u64| size > limit),
        (Seen::Size(size), LessThan) => value.parse().is_ok_and(|limit: u64| size < limit),
        (Seen::HasAttachment(has), Equals) => has.to_string() == value,
        _ => false,
    }
}

fn text_holds(condition: &RuleCondition, comparator: RuleComparator, texts: &[&Text]) -> bool {
    let value = &condition.value;
    let lower = || value.to_lowercase();
    let any = |fits: &dyn Fn(&str) -> bool| texts.iter().any(|text| fits(&text.lower));
    match comparator {
        RuleComparator::Equals => is_one_of(condition, texts),
        RuleComparator::NotEquals => !is_one_of(condition, texts),
        RuleComparator::Contains => {
            let value = lower();
            any(&|text| text.contains(&value))
        }
        RuleComparator::NotContains => {
            let value = lower();
            !any(&|text| text.contains(&value))
        }
        RuleComparator::StartsWith => {
            let value = lower();
            any(&|text| text.starts_with(&value))
        }
        RuleComparator::EndsWith => {
            let value = lower();
            any(&|text| text.ends_with(&value))
        }
        RuleComparator::Matches => pattern::compiled(value).is_some_and(|pattern| {
            let mut texts = texts.iter();
            texts.any(|text| pattern.is_match(pattern::looked_at(&text.written)))
        }),
        RuleComparator::Exists => texts.is_empty() == (value == "false"),
        RuleComparator::GreaterThan | RuleComparator::LessThan => false,
    }
}

/// Whether a text is the value, however an address or a domain is spelled.
fn is_one_of(condition: &RuleCondition, texts: &[&Text]) -> bool {
    let value = match condition.field {
        RuleField::Sender | RuleField::Recipient => normal::<Address>(&condition.value),
        RuleField::SenderDomain => normal::<HostName>(&condition.value),
        _ => condition.value.clone(),
    };
    let value = value.to_lowercase();
    texts.iter().any(|text| text.lower == value)
}

fn normal<T: FromStr + ToString>(value: &str) -> String {
    value
        .parse::<T>()
        .map_or_else(|_| value.to_owned(), |value| value.to_string())
}

/// What the message says where the condition looks.
pub(super) fn found(condition: &RuleCondition, facts: &Facts) -> Vec<String> {
    match seen(condition, facts) {
        Seen::Texts(texts) => texts.iter().map(|text| text.written.clone()).collect(),
        Seen::Verdict(verdict) => vec![verdict.to_string()],
        Seen::Size(size) => vec![size.to_string()],
        Seen::HasAttachment(has) => vec![has.to_string()],
    }
}
