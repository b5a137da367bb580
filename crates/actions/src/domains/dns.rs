//! The DNS records a domain needs, and what was last seen of them.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_mail::records::{self, ExpectedRecord};
use postscale_model::{Advice, CheckStatus, DkimKey, Domain, Timestamp};
use postscale_store::{dkim_key, domain_check};

use crate::{App, Result};

/// One record: what is asked for and what was last seen.
#[derive(Debug, Clone)]
pub struct DnsRecord {
    /// What is asked for.
    pub expected: ExpectedRecord,
    /// What the last look-up said.
    pub status: CheckStatus,
    /// The values it found.
    pub found: Vec<String>,
    /// What to do about it, most important first.
    pub advice: Vec<Advice>,
    /// DNS look-ups receivers make for the SPF policy that is published or asked for.
    pub spf_lookups: Option<u32>,
    /// When it was.
    pub checked_at: Option<Timestamp>,
}

/// The records of a domain.
#[derive(Debug)]
pub struct DomainDns {
    /// The domain.
    pub domain: Domain,
    /// Its records.
    pub records: Vec<DnsRecord>,
    /// When they are looked up by themselves the next time.
    pub next_check_at: Option<Timestamp>,
}

/// The records a domain needs and what was last seen of them.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn dns(app: &App, caller: &Caller, domain: &DomainRef) -> Result<DomainDns> {
    let mut tx = app.store.read().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_DNS_READ, domain)
        .await?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let checks = domain_check::list(&mut tx, &domain).await?;
    Ok(DomainDns {
        records: join(app, &domain, &keys, &checks),
        next_check_at: domain_check::next_at(&mut tx, &domain).await?,
        domain: domain.into_inner(),
    })
}

/// Puts what was seen beside what is asked for.
pub(crate) fn join(
    app: &App,
    domain: &Domain,
    keys: &[DkimKey],
    checks: &[domain_check::StoredCheck],
) -> Vec<DnsRecord> {
    records::expected(domain, &app.hosts, keys)
        .into_iter()
        .map(|expected| {
            let seen = checks.iter().find(|seen| {
                seen.check.purpose == expected.purpose && seen.selector == expected.selector
            });
            let check = seen.map(|seen| seen.check.clone());
            DnsRecord {
                status: check
                    .as_ref()
                    .map_or(CheckStatus::Unchecked, |check| check.status),
                checked_at: check.as_ref().map(|check| check.checked_at),
                spf_lookups: check.as_ref().and_then(|check| check.spf_lookups),
                advice: check
                    .as_ref()
                    .map(|check| check.advice.clone())
                    .unwrap_or_default(),
                found: check.map(|check| check.found).unwrap_or_default(),
                expected,
            }
        })
        .collect()
}
