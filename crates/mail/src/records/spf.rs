//! SPF policies (RFC 7208): what one lacks, what it becomes with us in it, and how many look-ups it
//! makes receivers do.

mod count;
mod grammar;
mod merge;
mod term;

use postscale_model::{Advice, AdviceCode, CheckStatus};

pub(crate) use self::grammar::is_valid;
use self::{count::Count, term::Mechanism};
use super::{
    ExpectedRecord, SPF_LOOKUPS_MAX,
    advice::{self, hint, publish},
    judge,
    look::{Seen, ahead, is_quoted},
};
use crate::dns::{DnsError, Resolver};

/// Look-ups without an answer receivers accept in one policy (RFC 7208 §4.6.4).
pub(crate) const VOID_LOOKUPS_MAX: u32 = 2;

/// Whether a TXT record is a policy.
pub(crate) fn is_policy(text: &str) -> bool {
    let version = text.split(' ').next().unwrap_or_default();
    version.eq_ignore_ascii_case("v=spf1")
}

/// The host whose policy the expected record includes.
fn included(value: &str) -> &str {
    let include = value.split(' ').nth(1).unwrap_or_default();
    include.strip_prefix("include:").unwrap_or_default()
}

/// Looks the policy of a domain up, and what it includes.
pub(super) async fn look(resolver: &Resolver, record: &ExpectedRecord) -> Result<Seen, DnsError> {
    let domain = record.domain.as_str();
    // Others' policies change rarely, and ours is included by everybody: a cache may know them.
    let others = resolver.cached();
    let own = resolver.txt(&record.name);
    let ours = count::policy(&others, &record.value, domain);
    let has_none = |own: &Result<Vec<String>, DnsError>| {
        let mut found = own.iter().flatten();
        !found.any(|text| is_policy(text))
    };
    let (all, ours) = ahead(record, own, ours, has_none).await;
    let all = match all {
        Ok(all) => all,
        Err(DnsError::NotFound) => Vec::new(),
        Err(failed) => return Err(failed),
    };
    let (mut status, found) = judge::judged(record.purpose, all.clone(), &record.value);
    let mut advice = Vec::new();
    let counted = match found.as_slice() {
        [] => {
            if is_quoted(record, &all) {
                status = CheckStatus::Mismatch;
                advice.push(advice::quoted(record));
            }
            ours
        }
        [policy] => {
            let merged = merge::merged(&found, included(&record.value));
            let is_ours = status == CheckStatus::Verified;
            let counted = if is_ours { policy } else { &merged };
            let count = count::policy(&others, counted, domain).await;
            if !is_ours {
                advice.push(merge_advice(policy, &merged));
            }
            advice.extend(remarks(policy, &merged));
            advice.extend(count_advice(&count));
            if is_ours && is_out_of_reach(policy, &record.value, &count) {
                status = CheckStatus::Mismatch;
            }
            Some(count)
        }
        _ => {
            let merged = merge::merged(&found, included(&record.value));
            let count = count::policy(&others, &merged, domain).await;
            let text = format!(
                "There are {} SPF records, and receivers use none of several. Replace them all by \
                 this one, which lets everybody send whom they let send.",
                found.len()
            );
            advice.push(publish(AdviceCode::SpfSeveral, text, &merged));
            advice.extend(count_advice(&count));
            Some(count)
        }
    };
    let found = if found.is_empty() && status == CheckStatus::Mismatch {
        all
    } else {
        found
    };
    Ok(Seen {
        status,
        found,
        advice,
        spf_lookups: counted
            .filter(|count| count.is_known)
            .map(|count| count.lookups),
    })
}

fn merge_advice(policy: &str, merged: &str) -> Advice {
    let text = if policy.split_ascii_whitespace().count() <= 2 {
        "The domain has an SPF record that does not let us send. Replace it by this one; a domain \
         may have only one."
    } else {
        "The domain has an SPF record for others who send. Keep it and add us before its end: \
         replace it by this one. Do not publish a second one, a domain may have only one."
    };
    publish(AdviceCode::SpfMerge, text, merged)
}

/// What is worth saying of a policy, whoever it lets send.
fn remarks(policy: &str, merged: &str) -> Vec<Advice> {
    let mut advice = Vec::new();
    for term in term::terms(policy) {
        match term.mechanism {
            Mechanism::All if term.qualifier == '+' => {
                let text = "The record ends in all or +all, which lets everybody send in your name. \
                            End it in ~all.";
                advice.push(publish(AdviceCode::SpfPassAll, text, merged));
            }
            Mechanism::All if term.qualifier == '?' => {
                let text = "The record ends in ?all, which says nothing about forgeries. End it in \
                            ~all.";
                let value = merge::with_end(merged, "~all");
                advice.push(publish(AdviceCode::SpfNeutralAll, text, &value));
            }
            Mechanism::Ptr => {
                let text = "The record uses ptr, which is slow, and which many receivers ignore. \
                            Name the addresses or hosts instead.";
                advice.push(hint(AdviceCode::SpfPtr, text));
            }
            Mechanism::Unknown => {
                let text = format!(
                    "The record has a term that means nothing, {:?}, which makes receivers ignore \
                     all of it. Remove it.",
                    term.text
                );
                let value = merge::without(merged, term.text);
                advice.push(publish(AdviceCode::SpfSyntax, text, &value));
            }
            _ => {}
        }
    }
    advice
}

fn count_advice(count: &Count) -> Vec<Advice> {
    let mut advice = Vec::new();
    if count.lookups > SPF_LOOKUPS_MAX {
        let text = format!(
            "The record makes receivers do {} DNS look-ups, and they stop at {SPF_LOOKUPS_MAX}: what \
             comes later counts for nothing. Remove senders you no longer use.",
            count.lookups
        );
        advice.push(hint(AdviceCode::SpfLookups, text));
    }
    if count.void > VOID_LOOKUPS_MAX {
        let text = format!(
            "{} names in the record do not exist, and receivers accept {VOID_LOOKUPS_MAX}. Remove \
             them.",
            count.void
        );
        advice.push(hint(AdviceCode::SpfVoidLookups, text));
    }
    if let Some(name) = &count.looping {
        let text = format!("The record includes {name}, which includes itself. Remove it.");
        advice.push(hint(AdviceCode::SpfLoop, text));
    }
    if let Some(name) = &count.missing {
        let text = format!(
            "The record includes {name}, which has no SPF record. Receivers may ignore yours for \
             that. Remove it.",
        );
        advice.push(hint(AdviceCode::SpfIncludeMissing, text));
    }
    advice
}

/// Whether receivers stop before they come to us, or ignore all of it for a term that means nothing.
fn is_out_of_reach(policy: &str, value: &str, count: &Count) -> bool {
    if term::terms(policy).any(|term| term.mechanism == Mechanism::Unknown) {
        return true;
    }
    let is_us = |term: term::Term<'_>| match term.mechanism {
        Mechanism::Include(target) => {
            let target = target.trim_end_matches('.');
            target.eq_ignore_ascii_case(included(value))
        }
        _ => false,
    };
    let Some(before) = term::terms(policy).position(is_us) else {
        return false;
    };
    let earlier: u32 = count.by_term.iter().take(before).sum();
    earlier + 1 > SPF_LOOKUPS_MAX
}
