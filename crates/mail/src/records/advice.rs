//! What is said about a record in words people understand who never read an RFC.

use postscale_model::{Advice, AdviceCode};

use super::ExpectedRecord;

/// Advice without a value to publish.
pub(super) fn hint(code: AdviceCode, text: impl Into<String>) -> Advice {
    Advice {
        code,
        text: text.into(),
        value: None,
    }
}

/// Advice with the exact value to publish.
pub(super) fn publish(code: AdviceCode, text: impl Into<String>, value: &str) -> Advice {
    Advice {
        value: Some(value.to_owned()),
        ..hint(code, text)
    }
}

/// What an MX record is entered as.
pub(super) fn entered(record: &ExpectedRecord) -> String {
    match record.priority {
        Some(priority) => format!("{priority} {}", record.value),
        None => record.value.clone(),
    }
}

/// Nothing is there.
pub(super) fn missing(record: &ExpectedRecord) -> Advice {
    let text = format!(
        "There is no such record at {} yet. Publish it; it can take some minutes to be seen.",
        record.name
    );
    publish(AdviceCode::Publish, text, &entered(record))
}

/// DNS did not say.
pub(super) fn unknown(record: &ExpectedRecord, why: &str) -> Advice {
    let text = format!(
        "DNS did not say what is at {}: {why}. What was known before stays, and it is asked again \
         by itself.",
        record.name
    );
    hint(AdviceCode::Unknown, text)
}

/// Quotation marks are part of the value.
pub(super) fn quoted(record: &ExpectedRecord) -> Advice {
    let text = "Quotation marks or backslashes became part of the value. Enter it without them.";
    publish(AdviceCode::Quoted, text, &record.value)
}
