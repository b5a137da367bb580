//! Inputs that choose: lists, radio buttons, check boxes.

use askama::Template;

use super::{component, field::described_by};

/// One thing that can be chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Sent with the form.
    pub value: String,
    /// Shown.
    pub label: String,
    /// What it means.
    pub hint: Option<String>,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Choice {
    /// A choice that is not chosen.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            hint: None,
            chosen: false,
        }
    }
    /// With its meaning.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

fn choose(choices: &mut [Choice], is_chosen: impl Fn(&str) -> bool) {
    for choice in choices {
        choice.chosen = is_chosen(&choice.value);
    }
}

/// A list to choose one thing from.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/select_field.html")]
pub struct SelectField {
    /// Name in the form.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// What to choose, in a sentence.
    pub hint: Option<String>,
    /// Why the choice is refused.
    pub error: Option<String>,
}
component!(SelectField);

/// Things of which one is chosen, each with its meaning.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/radio_group.html")]
pub struct RadioGroup {
    /// Name in the form.
    pub name: &'static str,
    /// The label of the group.
    pub label: &'static str,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// What to choose, in a sentence.
    pub hint: Option<String>,
    /// Why the choice is refused.
    pub error: Option<String>,
}
component!(RadioGroup);

/// Things of which any number is chosen.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/check_group.html")]
pub struct CheckGroup {
    /// Name in the form, sent once per thing chosen.
    pub name: &'static str,
    /// The label of the group.
    pub label: &'static str,
    /// What can be chosen.
    pub choices: Vec<Choice>,
    /// What to choose, in a sentence.
    pub hint: Option<String>,
    /// Why the choice is refused.
    pub error: Option<String>,
}
component!(CheckGroup);

macro_rules! group {
    ($name:ident) => {
        impl $name {
            /// A group in which nothing is chosen yet.
            #[must_use]
            pub const fn new(
                name: &'static str,
                label: &'static str,
                choices: Vec<Choice>,
            ) -> Self {
                Self {
                    name,
                    label,
                    choices,
                    hint: None,
                    error: None,
                }
            }
            /// With a hint below the label.
            #[must_use]
            pub fn hint(mut self, hint: impl Into<String>) -> Self {
                self.hint = Some(hint.into());
                self
            }
            /// With an error, when there is one.
            #[must_use]
            pub fn error(mut self, error: Option<impl Into<String>>) -> Self {
                self.error = error.map(Into::into);
                self
            }
            fn described_by(&self) -> Option<String> {
                described_by(self.name, self.hint.is_some(), self.error.is_some())
            }
        }
    };
}
group!(SelectField);
group!(RadioGroup);
group!(CheckGroup);

impl SelectField {
    /// With that value chosen.
    #[must_use]
    pub fn choose(mut self, value: &str) -> Self {
        choose(&mut self.choices, |v| v == value);
        self
    }
}

impl RadioGroup {
    /// With that value chosen.
    #[must_use]
    pub fn choose(mut self, value: &str) -> Self {
        choose(&mut self.choices, |v| v == value);
        self
    }
}

impl CheckGroup {
    /// With those values chosen.
    #[must_use]
    pub fn choose(mut self, values: &[impl AsRef<str>]) -> Self {
        choose(&mut self.choices, |v| {
            values.iter().any(|value| value.as_ref() == v)
        });
        self
    }
}

/// A thing that is on or off. Sends `on`, or nothing.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/check_field.html")]
pub struct CheckField {
    /// Name in the form.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
    /// What on means.
    pub hint: Option<String>,
    /// Whether it is on.
    pub on: bool,
}
component!(CheckField);

impl CheckField {
    /// A thing that is on or off.
    #[must_use]
    pub const fn new(name: &'static str, label: &'static str, on: bool) -> Self {
        Self {
            name,
            label,
            hint: None,
            on,
        }
    }
    /// With what on means.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
