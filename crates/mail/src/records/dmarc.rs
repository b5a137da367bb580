//! DMARC policies (RFC 9989): which one applies to a domain without one of its own, and what is
//! worth saying of one.

use futures_util::future::join_all;
use postscale_model::{Advice, AdviceCode};

use super::{
    ExpectedRecord,
    advice::{hint, publish},
    judge,
    tags::tag,
};
use crate::dns::{DnsError, Resolver};

/// Questions of one tree walk (RFC 9989 §4.10), the one about the domain itself included.
const WALK_MAX: usize = 8;
/// Labels from which on a walk goes straight to the last seven.
const LABELS_JUMPED: usize = 8;

/// The policy a domain has from a domain above.
pub(super) struct Inherited {
    /// Whose policy it is.
    pub at: String,
    /// The record.
    pub text: String,
    /// What it asks receivers to do with mail of the domain below.
    pub policy: String,
}

/// The names above a domain that a tree walk asks about, in its order.
fn walk(domain: &str) -> Vec<&str> {
    let labels: Vec<&str> = domain.split('.').collect();
    let above = if labels.len() >= LABELS_JUMPED {
        let jumped: usize = labels[..labels.len() - LABELS_JUMPED + 1]
            .iter()
            .map(|label| label.len() + 1)
            .sum();
        Some(&domain[jumped..])
    } else {
        domain.split_once('.').map(|(_, above)| above)
    };
    let names = std::iter::successors(above, |name| Some(name.split_once('.')?.1));
    names.take(WALK_MAX - 1).collect()
}

/// The policy that applies to a domain whose own record is not there. All names are asked at once.
pub(super) async fn inherited(
    resolver: &Resolver,
    domain: &str,
) -> Result<Option<Inherited>, DnsError> {
    let names = walk(domain);
    let asked = names.iter().map(|name| async move {
        let found = resolver.txt(&format!("_dmarc.{name}")).await;
        found.map(judge::dmarc_policies)
    });
    let (answers, exists) = tokio::join!(join_all(asked), resolver.exists(domain));
    let mut organizational: Option<(&str, String)> = None;
    for (name, answer) in names.into_iter().zip(answers) {
        let policies = match answer {
            Ok(policies) => policies,
            Err(DnsError::NotFound) => continue,
            // Whose policy applies is not known without this answer.
            Err(failed @ DnsError::Failed(_)) => return Err(failed),
        };
        let [policy] = policies.as_slice() else {
            continue;
        };
        let public_suffix = tag(policy, "psd").unwrap_or_default().to_ascii_lowercase();
        if public_suffix == "y" && organizational.is_some() {
            break;
        }
        organizational = Some((name, policy.clone()));
        if matches!(public_suffix.as_str(), "y" | "n") {
            break;
        }
    }
    Ok(organizational.map(|(at, text)| Inherited {
        at: at.to_owned(),
        policy: applied(&text, exists.unwrap_or(true)),
        text,
    }))
}

/// What a policy asks for of a domain below its own.
fn applied(text: &str, exists: bool) -> String {
    let own = if exists { None } else { tag(text, "np") };
    let policy = own.or_else(|| tag(text, "sp")).or_else(|| tag(text, "p"));
    policy.unwrap_or_default().to_ascii_lowercase()
}

/// What is worth knowing of a policy that comes from above.
pub(super) fn inherited_advice(record: &ExpectedRecord, found: &Inherited) -> Vec<Advice> {
    let text = format!(
        "{} has no policy of its own; that of {} applies, and asks for {:?}. That is enough. \
         Publish a policy of its own to have reports about {} come here.",
        record.domain, found.at, found.policy, record.domain
    );
    vec![publish(AdviceCode::DmarcInherited, text, &record.value)]
}

/// What is worth knowing of the domain's own policy.
pub(super) fn remarks(record: &ExpectedRecord, policy: &str) -> Vec<Advice> {
    let mut advice = Vec::new();
    let ours = tag(&record.value, "rua").unwrap_or_default();
    let reports = tag(policy, "rua").unwrap_or_default();
    let mut to = reports.split(',');
    if !to.any(|to| to.eq_ignore_ascii_case(&ours)) {
        let text = "Reports about the domain do not come here. Add our address to see them on this \
                    page; reports go on to where they go now.";
        let value = with_reports(policy, &ours);
        advice.push(publish(AdviceCode::DmarcReports, text, &value));
    }
    if tag(policy, "p").is_some_and(|p| p.eq_ignore_ascii_case("none")) {
        let text = "The policy is p=none: receivers report forgeries and deliver them. Go on to \
                    p=quarantine once the reports show that your own mail passes.";
        advice.push(hint(AdviceCode::DmarcNone, text));
    }
    advice
}

/// The policy with one more address for its reports.
fn with_reports(policy: &str, ours: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut is_there = false;
    for part in policy
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.split_once('=') {
            Some((name, to)) if name.trim().eq_ignore_ascii_case("rua") => {
                is_there = true;
                let to = to.trim();
                let comma = if to.is_empty() { "" } else { "," };
                parts.push(format!("rua={to}{comma}{ours}"));
            }
            _ => parts.push(part.to_owned()),
        }
    }
    if !is_there {
        parts.push(format!("rua={ours}"));
    }
    parts.join("; ")
}

/// What to do about records that are no policy.
pub(super) fn advice(found: &[String], record: &ExpectedRecord) -> Advice {
    if let [_] = found {
        let text = "The record does not say what receivers are to do: its p tag has to be none, \
                    quarantine or reject.";
        return publish(AdviceCode::DmarcPolicy, text, &record.value);
    }
    let text = format!(
        "There are {} policies at this name, and receivers use none of several. Keep one and remove \
         the others.",
        found.len()
    );
    publish(AdviceCode::DmarcSeveral, text, &record.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_asks_at_most_eight_times() {
        assert_eq!(walk("example.com"), ["com"]);
        assert_eq!(
            walk("a.mail.example.com"),
            ["mail.example.com", "example.com", "com"]
        );
        // RFC 9989 §4.10.
        let long = "a.b.c.d.e.f.g.h.i.j.mail.example.com";
        let names = walk(long);
        assert_eq!(names.len(), 7);
        assert_eq!(names[0], "g.h.i.j.mail.example.com");
        assert_eq!(names[6], "com");
    }

    #[test]
    fn a_policy_for_names_below_wins_over_that_of_the_domain() {
        for (text, exists, want) in [
            ("v=DMARC1; p=reject", true, "reject"),
            ("v=DMARC1; p=reject; sp=None", true, "none"),
            ("v=DMARC1; p=none; sp=none; np=reject", true, "none"),
            ("v=DMARC1; p=none; sp=none; np=reject", false, "reject"),
        ] {
            assert_eq!(applied(text, exists), want, "{text}");
        }
    }

    #[test]
    fn our_address_joins_those_that_get_reports() {
        for (policy, want) in [
            ("v=DMARC1; p=none", "v=DMARC1; p=none; rua=mailto:us@d"),
            (
                "v=DMARC1;p=none;rua=mailto:a@b;",
                "v=DMARC1; p=none; rua=mailto:a@b,mailto:us@d",
            ),
            (
                "v=DMARC1; rua= ; p=none",
                "v=DMARC1; rua=mailto:us@d; p=none",
            ),
        ] {
            assert_eq!(with_reports(policy, "mailto:us@d"), want);
        }
    }
}
