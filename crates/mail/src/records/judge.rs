//! Whether the TXT records found do what the expected one would do.

use postscale_model::{CheckStatus, Purpose};

use super::{policies, tags::tag};

pub(super) type Judged = (CheckStatus, Vec<String>);

pub(super) fn matching(matches: bool) -> CheckStatus {
    if matches {
        CheckStatus::Verified
    } else {
        CheckStatus::Mismatch
    }
}

/// What TXT records are for a purpose that is one.
pub(super) fn judged(purpose: Purpose, found: Vec<String>, value: &str) -> Judged {
    match purpose {
        Purpose::Ownership => ownership(found, value),
        Purpose::Spf => spf(found, value),
        Purpose::Dkim => dkim(found, value),
        Purpose::Dmarc => dmarc(found),
        Purpose::MtaSts => policies::mta_sts(found, value),
        Purpose::TlsRpt => policies::tls_rpt(found),
        Purpose::Bimi => policies::bimi(found),
        Purpose::Mx | Purpose::ReturnPath | Purpose::MtaStsHost => (CheckStatus::Missing, found),
    }
}

/// One record is the expected value; others may stand beside it.
fn ownership(found: Vec<String>, value: &str) -> Judged {
    let ours = is_ownership(&found, value);
    (matching(ours), found)
}

/// Whether one of the records proves control: quotation marks do no harm to a proof.
pub(super) fn is_ownership(found: &[String], value: &str) -> bool {
    let bare = |text: &str| text.trim().trim_matches('"').trim().to_ascii_lowercase();
    found.iter().any(|text| bare(text) == value)
}

/// Exactly one SPF policy, and it includes our host before it decides about all.
pub(super) fn spf(found: Vec<String>, value: &str) -> Judged {
    let policies = only(found, super::spf::is_policy);
    let ours = value.split(' ').nth(1).unwrap_or_default();
    let target = ours.strip_prefix("include:").unwrap_or_default();
    judged_alone(policies, |policy| passes_to(policy, target))
}

/// Whether a policy (RFC 7208) passes what the policy at `target` passes.
fn passes_to(policy: &str, target: &str) -> bool {
    let names_target = |host: &str| {
        let host = host.strip_suffix('.').unwrap_or(host);
        host.eq_ignore_ascii_case(target)
    };
    let mut redirect = false;
    for term in policy.split_ascii_whitespace().skip(1) {
        let term = term.to_ascii_lowercase();
        if let Some(host) = term.strip_prefix("redirect=") {
            redirect = names_target(host);
            continue;
        }
        let mechanism = term.strip_prefix('+').unwrap_or(&term);
        if mechanism.trim_start_matches(['-', '~', '?']) == "all" {
            return false;
        }
        if mechanism.strip_prefix("include:").is_some_and(names_target) {
            return true;
        }
    }
    redirect
}

/// Exactly one key record, with the expected key of the expected kind.
fn dkim(found: Vec<String>, value: &str) -> Judged {
    let keys = only(found, |text| tag(text, "p").is_some());
    judged_alone(keys, |text| {
        let version = tag(text, "v").is_none_or(|version| version == "DKIM1");
        let kind = |text| tag(text, "k").unwrap_or_else(|| "rsa".to_owned());
        version && kind(text) == kind(value) && tag(text, "p") == tag(value, "p")
    })
}

/// Exactly one DMARC policy, with a policy in it (RFC 9989 §4.7).
fn dmarc(found: Vec<String>) -> Judged {
    judged_alone(dmarc_policies(found), |text| {
        let policy = tag(text, "p").map(|policy| policy.to_ascii_lowercase());
        policy.is_some_and(|p| matches!(p.as_str(), "none" | "quarantine" | "reject"))
    })
}

/// The records that are DMARC policies.
pub(super) fn dmarc_policies(found: Vec<String>) -> Vec<String> {
    of_version(found, "DMARC1")
}

