//! A form that was refused: what is wrong with it, field by field, to be shown beside what was
//! entered.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use postscale_actions::{Error, Rule};
use postscale_model::Invalid;
use postscale_web::Problem;

use crate::ui::Notice;

/// What is wrong with a form; empty for a form nobody has sent yet.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// Status of the page that shows it.
    pub status: StatusCode,
    fields: BTreeMap<String, String>,
    message: Option<String>,
}

impl Refusal {
    /// Nothing is wrong.
    pub(crate) const fn none() -> Self {
        Self {
            status: StatusCode::OK,
            fields: BTreeMap::new(),
            message: None,
        }
    }

    /// One field is wrong.
    pub(crate) fn field(status: StatusCode, name: &str, problem: impl Into<String>) -> Self {
        Self {
            status,
            fields: BTreeMap::from([(name.to_owned(), problem.into())]),
            message: None,
        }
    }

    /// The form as a whole is wrong, for a reason told in a sentence.
    pub(crate) fn told(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            fields: BTreeMap::new(),
            message: Some(message.into()),
        }
    }

    /// What an error says about the form. Inputs are named by themselves; `blamed` names the field
    /// a rule of the product is about. Every other error is a page of its own.
    pub(crate) fn of(
        error: Error,
        blamed: impl Fn(&Rule) -> Option<&'static str>,
    ) -> Result<Self, Problem> {
        match error {
            Error::Invalid(Invalid {
                message, fields, ..
            }) => Ok(Self {
                status: StatusCode::BAD_REQUEST,
                message: fields.is_empty().then_some(message),
                fields,
            }),
            Error::Rule(rule) => match blamed(&rule) {
                Some(field) => {
                    let text = rule.to_string();
                    Ok(Self::field(Problem::from(rule).status, field, text))
                }
                None => Err(rule.into()),
            },
            other => Err(other.into()),
        }
    }

    /// With what is wrong with one field told of another, as the form calls it.
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        if let Some(problem) = self.fields.remove(from) {
            self.fields.insert(to.to_owned(), problem);
        }
        self
    }

    /// What is wrong with a field, or with one of its values.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let is_it = |known: &str| {
            known
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        let known = self.fields.keys().find(|known| is_it(known))?.clone();
        let problem = self.fields.remove(&known)?;
        Some(sentence(&problem))
    }

    /// What no field of the page took.
    pub(crate) fn rest(self) -> Option<Notice> {
        let rest = self.fields.into_iter();
        let rest = rest.map(|(name, problem)| format!("{name}: {problem}"));
        let texts: Vec<String> = self.message.into_iter().chain(rest).collect();
        (!texts.is_empty()).then(|| Notice::failed(sentence(&texts.join("; "))))
    }
}

/// The same with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_takes_what_is_said_about_it_and_its_values() {
        let invalid = Invalid::field("forward_to[2]", "must be an address");
        let mut refusal = Refusal::of(invalid.into(), |_| None).unwrap();
        assert_eq!(refusal.status, StatusCode::BAD_REQUEST);
        assert_eq!(refusal.take("forward"), None);
        assert_eq!(
            refusal.take("forward_to").as_deref(),
            Some("Must be an address.")
        );
        assert!(refusal.rest().is_none());
    }

    #[test]
    fn what_no_field_takes_stands_above_the_page() {
        let refusal = Refusal::of(Invalid::field("scope", "is odd").into(), |_| None).unwrap();
        assert_eq!(refusal.rest().unwrap().text, "Scope: is odd.");
    }

    #[test]
    fn a_rule_blames_a_field_or_is_a_page_of_its_own() {
        let blamed = |rule: &Rule| (*rule == Rule::DomainTaken).then_some("domain");
        let mut refusal = Refusal::of(Rule::DomainTaken.into(), blamed).unwrap();
        assert_eq!(refusal.status, StatusCode::CONFLICT);
        assert!(refusal.take("domain").is_some());
        assert_eq!(
            Refusal::of(Rule::NoSuchObject.into(), blamed).unwrap_err(),
            Problem::not_found()
        );
    }
}
