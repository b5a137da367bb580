//! Parameters of MAIL (RFC 5321 §4.1.2): SIZE, BODY, SMTPUTF8, and AUTH which is read and ignored.
//!
//! RCPT has none here: DSN (RFC 3461) is not offered.

use crate::{Reply, replies};

/// The `BODY` parameter (RFC 6152).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BodyType {
    /// Not given, or `7BIT`.
    #[default]
    SevenBit,
    /// `8BITMIME`.
    EightBitMime,
}

/// What MAIL said beside the reverse-path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MailParameters {
    /// `SIZE`: the client's estimate in octets (RFC 1870).
    pub size_bytes: Option<u64>,
    /// `BODY`.
    pub body: BodyType,
    /// `SMTPUTF8` (RFC 6531).
    pub smtputf8: bool,
}

pub(super) fn mail(text: &str) -> Result<MailParameters, Reply> {
    let mut parameters = MailParameters::default();
    let mut seen: Vec<&str> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let (keyword, value) = match word.split_once('=') {
            Some((keyword, value)) => (keyword, Some(value)),
            None => (word, None),
        };
        if seen.iter().any(|known| known.eq_ignore_ascii_case(keyword)) {
            return Err(replies::bad_parameter());
        }
        seen.push(keyword);
        match (keyword.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(value)) => parameters.size_bytes = Some(size(value)?),
            ("BODY", Some(value)) if value.eq_ignore_ascii_case("7BIT") => {}
            ("BODY", Some(value)) if value.eq_ignore_ascii_case("8BITMIME") => {
                parameters.body = BodyType::EightBitMime;
            }
            ("SMTPUTF8", None) => parameters.smtputf8 = true,
            // RFC 4954 §5: who submitted the message first is a claim nobody here relies on.
            ("AUTH", Some(value)) if !value.is_empty() => {}
            _ => return Err(replies::bad_parameter()),
        }
    }
    Ok(parameters)
}

/// `1*20DIGIT` (RFC 1870 §3); what does not fit 64 bits is certainly too large.
fn size(value: &str) -> Result<u64, Reply> {
    if value.is_empty() || value.len() > 20 || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(replies::bad_arguments());
    }
    Ok(value.parse().unwrap_or(u64::MAX))
}
