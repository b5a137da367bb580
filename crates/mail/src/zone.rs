//! DNS records as the text people paste into zones: master file lines (RFC 1035 §5.1) and TXT strings.

use std::fmt::Write as _;

/// Octets of one string of a TXT record (RFC 1035 §3.3.14).
const STRING_OCTETS_MAX: usize = 255;

/// A TXT value as quoted strings of at most 255 octets each, with a space between them. Resolvers join
/// them again without one.
#[must_use]
pub fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    let chunks = value.as_bytes().chunks(STRING_OCTETS_MAX);
    for (index, chunk) in chunks.enumerate() {
        out.push_str(if index == 0 { "\"" } else { " \"" });
        for byte in chunk {
            match byte {
                b'"' | b'\\' => {
                    out.push('\\');
                    out.push(char::from(*byte));
                }
                b' '..=b'~' => out.push(char::from(*byte)),
                other => write!(out, "\\{other:03}").expect("BUG: writing to a String cannot fail"),
            }
        }
        out.push('"');
    }
    if value.is_empty() {
        out.push_str("\"\"");
    }
    out
}

/// A name as it is written inside a zone: `@` for the zone itself, without the zone's name below it,
/// and complete with a final dot outside of it.
#[must_use]
pub fn relative(name: &str, zone: &str) -> String {
    if name.eq_ignore_ascii_case(zone) {
        return "@".to_owned();
    }
    let end = name.len().saturating_sub(zone.len());
    let is_below = name.is_char_boundary(end)
        && name[end..].eq_ignore_ascii_case(zone)
        && name[..end].ends_with('.');
    if is_below {
        name[..end - 1].to_owned()
    } else {
        format!("{name}.")
    }
}

/// The data of a record as a master file has it.
#[must_use]
pub fn data(record_type: &str, priority: Option<u16>, value: &str) -> String {
    match (record_type, priority) {
        ("TXT", _) => quoted(value),
        (_, Some(priority)) => format!("{priority} {value}."),
        (_, None) => format!("{value}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_into_strings_that_join_again() {
        let value = "a".repeat(600);
        let text = quoted(&value);
        let strings: Vec<&str> = text.trim_matches('"').split("\" \"").collect();
        let lengths: Vec<usize> = strings.iter().map(|string| string.len()).collect();
        assert_eq!(lengths, [255, 255, 90]);
        assert_eq!(strings.concat(), value);
    }

    #[test]
    fn what_would_end_a_string_is_escaped() {
        for (value, want) in [
            ("", "\"\""),
            ("v=spf1 -all", "\"v=spf1 -all\""),
            ("a\"b\\c;d", "\"a\\\"b\\\\c;d\""),
            ("ü\n", "\"\\195\\188\\010\""),
        ] {
            assert_eq!(quoted(value), want);
        }
    }

    #[test]
    fn names_are_written_relative_to_their_zone() {
        for (name, zone, want) in [
            ("a.example", "a.example", "@"),
            ("_dmarc.a.example", "a.example", "_dmarc"),
            (
                "s1._domainkey.mail.a.example",
                "a.example",
                "s1._domainkey.mail",
            ),
            ("ba.example", "a.example", "ba.example."),
            ("example", "a.example", "example."),
        ] {
            assert_eq!(relative(name, zone), want, "{name} in {zone}");
        }
    }

    #[test]
    fn hosts_end_with_a_dot() {
        assert_eq!(data("MX", Some(10), "mx.ps.example"), "10 mx.ps.example.");
        assert_eq!(data("CNAME", None, "b.ps.example"), "b.ps.example.");
        assert_eq!(data("TXT", None, "x"), "\"x\"");
    }
}
