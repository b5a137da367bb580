//! Query strings, read strictly: a scalar given twice is refused, a bad value is named.

use std::{collections::HashMap, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use postscale_model::{Invalid, Timestamp, Word};
use postscale_store::Page;

use crate::json::NUL;

/// Characters of a text to look for. It is longer than the lines it is looked for in (RFC 5322
/// §2.1.1), and SQLite takes no pattern above 50,000 octets.
const SOUGHT_MAX: usize = 1000;
/// From the first instant of a day to its last.
const DAY: Duration = Duration::from_micros(24 * 3600 * 1_000_000 - 1);
/// Rows of a page unless asked for.
const LIMIT_DEFAULT: u32 = 50;
/// Rows of a page at most.
const LIMIT_MAX: u32 = 100;

/// A request's query string. Reading it is late: getters report problems, nothing does before.
#[derive(Debug, Default)]
pub struct Query(HashMap<String, Vec<String>>);

impl Query {
    /// A parameter as text; empty counts as absent.
    ///
    /// # Errors
    /// [`Invalid`] when it is given twice, with a NUL in it, or longer than what is looked for.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Invalid> {
        match self.reference(name)? {
            Some(text) if text.contains('\0') => Err(Invalid::field(name, NUL)),
            Some(text) => sought(name, text).map(Some),
            None => Ok(None),
        }
    }
    /// Where a listing goes on. It holds what its rows are sorted by, a whole subject too, so that it may
    /// be longer than what is looked for.
    ///
    /// # Errors
    /// [`Invalid`] when it is given twice.
    pub fn cursor(&self) -> Result<Option<&str>, Invalid> {
        self.reference("cursor")
    }
    /// A parameter that says where to go from here. What cannot is as good as none.
    #[must_use]
    pub fn way(&self, name: &str) -> Option<&str> {
        let text = self.reference(name).ok().flatten();
        text.filter(|text| !text.contains('\0'))
    }
    /// A parameter that names something. Whatever is in it: what can name nothing is not found.
    ///
    /// # Errors
    /// [`Invalid`] when it is given twice.
    pub fn reference(&self, name: &str) -> Result<Option<&str>, Invalid> {
        match self.0.get(name).map(Vec::as_slice) {
            None => Ok(None),
            Some([one]) => Ok(Some(one.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Invalid::field(name, "must be given once")),
        }
    }
    /// A parameter as owned text.
    ///
    /// # Errors
    /// As [`Query::text`].
    pub fn string(&self, name: &str) -> Result<Option<String>, Invalid> {
        Ok(self.text(name)?.map(str::to_owned))
    }
    /// A parameter as a whole number.
    ///
    /// # Errors
    /// [`Invalid`] when it is none.
    pub fn number(&self, name: &str) -> Result<Option<u64>, Invalid> {
        self.text(name)?
            .map(|text| {
                text.parse()
                    .map_err(|_| Invalid::field(name, "must be a whole number, zero or more"))
            })
            .transpose()
    }
    /// A parameter as `true` or `false`.
    ///
    /// # Errors
    /// [`Invalid`] when it is neither.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Invalid> {
        match self.text(name)? {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(Invalid::field(name, "must be true or false")),
        }
    }
    /// A parameter as a word of a vocabulary.
    ///
    /// # Errors
    /// [`Invalid`] listing the vocabulary when it is none of it.
    pub fn word<T: Word>(&self, name: &str) -> Result<Option<T>, Invalid> {
        self.text(name)?
            .map(|text| T::parse(text).map_err(|_| unknown_word::<T>(name)))
            .transpose()
    }
    /// A parameter as an instant or a date.
    ///
    /// # Errors
    /// [`Invalid`] when it is neither.
    pub fn timestamp(&self, name: &str) -> Result<Option<Timestamp>, Invalid> {
        self.text(name)?
            .map(|text| {
                Timestamp::parse(text).ok_or_else(|| {
                    Invalid::field(name, "must be an RFC 3339 instant or YYYY-MM-DD")
                })
            })
            .transpose()
    }
    /// A parameter as the last instant of what it means: a date is its whole day.
    ///
    /// # Errors
    /// As [`Query::timestamp`].
    pub fn timestamp_until(&self, name: &str) -> Result<Option<Timestamp>, Invalid> {
        let is_date = self
            .text(name)?
            .is_some_and(|text| text.len() == "YYYY-MM-DD".len());
        let instant = self.timestamp(name)?;
        Ok(instant.map(|instant| if is_date { instant.plus(DAY) } else { instant }))
    }
    /// A number of things: above `max` is clamped, below one refused.
    ///
    /// # Errors
    /// [`Invalid`] naming the parameter.
    pub fn count_up_to(&self, name: &str, default: u16, max: u16) -> Result<u16, Invalid> {
        match self.number(name)? {
            None => Ok(default),
            Some(0) => Err(Invalid::field(name, "must be at least 1")),
            Some(count) => Ok(u16::try_from(count).unwrap_or(max).min(max)),
        }
    }
    /// `limit` and `offset`: above the maximum is clamped, below one refused.
    ///
    /// # Errors
    /// [`Invalid`] naming the parameter.
    pub fn page(&self) -> Result<Page, Invalid> {
        self.page_up_to(LIMIT_DEFAULT, LIMIT_MAX)
    }
    /// As [`Query::page`], with other limits.
    ///
    /// # Errors
    /// [`Invalid`] naming the parameter.
    pub fn page_up_to(&self, default: u32, max: u32) -> Result<Page, Invalid> {
        let limit = self.number("limit")?.unwrap_or(u64::from(default));
        if limit == 0 {
            return Err(Invalid::field("limit", "must be at least 1"));
        }
        let limit = u32::try_from(limit).unwrap_or(max).min(max);
        Ok(Page {
            limit,
            offset: self.number("offset")?.unwrap_or(0),
        })
    }
}

/// A text to look for, wherever it was given.
///
/// # Errors
/// [`Invalid`] naming the field when it is too long to be found anywhere.
pub fn sought<T: AsRef<str>>(field: &str, text: T) -> Result<T, Invalid> {
    if text.as_ref().chars().nth(SOUGHT_MAX).is_none() {
        return Ok(text);
    }
    let problem = format!("must be at most {SOUGHT_MAX} characters");
    Err(Invalid::field(field, problem))
}

/// The refusal of a word that is not in the vocabulary.
pub(crate) fn unknown_word<T: Word>(name: &str) -> Invalid {
    let all: Vec<&str> = T::ALL.iter().map(|word| word.as_str()).collect();
    Invalid::field(name, format!("must be one of {}", all.join(", ")))
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let mut map: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        {
            map.entry(name.into_owned())
                .or_default()
                .push(value.into_owned());
        }
        Ok(Self(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_ends_with_its_day() {
        let end = |text: &str| {
            let given = HashMap::from([("to".to_owned(), vec![text.to_owned()])]);
            let instant = Query(given).timestamp_until("to").unwrap();
            instant.map(Timestamp::to_rfc3339)
        };
        assert_eq!(end("2026-03-01").as_deref(), Some("2026-03-01T23:59:59Z"));
        assert_eq!(
            end("2026-03-01T12:00:00Z").as_deref(),
            Some("2026-03-01T12:00:00Z")
        );
        assert_eq!(end(""), None);
    }
}
