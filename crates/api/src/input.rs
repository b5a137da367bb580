//! Reading what JSON cannot type: words, addresses, instants, ids.

use std::str::FromStr;

use postscale_model::{Invalid, Timestamp, Word};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// A word of a vocabulary.
pub(crate) fn word<T: Word>(field: &str, text: &str) -> Result<T, Invalid> {
    T::parse(text).map_err(|_| {
        let all: Vec<&str> = T::ALL.iter().map(|word| word.as_str()).collect();
        Invalid::field(field, format!("must be one of {}", all.join(", ")))
    })
}

/// A word, or nothing.
pub(crate) fn optional_word<T: Word>(
    field: &str,
    text: Option<&str>,
) -> Result<Option<T>, Invalid> {
    text.map(|text| word(field, text)).transpose()
}

/// An instant, or nothing.
pub(crate) fn optional_timestamp(
    field: &str,
    text: Option<&str>,
) -> Result<Option<Timestamp>, Invalid> {
    text.map(|text| {
        Timestamp::parse_instant(text)
            .ok_or_else(|| Invalid::field(field, "must be an RFC 3339 instant"))
    })
    .transpose()
}

/// An id to filter by. What can be no id finds what an unknown id finds: nothing.
pub(crate) fn filter_id<T: FromStr + From<Uuid>>(text: Option<&str>) -> Option<T> {
    text.map(|text| text.parse().unwrap_or_else(|_| T::from(Uuid::nil())))
}

/// Tells a member that is null from one that is absent.
pub(crate) fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
