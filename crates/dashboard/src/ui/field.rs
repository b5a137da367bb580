//! Text inputs with their label, hint and error.

use askama::Template;

use super::component;

/// What kind of text is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// One line.
    Text,
    /// An address.
    Email,
    /// A password; its value is never shown again.
    Password,
    /// Words to search for.
    Search,
    /// An HTTP address.
    Url,
    /// A day.
    Date,
    /// Several lines.
    Lines,
}

impl InputKind {
    /// The `type` attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text | Self::Lines => "text",
            Self::Email => "email",
            Self::Password => "password",
            Self::Search => "search",
            Self::Url => "url",
            Self::Date => "date",
        }
    }
}

/// A labelled input. With an error it is marked invalid and described by it.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/text_field.html")]
pub struct TextField {
    /// Name in the form, unique in the page.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
    /// What kind of text.
    pub kind: InputKind,
    /// What was entered.
    pub value: String,
    /// What to enter, in a sentence.
    pub hint: Option<String>,
    /// Why what was entered is refused.
    pub error: Option<String>,
    /// Shown behind the input, such as `@example.com`.
    pub suffix: Option<String>,
    /// An example inside the empty input.
    pub placeholder: Option<&'static str>,
    /// The browser's word for what belongs here.
    pub autocomplete: &'static str,
    /// Must be filled.
    pub required: bool,
}
component!(TextField);

impl TextField {
    /// An empty input of that kind.
    #[must_use]
    pub const fn new(kind: InputKind, name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            label,
            kind,
            value: String::new(),
            hint: None,
            error: None,
            suffix: None,
            placeholder: None,
            autocomplete: "off",
            required: false,
        }
    }
    /// With what was entered before.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }
    /// With a hint below.
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
    /// With a fixed ending.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<String>) -> Self {
        self.suffix = Some(suffix.into());
        self
    }
    /// With an example inside.
    #[must_use]
    pub const fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = Some(placeholder);
        self
    }
    /// With the browser's word for it.
    #[must_use]
    pub const fn autocomplete(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }
    /// Must be filled.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn described_by(&self) -> Option<String> {
        described_by(self.name, self.hint.is_some(), self.error.is_some())
    }
}

/// The ids of a field's hint and error, for `aria-describedby`.
pub(super) fn described_by(name: &str, hint: bool, error: bool) -> Option<String> {
    match (hint, error) {
        (true, true) => Some(format!("f-{name}-error f-{name}-hint")),
        (true, false) => Some(format!("f-{name}-hint")),
        (false, true) => Some(format!("f-{name}-error")),
        (false, false) => None,
    }
}
