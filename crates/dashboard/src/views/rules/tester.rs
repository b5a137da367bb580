//! The tester: a message, and what the rules of the domain make of it.

use askama::Template;
use postscale_model::{AuthVerdict, RuleOutcome, Word as _};

use crate::ui::{Chip, Choice, InputKind, SelectField, Shell, TextField, Tone};

/// `/domains/{id}/rules/test`
#[derive(Debug, Template)]
#[template(path = "pages/rules/test.html")]
pub struct TesterPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// The form.
    pub form: TesterForm,
    /// What came of it.
    pub verdict: Option<Verdict>,
}

/// What the rules make of a message.
#[derive(Debug)]
pub struct Verdict {
    /// Whom it was tried for.
    pub recipient: String,
    /// Who takes that mail.
    pub taker: String,
    /// What would be done, and why.
    pub sentence: String,
    /// The words it would be marked with.
    pub tags: Vec<String>,
    /// Every rule, in the order they are asked.
    pub rules: Vec<TestedRule>,
}

/// A rule held against the message.
#[derive(Debug)]
pub struct TestedRule {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it does, in a sentence.
    pub action: String,
    /// How many of its conditions must hold.
    pub match_mode: &'static str,
    /// What became of it.
    pub outcome: RuleOutcome,
    /// Its conditions, in their order.
    pub conditions: Vec<TestedCondition>,
}

impl TestedRule {
    fn chip(&self) -> Chip {
        match self.outcome {
            RuleOutcome::Decides => Chip::new(Tone::Good, "Decides"),
            RuleOutcome::Tags => Chip::new(Tone::Busy, "Tags, goes on"),
            RuleOutcome::NoMatch => Chip::new(Tone::Quiet, "Does not fit"),
            RuleOutcome::NotReached => Chip::new(Tone::Quiet, "Not reached"),
            RuleOutcome::Disabled => Chip::new(Tone::Quiet, "Paused"),
            RuleOutcome::OtherAlias => Chip::new(Tone::Quiet, "Another alias"),
        }
    }
}

/// A condition held against the message.
#[derive(Debug)]
pub struct TestedCondition {
    /// The condition, in a sentence.
    pub sentence: String,
    /// What the message says there.
    pub found: Vec<String>,
    /// Whether it holds.
    pub holds: bool,
}

/// What to try the rules on.
#[derive(Debug)]
pub struct TesterForm {
    /// A message that was received.
    pub received: SelectField,
    /// One that is given.
    pub message: TextField,
    /// Whom that is for.
    pub recipient: TextField,
    /// What SPF, DKIM and DMARC are to say of that.
    pub verdicts: [SelectField; 3],
}

impl TesterForm {
    /// The form for a domain, with some messages it received, nothing entered.
    #[must_use]
    pub fn new(received: Vec<Choice>) -> Self {
        let mut messages = vec![Choice::new("", "The one pasted below")];
        messages.extend(received);
        let words = || {
            let word = |it: &AuthVerdict| Choice::new(it.as_str(), it.as_str());
            AuthVerdict::ALL.iter().map(word).collect()
        };
        Self {
            received: SelectField::new("inbound_email_id", "A message", messages)
                .hint("The newest ones of the domain."),
            message: TextField::new(InputKind::Lines, "message", "Pasted message")
                .placeholder("From: bob@example.org")
                .hint("Header, an empty line, text."),
            recipient: TextField::new(InputKind::Text, "recipient", "For")
                .hint("An address of the domain; without one, the first in its To field."),
            verdicts: [
                SelectField::new("spf", "SPF says", words()),
                SelectField::new("dkim", "DKIM says", words()),
                SelectField::new("dmarc", "DMARC says", words()),
            ],
        }
    }
}