/// The records that begin with that version.
pub(super) fn of_version(found: Vec<String>, version: &str) -> Vec<String> {
    only(found, |text| {
        let first = text.split(';').next().unwrap_or_default();
        tag(first, "v").as_deref() == Some(version)
    })
}

fn only(mut found: Vec<String>, is_kind: impl Fn(&str) -> bool) -> Vec<String> {
    found.retain(|text| is_kind(text));
    found
}

/// Several policies at one name make none of them valid.
pub(super) fn judged_alone(found: Vec<String>, is_right: impl Fn(&str) -> bool) -> Judged {
    let status = match found.as_slice() {
        [] => CheckStatus::Missing,
        [one] => matching(is_right(one)),
        _ => CheckStatus::Mismatch,
    };
    (status, found)
}

#[cfg(test)]
mod tests {
    use postscale_model::CheckStatus::{Mismatch, Missing, Verified};

    use super::*;

    fn texts(found: &[&str]) -> Vec<String> {
        found.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn spf_is_right_when_the_one_policy_includes_us_before_all() {
        for (found, status) in [
            (&["v=spf1 include:_spf.ps.example ~all"][..], Verified),
            (
                &["V=SPF1 a mx  Include:_SPF.PS.example. -ALL", "other"],
                Verified,
            ),
            (&["v=spf1 +include:_spf.ps.example ?all"], Verified),
            (&["v=spf1 mx redirect=_spf.ps.example"], Verified),
            (&["v=spf1 -all include:_spf.ps.example"], Mismatch),
            (&["v=spf1 redirect=_spf.ps.example -all"], Mismatch),
            (&["v=spf1 -include:_spf.ps.example ~all"], Mismatch),
            (&["v=spf1 include:spf.ps.example ~all"], Mismatch),
            (
                &["v=spf1 include:_spf.ps.example.evil.example ~all"],
                Mismatch,
            ),
            (
                &["v=spf1 include:_spf.ps.example ~all", "v=spf1 mx -all"],
                Mismatch,
            ),
            (
                &[
                    "v=spf10 include:_spf.ps.example",
                    "google-site-verification=x",
                ],
                Missing,
            ),
        ] {
            let judged = spf(texts(found), "v=spf1 include:_spf.ps.example ~all");
            assert_eq!(judged.0, status, "{found:?}");
        }
    }

    #[test]
    fn a_dkim_key_is_compared_without_its_white_space() {
        for (found, status) in [
            (&["v=DKIM1; k=rsa; p=AAbb"][..], Verified),
            (&["v=DKIM1;k=rsa;p=AA bb;"], Verified),
            (&["p=AAbb"], Verified),
            (&["v=DKIM1; k=rsa; p=aabb"], Mismatch),
            (&["v=DKIM1; k=ed25519; p=AAbb"], Mismatch),
            (&["v=DKIM1; k=rsa; p="], Mismatch),
            (&["v=DKIM1; p=AAbb", "v=DKIM1; p=CCdd"], Mismatch),
            (&["unrelated"], Missing),
        ] {
            let judged = dkim(texts(found), "v=DKIM1; k=rsa; p=AAbb");
            assert_eq!(judged.0, status, "{found:?}");
        }
    }

    #[test]
    fn one_valid_dmarc_policy_is_enough_whatever_it_asks_for() {
        for (found, status) in [
            (&["v=DMARC1; p=none"][..], Verified),
            (&["v = DMARC1 ; P=Reject; rua=mailto:a@b.example"], Verified),
            (&["v=DMARC1; p=nothing"], Mismatch),
            (&["v=DMARC1; rua=mailto:a@b.example"], Mismatch),
            (&["v=DMARC1; p=none", "v=DMARC1; p=reject"], Mismatch),
            (&["p=none; v=DMARC1"], Missing),
        ] {
            assert_eq!(dmarc(texts(found)).0, status, "{found:?}");
        }
    }
}
