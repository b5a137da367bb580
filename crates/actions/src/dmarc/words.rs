//! Why messages passed or failed, in words. What is quoted is a stranger's, and text.

use postscale_model::{DkimSeen, DmarcRecord, SpfSeen};

/// Whether a name is the domain or stands below it.
fn is_within(name: &str, domain: &str) -> bool {
    let rest = name.strip_suffix(domain);
    !domain.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Why the messages of a record passed or failed.
#[must_use]
pub fn why(record: &DmarcRecord) -> String {
    let details = &record.details;
    let from = details.header_from.as_str();
    let dkim = if record.dkim {
        "DKIM: signed by the domain".to_owned()
    } else {
        dkim(&details.dkim, from)
    };
    let spf = if record.spf {
        "SPF: allowed by the domain".to_owned()
    } else {
        spf(&details.spf, from)
    };
    let overridden = details.reasons.iter().find_map(|reason| {
        Some(match reason.kind.as_str() {
            "forwarded" => "It was forwarded.",
            "mailing_list" => "It came through a mailing list.",
            "trusted_forwarder" => "It came from a forwarder the receiver trusts.",
            "local_policy" => "The receiver made an exception of its own.",
            "sampled_out" => "It was not in the share the policy is applied to.",
            "policy_test_mode" => "The policy is only being tested.",
            _ => return None,
        })
    });
    match overridden {
        Some(reason) => format!("{dkim}. {spf}. {reason}"),
        None => format!("{dkim}. {spf}."),
    }
}

fn dkim(seen: &[DkimSeen], from: &str) -> String {
    let signed = |one: &&DkimSeen| one.result == "pass";
    if let Some(other) = seen.iter().find(signed) {
        return if other.domain.is_empty() {
            "DKIM: signed, and not by the domain".to_owned()
        } else if is_within(&other.domain, from) || is_within(from, &other.domain) {
            format!(
                "DKIM: signed by {}, which the policy does not accept",
                other.domain
            )
        } else {
            format!("DKIM: signed by {} and not by the domain", other.domain)
        };
    }
    match seen.first() {
        None => "DKIM: not signed".to_owned(),
        Some(one) if one.domain.is_empty() => "DKIM: not signed".to_owned(),
        Some(one) => format!("DKIM: the signature of {} was not good", one.domain),
    }
}

fn spf(seen: &[SpfSeen], from: &str) -> String {
    let passed = |one: &&SpfSeen| one.result == "pass";
    if let Some(other) = seen.iter().find(passed) {
        return if other.domain.is_empty() {
            "SPF: allowed, and not by the domain".to_owned()
        } else if is_within(&other.domain, from) || is_within(from, &other.domain) {
            format!(
                "SPF: allowed by {}, which the policy does not accept",
                other.domain
            )
        } else {
            format!(
                "SPF: allowed by {}, the sender in the envelope",
                other.domain
            )
        };
    }
    match seen.first() {
        None => "SPF: nothing known".to_owned(),
        Some(one) if one.domain.is_empty() => "SPF: no domain to ask".to_owned(),
        Some(one) => match one.result.as_str() {
            "none" => format!("SPF: {} publishes no policy", one.domain),
            "temperror" | "permerror" => {
                format!("SPF: the policy of {} could not be used", one.domain)
            }
            _ => format!("SPF: {} does not allow this host", one.domain),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use postscale_model::{DmarcDetails, DmarcDisposition, OverrideReason};

    use super::*;

    fn record(passes: (bool, bool), dkim: &[(&str, &str)], spf: &[(&str, &str)]) -> DmarcRecord {
        let dkim = dkim.iter().map(|(domain, result)| DkimSeen {
            domain: (*domain).to_owned(),
            selector: "s".to_owned(),
            result: (*result).to_owned(),
        });
        let spf = spf.iter().map(|(domain, result)| SpfSeen {
            domain: (*domain).to_owned(),
            scope: "mfrom".to_owned(),
            result: (*result).to_owned(),
        });
        DmarcRecord {
            source_ip: [192, 0, 2, 1].into(),
            count: 1,
            disposition: DmarcDisposition::None,
            dkim: passes.0,
            spf: passes.1,
            details: Arc::new(DmarcDetails {
                header_from: "acme.example".to_owned(),
                dkim: dkim.collect(),
                spf: spf.collect(),
                ..DmarcDetails::default()
            }),
        }
    }

    #[test]
    fn why_messages_failed_is_said() {
        for (record, want) in [
            (
                record((true, true), &[], &[]),
                "DKIM: signed by the domain. SPF: allowed by the domain.",
            ),
            (
                record(
                    (false, false),
                    &[("mailer.example", "pass")],
                    &[("mailer.example", "pass")],
                ),
                "DKIM: signed by mailer.example and not by the domain. \
                 SPF: allowed by mailer.example, the sender in the envelope.",
            ),
            (
                record(
                    (false, false),
                    &[("acme.example", "fail")],
                    &[("acme.example", "softfail")],
                ),
                "DKIM: the signature of acme.example was not good. SPF: acme.example does not allow this host.",
            ),
            (
                record((false, false), &[("", "pass")], &[("", "pass")]),
                "DKIM: signed, and not by the domain. SPF: allowed, and not by the domain.",
            ),
            (
                record((false, false), &[], &[("", "none")]),
                "DKIM: not signed. SPF: no domain to ask.",
            ),
            (
                record(
                    (false, false),
                    &[("news.acme.example", "pass")],
                    &[("acme.example", "permerror")],
                ),
                "DKIM: signed by news.acme.example, which the policy does not accept. \
                 SPF: the policy of acme.example could not be used.",
            ),
        ] {
            assert_eq!(why(&record), want);
        }
        let mut forwarded = record((false, false), &[], &[]);
        Arc::make_mut(&mut forwarded.details)
            .reasons
            .push(OverrideReason {
                kind: "mailing_list".to_owned(),
                comment: String::new(),
            });
        assert!(why(&forwarded).ends_with("It came through a mailing list."));
    }
}
