//! Whether a policy is one at all (RFC 7208 §12). A single term that is none makes the whole policy a
//! permanent error (§4.6), so that nobody passes by half of what somebody meant to write.
//!
//! More is let pass than §12 has where receivers agree on what is meant: any white space between terms,
//! and a name without a dot.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether every term of a policy is one, and no modifier that may stand once stands twice.
pub(crate) fn is_valid(policy: &str) -> bool {
    let terms = || policy.split_ascii_whitespace().skip(1);
    let count = |name: &str| {
        let modifiers = terms().filter_map(|term| term.split_once('='));
        modifiers
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .count()
    };
    terms().all(is_term) && count("redirect") <= 1 && count("exp") <= 1
}

fn is_term(text: &str) -> bool {
    let end = text.find([':', '/', '=']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if let Some(value) = rest.strip_prefix('=') {
        return is_modifier(&name.to_ascii_lowercase(), value);
    }
    let name = name.strip_prefix(['+', '-', '~', '?']).unwrap_or(name);
    match name.to_ascii_lowercase().as_str() {
        "all" => rest.is_empty(),
        "include" | "exists" => rest.strip_prefix(':').is_some_and(is_target),
        "a" | "mx" => is_host(rest),
        "ptr" => rest.is_empty() || rest.strip_prefix(':').is_some_and(is_target),
        "ip4" => is_network(rest, 32, |address| address.parse::<Ipv4Addr>().is_ok()),
        "ip6" => is_network(rest, 128, |address| address.parse::<Ipv6Addr>().is_ok()),
        _ => false,
    }
}

fn is_modifier(name: &str, value: &str) -> bool {
    let is_name_sign = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name =
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_name_sign);
    match name {
        "redirect" | "exp" => is_target(value),
        _ => is_name && is_macro_string(value),
    }
}

/// What may follow `a` and `mx`: a target, a length for each family, both, neither.
fn is_host(rest: &str) -> bool {
    let (rest, is_length) = without_length(rest, "//", 128);
    let (rest, is_short) = without_length(rest, "/", 32);
    is_length && is_short && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_target))
}

/// Takes the length of a prefix off the end; whether what stood there can be one.
fn without_length<'t>(text: &'t str, slash: &str, most: u8) -> (&'t str, bool) {
    match text.rsplit_once(slash) {
        Some((rest, length)) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            (rest, is_length(length, most))
        }
        _ => (text, true),
    }
}

fn is_length(text: &str, most: u8) -> bool {
    let is_plain = text == "0" || !text.starts_with(['0', '+']);
    is_plain && text.parse().is_ok_and(|length: u8| length <= most)
}

fn is_network(rest: &str, most: u8, is_address: impl Fn(&str) -> bool) -> bool {
    let Some(network) = rest.strip_prefix(':') else {
        return false;
    };
    match network.split_once('/') {
        Some((address, length)) => is_address(address) && is_length(length, most),
        None => is_address(network),
    }
}

fn is_target(text: &str) -> bool {
    !text.is_empty() && is_macro_string(text)
}

/// `macro-string` of §7.1.
fn is_macro_string(text: &str) -> bool {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let Some(after) = rest.strip_prefix('%') else {
            if !c.is_ascii_graphic() {
                return false;
            }
            rest = &rest[1..];
            continue;
        };
        rest = match after.chars().next() {
            Some('%' | '_' | '-') => &after[1..],
            Some('{') => match after[1..].split_once('}') {
                Some((inner, after)) if is_macro(inner) => after,
                _ => return false,
            },
            _ => return false,
        };
    }
    true
}

/// Between the braces: a letter, digits, `r`, delimiters.
fn is_macro(inner: &str) -> bool {
    let letter = |c: char| "slodiphcrtv".contains(c.to_ascii_lowercase());
    let Some(rest) = inner.strip_prefix(letter) else {
        return false;
    };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = rest.strip_prefix(['r', 'R']).unwrap_or(rest);
    rest.chars().all(|c| ".-+,/_=".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_told_from_what_is_none() {
        for (policy, want) in [
            ("v=spf1", true),
            ("v=spf1 -all", true),
            ("v=spf1  +A ?mx:x.example ~ptr ptr:x.example -ALL ", true),
            ("v=spf1 a/24 a//64 a/24//64 mx:x.example/0//128 -all", true),
            (
                "v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:::1 -all",
                true,
            ),
            (
                "v=spf1 exists:%{ir}.%{v}._spf.%{d2} exists:%{L1r-}.x.example -all",
                true,
            ),
            (
                "v=spf1 a:%%x%_%-y.example redirect=_spf.%{d} exp=why.%{o}",
                true,
            ),
            ("v=spf1 unknown=x %{s} -all", false),
            ("v=spf1 op.ts-1_=%{s} -all", true),
            ("v=spf1 1op=x -all", false),
            ("v=spf1 foo:bar -all", false),
            ("v=spf1 foo -all", false),
            ("v=spf1 all:x", false),
            ("v=spf1 include -all", false),
            ("v=spf1 include: -all", false),
            ("v=spf1 ip4:999.1.1.1 -all", false),
            ("v=spf1 ip4 -all", false),
            ("v=spf1 ip4:192.0.2.0/33 -all", false),
            ("v=spf1 ip4:192.0.2.0/024 -all", false),
            ("v=spf1 ip6:2001:db8::/129 -all", false),
            ("v=spf1 ip6:192.0.2.1 -all", false),
            ("v=spf1 a:b@c/999 -all", false),
            ("v=spf1 a: -all", false),
            ("v=spf1 a/ -all", false),
            ("v=spf1 mx//129 -all", false),
            ("v=spf1 exists:%{x}.example -all", false),
            ("v=spf1 exists:%{i.example -all", false),
            ("v=spf1 exists:100%.example -all", false),
            ("v=spf1 include:bücher.example -all", false),
            ("v=spf1 redirect=a.example redirect=b.example", false),
            ("v=spf1 exp=a.example exp=b.example", false),
            ("v=spf1 redirect=", false),
        ] {
            assert_eq!(is_valid(policy), want, "{policy}");
        }
    }
}
