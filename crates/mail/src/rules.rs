//! Inbound rules held against a message: which of them hold, which decides, what it marks.
//!
//! Pure: the same rules and the same facts give the same answer, in the SMTP conversation and in a
//! dry run. Rules of the receiving alias are asked first, then those of the whole domain, each by
//! priority, ties by creation. The first that holds decides; one that tags marks the message and has
//! the next one asked. Texts are compared in any case, but for patterns.
//!
//! Limits: patterns take time linear in what they look at, have [`PATTERN_CHARS_MAX`] characters and
//! a bounded size once compiled, and look at [`PATTERN_LOOKS_AT_BYTES`] of each text; of a header field
//! that stands many times the first [`FIELDS_MAX`] are looked at; a message is marked with [`TAGS_MAX`]
//! words.

mod condition;
mod facts;
mod pattern;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use postscale_model::{
    AliasId, InboundRule, RuleAction, RuleCondition, RuleField, RuleId, RuleMatch, RuleOutcome,
};

pub use condition::FIELDS_MAX;
pub use facts::{Facts, Origin};
pub use pattern::{PATTERN_CHARS_MAX, PATTERN_LOOKS_AT_BYTES, PatternError, check_pattern};

/// Words one message is marked with at most; those of the rules asked first stay.
pub const TAGS_MAX: usize = 50;
/// Values of a message told of one condition in a dry run.
const FOUND_MAX: usize = 10;
/// Characters told of each.
const FOUND_CHARS_MAX: usize = 500;

/// What the rules make of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'r> {
    /// The rule that decides; none leaves it to the alias or the catch-all.
    pub decided: Option<&'r InboundRule>,
    /// The rules that mark it, in the order they were asked.
    pub tagging: Vec<&'r InboundRule>,
}

impl Decision<'_> {
    /// The words the message is marked with, each once.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        let mut tags: Vec<String> = Vec::new();
        for tag in self.tagging.iter().flat_map(|rule| rule.action.tags()) {
            if tags.len() < TAGS_MAX && !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        tags
    }

    /// Every rule that had to do with it.
    pub fn hits(&self) -> impl Iterator<Item = RuleId> {
        let all = self.tagging.iter().copied().chain(self.decided);
        all.map(|rule| rule.id)
    }
}

/// The rules in the order they are asked about mail an alias takes, or the domain itself; those of
/// other aliases, which are not asked, come last.
#[must_use]
pub fn in_order(rules: &[InboundRule], alias: Option<AliasId>) -> Vec<&InboundRule> {
    let rank = |rule: &InboundRule| match rule.alias_id {
        Some(_) if rule.alias_id == alias => 0,
        None => 1,
        Some(_) => 2,
    };
    let mut all: Vec<&InboundRule> = rules.iter().collect();
    all.sort_by_key(|rule| (rank(rule), rule.priority, rule.created_at, rule.id));
    all
}

/// Whether a rule is asked about mail an alias takes, or the domain itself.
fn is_asked(rule: &InboundRule, alias: Option<AliasId>) -> bool {
    rule.enabled && (rule.alias_id.is_none() || rule.alias_id == alias)
}

/// The rules of a domain held against one message, recipient after recipient. What a condition says of
/// anything but the recipient is found out once, however many recipients there are.
pub struct Asked<'r> {
    rules: &'r [InboundRule],
    known: HashMap<(RuleId, usize), bool>,
}

impl<'r> Asked<'r> {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(rules: &'r [InboundRule]) -> Self {
        Self {
            rules,
            known: HashMap::new(),
        }
    }

    /// What the rules make of the message for a recipient whose mail an alias takes, or the domain
    /// itself. Between two calls nothing but the recipient of the facts may change.
    pub fn decide(&mut self, alias: Option<AliasId>, facts: &Facts) -> Decision<'r> {
        let mut decision = Decision {
            decided: None,
            tagging: Vec::new(),
        };
        for rule in in_order(self.rules, alias) {
            if !is_asked(rule, alias) || !self.holds(rule, facts) {
                continue;
            }
            if let RuleAction::Tag { .. } = rule.action {
                decision.tagging.push(rule);
            } else {
                decision.decided = Some(rule);
                break;
            }
        }
        decision
    }

    fn holds(&mut self, rule: &InboundRule, facts: &Facts) -> bool {
        let mut conditions = rule.conditions.iter().enumerate();
        let holds = |(place, condition): (usize, &RuleCondition)| {
            let holds = || condition::holds(condition, facts);
            if condition.field == RuleField::Recipient {
                return holds();
            }
            *self.known.entry((rule.id, place)).or_insert_with(holds)
        };
        match rule.match_mode {
            RuleMatch::All => conditions.all(holds),
            RuleMatch::Any => conditions.any(holds),
        }
    }
}

/// What the rules of a domain make of a message that an alias takes, or the domain itself.
#[must_use]
pub fn decide<'r>(rules: &'r [InboundRule], alias: Option<AliasId>, facts: &Facts) -> Decision<'r> {
    Asked::new(rules).decide(alias, facts)
}

/// A condition held against a message, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// What the message says there, shortened.
    pub found: Vec<String>,
    /// Whether the condition holds.
    pub holds: bool,
}

/// A rule held against a message, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained<'r> {
    /// The rule.
    pub rule: &'r InboundRule,
    /// What became of it.
    pub outcome: RuleOutcome,
    /// Its conditions, in their order.
    pub conditions: Vec<Looked>,
}

/// Why [`decide`] says what it says: every rule and every condition, in the order they are asked.
#[must_use]
pub fn explain<'r>(
    rules: &'r [InboundRule],
    alias: Option<AliasId>,
    facts: &Facts,
) -> (Decision<'r>, Vec<Explained<'r>>) {
    let decision = decide(rules, alias, facts);
    let decided = decision.decided.map(|rule| rule.id);
    let mut is_over = false;
    let mut all = Vec::with_capacity(rules.len());
    for rule in in_order(rules, alias) {
        let outcome = match () {
            () if rule.alias_id.is_some() && rule.alias_id != alias => RuleOutcome::OtherAlias,
            () if !rule.enabled => RuleOutcome::Disabled,
            () if is_over => RuleOutcome::NotReached,
            () if Some(rule.id) == decided => RuleOutcome::Decides,
            () if decision.tagging.iter().any(|it| it.id == rule.id) => RuleOutcome::Tags,
            () => RuleOutcome::NoMatch,
        };
        is_over |= outcome == RuleOutcome::Decides;
        let looked = rule.conditions.iter().map(|condition| Looked {
            found: shortened(condition::found(condition, facts)),
            holds: condition::holds(condition, facts),
        });
        all.push(Explained {
            rule,
            outcome,
            conditions: looked.collect(),
        });
    }
    (decision, all)
}

fn shortened(found: Vec<String>) -> Vec<String> {
    let short = |text: String| match text.char_indices().nth(FOUND_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    found.into_iter().take(FOUND_MAX).map(short).collect()
}
