//! One record looked up: whether it is there, what is there instead, and what to do about it.

use std::pin::pin;

use futures_util::future::{Either, select};
use postscale_model::{Advice, AdviceCode, CheckStatus, Purpose};

use super::{
    ExpectedRecord,
    advice::{self, publish},
    dkim, dmarc, judge, misplaced, mx, policies, spf,
    tags::unquoted,
};
use crate::dns::{DnsError, Resolver};

/// What a look at one record came to.
pub(super) struct Seen {
    pub status: CheckStatus,
    pub found: Vec<String>,
    pub advice: Vec<Advice>,
    pub spf_lookups: Option<u32>,
}

impl Seen {
    fn new(status: CheckStatus, found: Vec<String>, advice: Vec<Advice>) -> Self {
        Self {
            status,
            found,
            advice,
            spf_lookups: None,
        }
    }

    /// DNS did not say.
    pub(super) fn unknown(record: &ExpectedRecord, why: &str) -> Self {
        tracing::debug!(dns.name = record.name, dns.error = why, "look-up failed");
        let advice = vec![advice::unknown(record, why)];
        Self::new(CheckStatus::Unknown, Vec::new(), advice)
    }
}

/// Looks a record up, and when it is missing the names it is published at by mistake.
pub(super) async fn look_up(resolver: &Resolver, record: &ExpectedRecord) -> Seen {
    let misplaced = misplaced::find(resolver, record);
    let (looked, misplaced) = ahead(record, look(resolver, record), misplaced, is_missing).await;
    let mut seen = match looked {
        Ok(seen) => seen,
        Err(DnsError::NotFound) => Seen::new(CheckStatus::Missing, Vec::new(), Vec::new()),
        Err(DnsError::Failed(why)) => return Seen::unknown(record, &why),
    };
    if seen.status == CheckStatus::Missing && seen.advice.is_empty() {
        let missing = || advice::missing(record);
        seen.advice = vec![misplaced.flatten().unwrap_or_else(missing)];
    }
    seen
}

fn is_missing(looked: &Result<Seen, DnsError>) -> bool {
    match looked {
        Ok(seen) => seen.status == CheckStatus::Missing && seen.advice.is_empty(),
        Err(error) => *error == DnsError::NotFound,
    }
}

/// Asks both at the same time, and waits for the second only when the first makes it matter. What
/// was there mostly still is: then the second is asked only when it matters.
pub(super) async fn ahead<A, B>(
    record: &ExpectedRecord,
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
    matters: impl FnOnce(&A) -> bool,
) -> (A, Option<B>) {
    if record.was_seen {
        let first = first.await;
        let second = if matters(&first) {
            Some(second.await)
        } else {
            None
        };
        return (first, second);
    }
    match select(pin!(first), pin!(second)).await {
        Either::Left((first, second)) => {
            let second = if matters(&first) {
                Some(second.await)
            } else {
                None
            };
            (first, second)
        }
        Either::Right((second, first)) => (first.await, Some(second)),
    }
}

async fn look(resolver: &Resolver, record: &ExpectedRecord) -> Result<Seen, DnsError> {
    match record.purpose {
        Purpose::Mx => {
            let hosts = resolver.mx(&record.name).await?;
            Ok(mx::seen(record, &hosts))
        }
        Purpose::ReturnPath | Purpose::MtaStsHost => alias(resolver, record).await,
        Purpose::Spf => spf::look(resolver, record).await,
        Purpose::Dmarc => policy(resolver, record).await,
        Purpose::Ownership | Purpose::Dkim | Purpose::MtaSts | Purpose::TlsRpt | Purpose::Bimi => {
            text(resolver, record).await
        }
    }
}

/// A TXT record that is right or wrong by itself.
async fn text(resolver: &Resolver, record: &ExpectedRecord) -> Result<Seen, DnsError> {
    let all = match resolver.txt(&record.name).await {
        Ok(all) => all,
        Err(DnsError::NotFound) => return Ok(dangling(resolver, record).await),
        Err(failed) => return Err(failed),
    };
    let (status, found) = judge::judged(record.purpose, all.clone(), &record.value);
    let advice = match (status, record.purpose) {
        (CheckStatus::Verified, Purpose::Dkim) => dkim::remarks(&found),
        (CheckStatus::Verified, _) => Vec::new(),
        _ if is_quoted(record, &all) => vec![advice::quoted(record)],
        (CheckStatus::Mismatch, Purpose::Dkim) => vec![dkim::advice(&found, record)],
        (CheckStatus::Mismatch, Purpose::Ownership) => vec![other_proof(record)],
        (CheckStatus::Mismatch, _) => vec![policies::advice(&found, record)],
        _ => Vec::new(),
    };
    // What is there in quotation marks is there, if not as it should be.
    let is_quoted = advice.first().is_some_and(|a| a.code == AdviceCode::Quoted);
    Ok(if is_quoted {
        Seen::new(CheckStatus::Mismatch, all, advice)
    } else {
        Seen::new(status, found, advice)
    })
}

