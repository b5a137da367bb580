//! The DNS records a domain needs, and what was last seen of them.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_mail::records::{self, ExpectedRecord};
use postscale_model::{CheckStatus, DkimKey, Domain, Timestamp};
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
    /// When it was.
    pub checked_at: Option<Timestamp>,
}

/// The records a domain needs and what was last seen of them.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn dns(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
) -> Result<(Domain, Vec<DnsRecord>)> {
    let mut tx = app.store.read().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_DNS_READ, domain)
        .await?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let checks = domain_check::list(&mut tx, &domain).await?;
    let records = join(app, &domain, &keys, &checks);
    Ok((domain.into_inner(), records))
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
            DnsRecord {
                status: seen.map_or(CheckStatus::Unchecked, |seen| seen.check.status),
                found: seen
                    .map(|seen| seen.check.found.clone())
                    .unwrap_or_default(),
                checked_at: seen.map(|seen| seen.check.checked_at),
                expected,
            }
        })
        .collect()
}
