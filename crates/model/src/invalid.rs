//! What is wrong with an input, field by field.

use std::collections::BTreeMap;

/// An input that cannot be used: one message per field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// `invalid_request` or `unknown_field`.
    pub code: &'static str,
    /// One sentence for a person, naming the first field.
    pub message: String,
    /// Field path (`to[1]`, `conditions[0].field`) → what is wrong with it.
    pub fields: BTreeMap<String, String>,
}

impl Invalid {
    /// One field is wrong.
    pub fn field(name: impl Into<String>, problem: impl Into<String>) -> Self {
        let (name, problem) = (name.into(), problem.into());
        let message = format!("{name}: {problem}");
        Self {
            code: "invalid_request",
            message,
            fields: BTreeMap::from([(name, problem)]),
        }
    }
    /// The input has a member nobody knows.
    pub fn unknown_field(name: impl Into<String>) -> Self {
        Self {
            code: "unknown_field",
            ..Self::field(name, "unknown field")
        }
    }
    /// The input as a whole is wrong; no single field is to blame.
    pub fn whole(message: impl Into<String>) -> Self {
        Self {
            code: "invalid_request",
            message: message.into(),
            fields: BTreeMap::new(),
        }
    }
}