/// Whether a record would be right without the quotation marks that became part of it.
pub(super) fn is_quoted(record: &ExpectedRecord, found: &[String]) -> bool {
    let meant: Vec<String> = found.iter().filter_map(|text| unquoted(text)).collect();
    let (status, _) = judge::judged(record.purpose, meant, &record.value);
    status == CheckStatus::Verified
}

fn other_proof(record: &ExpectedRecord) -> Advice {
    let text = "Another value is published: of an earlier registration, or of another account. Ours \
                may stand beside it.";
    publish(AdviceCode::Replace, text, &record.value)
}

/// Nothing is there: perhaps the name is an alias of one that has no such record.
async fn dangling(resolver: &Resolver, record: &ExpectedRecord) -> Seen {
    let missing = Seen::new(CheckStatus::Missing, Vec::new(), Vec::new());
    let Ok(chain) = resolver.aliases(&record.name).await else {
        return missing;
    };
    let target = chain.last().cloned().unwrap_or_default();
    let text = format!(
        "The name is an alias of {target}, which has no such record. Publish the record there, or \
         replace the alias by it.",
    );
    Seen {
        found: vec![format!("CNAME {target}")],
        advice: vec![publish(AdviceCode::AliasDangling, text, &record.value)],
        ..missing
    }
}

/// A DMARC policy, of the domain or of one above.
async fn policy(resolver: &Resolver, record: &ExpectedRecord) -> Result<Seen, DnsError> {
    let own = resolver.txt(&record.name);
    let above = dmarc::inherited(resolver, record.domain.as_str());
    let has_none = |own: &Result<Vec<String>, DnsError>| {
        let found = own.clone().unwrap_or_default();
        judge::dmarc_policies(found).is_empty()
    };
    let (own, above) = ahead(record, own, above, has_none).await;
    let all = match own {
        Ok(all) => all,
        Err(DnsError::NotFound) => Vec::new(),
        Err(failed) => return Err(failed),
    };
    let (status, found) = judge::judged(record.purpose, all.clone(), &record.value);
    match (status, found.as_slice()) {
        (CheckStatus::Verified, [one]) => {
            let remarks = dmarc::remarks(record, one);
            Ok(Seen::new(status, found, remarks))
        }
        (CheckStatus::Missing, _) if is_quoted(record, &all) => {
            let advice = vec![advice::quoted(record)];
            Ok(Seen::new(CheckStatus::Mismatch, all, advice))
        }
        (CheckStatus::Missing, _) => Ok(match above.transpose()?.flatten() {
            Some(above) => {
                let advice = dmarc::inherited_advice(record, &above);
                Seen::new(CheckStatus::Verified, vec![above.text], advice)
            }
            None => dangling(resolver, record).await,
        }),
        _ => {
            let advice = vec![dmarc::advice(&found, record)];
            Ok(Seen::new(status, found, advice))
        }
    }
}

/// An alias that has to lead to us, at once or by way of others.
async fn alias(resolver: &Resolver, record: &ExpectedRecord) -> Result<Seen, DnsError> {
    let (first, addresses) = ahead(
        record,
        resolver.cname(&record.name),
        resolver.addresses(&record.name),
        |first| *first == Err(DnsError::NotFound),
    )
    .await;
    let chain = match (first, addresses) {
        (Ok(to), _) if to.eq_ignore_ascii_case(&record.value) => vec![to],
        (Err(DnsError::NotFound), Some(Ok(addresses))) => {
            let text = "Your DNS provider publishes addresses in place of the alias, as proxies do. \
                        Switch the proxy off for this record.";
            let found = addresses.iter().map(ToString::to_string).collect();
            let advice = vec![publish(AdviceCode::AliasFlattened, text, &record.value)];
            return Ok(Seen::new(CheckStatus::Mismatch, found, advice));
        }
        (first, _) => {
            first?;
            resolver.aliases(&record.name).await?
        }
    };
    let status = judge::matching(
        chain
            .iter()
            .any(|to| to.eq_ignore_ascii_case(&record.value)),
    );
    let returns = chain
        .split_last()
        .is_some_and(|(last, before)| *last == record.name || before.contains(last));
    let advice = match status {
        CheckStatus::Verified => Vec::new(),
        _ if returns => {
            let text = "The alias leads back to itself.";
            vec![publish(AdviceCode::AliasLoop, text, &record.value)]
        }
        _ => {
            let text = "The name is an alias of another host. Let it be one of ours.";
            vec![publish(AdviceCode::Replace, text, &record.value)]
        }
    };
    Ok(Seen::new(status, chain, advice))
}
