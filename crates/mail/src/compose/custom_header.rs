//! Fields a client may add to a message of its own.

use postscale_model::Invalid;

use super::is_unprintable;
use crate::field::is_field_name;

/// Octets of a field name.
const NAME_OCTETS_MAX: usize = 76;
/// Octets of a field body, unfolded.
const VALUE_OCTETS_MAX: usize = 4096;
/// Octets without a space, which cannot be folded (998 of RFC 5322 §2.1.1 less a name).
const WORD_OCTETS_MAX: usize = 900;

/// Fields that carry structure, tell the way or are signed: set by us alone.
const RESERVED: [&str; 23] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "return-path",
    "delivered-to",
    "received",
    "received-spf",
    "dkim-signature",
    "domainkey-signature",
    "authentication-results",
    "errors-to",
    "return-receipt-to",
    "disposition-notification-to",
    "bimi-indicator",
    "tls-required",
    "require-recipient-valid-since",
];
/// Families of such fields.
const RESERVED_PREFIXES: [&str; 7] = [
    "content-",
    "arc-",
    "dkim",
    "resent-",
    "list-unsubscribe",
    "x-postscale-",
    "x-original-",
];

/// Whether a client may set this field to this value.
///
/// # Errors
/// [`Invalid`] naming `headers.<name>` when the field is reserved, its name is no field name, or
/// its value has control characters, is too long or cannot be folded.
pub fn check_custom_header(name: &str, value: &str) -> Result<(), Invalid> {
    check_syntax(name, value)?;
    let lower = name.to_ascii_lowercase();
    let reserved = RESERVED.contains(&lower.as_str())
        || RESERVED_PREFIXES
            .iter()
            .any(|prefix| lower.starts_with(prefix));
    if reserved {
        return Err(Invalid::field(
            format!("headers.{name}"),
            "is set by the service and cannot be given",
        ));
    }
    Ok(())
}

/// The part of the check that holds for every field, ours too.
pub(super) fn check_syntax(name: &str, value: &str) -> Result<(), Invalid> {
    if !is_field_name(name.as_bytes()) || name.len() > NAME_OCTETS_MAX {
        return Err(Invalid::field(
            "headers",
            "a name must be 1 to 76 printable ASCII characters without colon or space",
        ));
    }
    let problem = if value.chars().any(is_unprintable) {
        "must not contain control characters"
    } else if value.trim().is_empty() {
        "must not be empty"
    } else if value.len() > VALUE_OCTETS_MAX {
        "is longer than 4096 bytes"
    } else if value.split(' ').any(|word| word.len() > WORD_OCTETS_MAX) {
        "has more than 900 bytes without a space"
    } else {
        return Ok(());
    };
    Err(Invalid::field(format!("headers.{name}"), problem))
}
