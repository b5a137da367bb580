//! Values made to be copied: DNS records, secrets, ids.

use askama::Template;

use super::component;

/// A value with a button that copies it. The button shows only where the script runs; the text
/// itself can always be selected.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/copy.html")]
pub struct Copy {
    /// What it is, for the button's name: `Copy <label>`.
    pub label: String,
    /// The value.
    pub value: String,
}
component!(Copy);

impl Copy {
    /// A value and what it is.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
        }
    }
}
