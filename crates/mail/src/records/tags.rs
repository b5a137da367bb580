//! Tag lists (RFC 6376 §3.2), which DKIM keys and DMARC policies are, and what panels of DNS
//! providers make of them.

/// The value of a tag without any white space.
pub(super) fn tag(text: &str, name: &str) -> Option<String> {
    text.split(';').find_map(|part| {
        let (found, value) = part.split_once('=')?;
        let is_it = found.trim().eq_ignore_ascii_case(name);
        is_it.then(|| value.split_ascii_whitespace().collect())
    })
}

/// The text as it was meant, when quotation marks or backslashes of a zone file became part of it.
pub(super) fn unquoted(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let bare: String = trimmed.replace("\\;", ";").replace("\\\"", "\"");
    // Several strings of one record, pasted together.
    let joined = bare.replace("\" \"", "").replace("\"\"", "");
    let meant = joined.trim_matches(['"', '\u{201c}', '\u{201d}', '\u{201e}']);
    (meant != trimmed).then(|| meant.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_marks_are_told_from_what_they_were_to_quote() {
        for (text, meant) in [
            ("\"v=spf1 -all\"", Some("v=spf1 -all")),
            ("v=DKIM1\\; k=rsa\\; p=AA", Some("v=DKIM1; k=rsa; p=AA")),
            ("\"v=DKIM1; p=AA\" \"BB\"", Some("v=DKIM1; p=AABB")),
            ("\\\"v=DMARC1; p=none\\\"", Some("v=DMARC1; p=none")),
            ("\u{201c}v=DMARC1; p=none\u{201d}", Some("v=DMARC1; p=none")),
            ("v=spf1 -all", None),
            (" v=spf1 -all ", None),
        ] {
            assert_eq!(unquoted(text).as_deref(), meant, "{text}");
        }
    }
}
