//! What a page tells beside its content: notices after an action, and empty places.

use askama::Template;

use super::{Tone, component};

/// A sentence above the content. A bad one is announced at once, others when there is a pause.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/notice.html")]
pub struct Notice {
    /// How it feels.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
}
component!(Notice);

impl Notice {
    /// Something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Good,
            text: text.into(),
        }
    }
    /// Something was refused or failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Bad,
            text: text.into(),
        }
    }
    /// Worth knowing.
    pub fn hint(text: impl Into<String>) -> Self {
        Self {
            tone: Tone::Quiet,
            text: text.into(),
        }
    }
}

/// A place with nothing in it yet, and what to do about that.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/empty.html")]
pub struct Empty {
    /// What is missing.
    pub title: String,
    /// What to do.
    pub text: String,
    /// Where to do it, for those who may: address and label.
    pub action: Option<(String, String)>,
}
component!(Empty);

impl Empty {
    /// An empty place.
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            text: text.into(),
            action: None,
        }
    }
    /// With a link to where it can be filled.
    #[must_use]
    pub fn with_action(mut self, href: impl Into<String>, label: impl Into<String>) -> Self {
        self.action = Some((href.into(), label.into()));
        self
    }
}
