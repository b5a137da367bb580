//! One policy out of one or several, with us in it.

use super::term::{Mechanism, Term, terms};

/// The policy that lets everybody send whom these policies let send, and us. Ends as they do; where
/// they differ, and where one of them lets everybody send, in `~all`.
pub(super) fn merged(policies: &[String], ours: &str) -> String {
    let is_single = policies.len() == 1;
    let mut kept: Vec<String> = Vec::new();
    let mut modifiers: Vec<String> = Vec::new();
    let mut ends: Vec<char> = Vec::new();
    for policy in policies {
        let all = terms(policy).find(|term| term.mechanism == Mechanism::All);
        ends.extend(all.map(|term| term.qualifier));
        for term in terms(policy) {
            let text = match term.mechanism {
                Mechanism::All | Mechanism::Unknown => continue,
                Mechanism::Include(target) if is_host(target, ours) => continue,
                Mechanism::Redirect(target) if is_host(target, ours) => continue,
                // What stands after `all` is never looked at, `redirect` beside one neither.
                Mechanism::Redirect(_) if all.is_some() => continue,
                _ if is_after(&term, all.as_ref()) => continue,
                Mechanism::Redirect(target) if !is_single => format!("include:{target}"),
                Mechanism::Redirect(_) | Mechanism::Modifier => {
                    modifiers.push(term.text.to_owned());
                    continue;
                }
                _ => term.text.to_owned(),
            };
            if !kept.iter().any(|one| one.eq_ignore_ascii_case(&text)) {
                kept.push(text);
            }
        }
    }
    let redirects = modifiers
        .iter()
        .any(|text| text.to_ascii_lowercase().starts_with("redirect="));
    let mut parts = vec!["v=spf1".to_owned()];
    parts.extend(kept);
    parts.push(format!("include:{ours}"));
    if !redirects {
        parts.push(end(&ends).to_owned());
    }
    // A policy has each modifier once.
    modifiers.dedup_by_key(|text| {
        text.split('=')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    });
    parts.extend(modifiers);
    parts.join(" ")
}

fn is_after(term: &Term<'_>, all: Option<&Term<'_>>) -> bool {
    let at = |term: &Term<'_>| term.text.as_ptr();
    all.is_some_and(|all| at(term) > at(all)) && !matches!(term.mechanism, Mechanism::Modifier)
}

fn is_host(target: &str, host: &str) -> bool {
    target.trim_end_matches('.').eq_ignore_ascii_case(host)
}

fn end(ends: &[char]) -> &'static str {
    match ends {
        [first, rest @ ..] if rest.iter().all(|one| one == first) => match first {
            '-' => "-all",
            '?' => "?all",
            _ => "~all",
        },
        _ => "~all",
    }
}

/// The policy with another end.
pub(super) fn with_end(policy: &str, end: &str) -> String {
    let is_all =
        |text: &str| terms(&format!("v=spf1 {text}")).any(|t| t.mechanism == Mechanism::All);
    let parts = policy
        .split(' ')
        .map(|text| if is_all(text) { end } else { text });
    parts.collect::<Vec<_>>().join(" ")
}

/// The policy without a term.
pub(super) fn without(policy: &str, term: &str) -> String {
    let parts = policy.split(' ').filter(|text| *text != term);
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_may_do_stays_and_we_are_let_in_once_before_the_end() {
        for (policies, want) in [
            (&["v=spf1 -all"][..], "v=spf1 include:_spf.us -all"),
            (
                &["V=SPF1 include:_spf.google.com ~all"],
                "v=spf1 include:_spf.google.com include:_spf.us ~all",
            ),
            (
                &["v=spf1 a  mx ip4:192.0.2.1"],
                "v=spf1 a mx ip4:192.0.2.1 include:_spf.us ~all",
            ),
            (
                &["v=spf1 mx -all include:_spf.us ip4:192.0.2.1"],
                "v=spf1 mx include:_spf.us -all",
            ),
            (
                &["v=spf1 -include:_SPF.us. a +all"],
                "v=spf1 a include:_spf.us ~all",
            ),
            (
                &["v=spf1 a redirect=_spf.x.example"],
                "v=spf1 a include:_spf.us redirect=_spf.x.example",
            ),
            (
                &["v=spf1 a ipv4:1.2.3.4 ?all exp=why.example"],
                "v=spf1 a include:_spf.us ?all exp=why.example",
            ),
            (
                &["v=spf1 mx -all", "v=spf1 MX include:x.example -all"],
                "v=spf1 mx include:x.example include:_spf.us -all",
            ),
            (
                &["v=spf1 mx -all", "v=spf1 redirect=x.example"],
                "v=spf1 mx include:x.example include:_spf.us -all",
            ),
            (
                &["v=spf1 mx -all", "v=spf1 include:_spf.us ~all"],
                "v=spf1 mx include:_spf.us ~all",
            ),
        ] {
            let policies: Vec<String> = policies.iter().map(ToString::to_string).collect();
            assert_eq!(merged(&policies, "_spf.us"), want, "{policies:?}");
        }
    }
}
