//! The DNS records a domain is asked for, whether they are there, and what to do when they are not.
//!
//! [`expected`] lists them, [`check`] looks them all up at once, at the servers of the domain's zone.
//! Trouble with DNS is [`CheckStatus::Unknown`] and says nothing about a record. What is missing is
//! looked for where people publish it by mistake, while the record itself is looked up when it was
//! never seen before, afterwards otherwise.

mod advice;
mod dkim;
mod dmarc;
mod judge;
mod look;
mod misplaced;
mod mx;
mod policies;
pub(crate) mod spf;
mod tags;

use std::time::Duration;

use futures_util::{StreamExt as _, stream::FuturesOrdered};
use postscale_model::{
    DkimKey, DkimStatus, Domain, DomainCheck, DomainName, HostName, MtaStsMode, Purpose, Selector,
    Timestamp,
};

use crate::{dns::Resolver, mta_sts};

/// DNS look-ups receivers make for one SPF policy (RFC 7208 §4.6.4).
pub const SPF_LOOKUPS_MAX: u32 = 10;
/// Time all that is asked about one record may take (security.md M7).
const RECORD_TIMEOUT: Duration = Duration::from_secs(20);

/// Preference of our exchanger in the MX record asked for.
const MX_PREFERENCE: u16 = 10;
/// Values kept of an answer.
const FOUND_MAX: usize = 10;
/// Octets kept of each.
const FOUND_OCTETS_MAX: usize = 1024;

/// Names of this installation that customers' records point to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailHosts {
    /// Takes mail for the domains.
    pub mx: String,
    /// Takes mail from their owners.
    pub smtp: String,
    /// Takes delayed bounces.
    pub bounces: String,
    /// Domain of the DMARC report addresses.
    pub dmarc: String,
    /// Domain of masked addresses.
    pub shield: String,
    /// Holds the SPF policy to include.
    pub spf: String,
    /// Serves MTA-STS policies.
    pub mta_sts: String,
}

impl MailHosts {
    /// The usual names below the host name of the installation.
    #[must_use]
    pub fn derived_from(hostname: &HostName) -> Self {
        Self {
            mx: format!("mx.{hostname}"),
            smtp: format!("smtp.{hostname}"),
            bounces: format!("bounces.{hostname}"),
            dmarc: format!("dmarc.{hostname}"),
            shield: format!("shield.{hostname}"),
            spf: format!("_spf.{hostname}"),
            mta_sts: format!("mta-sts.{hostname}"),
        }
    }
}

/// A record a domain is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRecord {
    /// What for.
    pub purpose: Purpose,
    /// The key, when it is for DKIM.
    pub selector: Option<Selector>,
    /// `TXT`, `MX` or `CNAME`.
    pub record_type: &'static str,
    /// Full name without a final dot.
    pub name: String,
    /// Value; for MX the host.
    pub value: String,
    /// Preference of an MX.
    pub priority: Option<u16>,
    /// Whether the domain needs it to be verified; recommended otherwise.
    pub required: bool,
    /// The domain.
    pub domain: DomainName,
    /// Whether it was there before.
    pub was_seen: bool,
}

/// An expected record and what was found in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCheck {
    /// What was asked for.
    pub record: ExpectedRecord,
    /// What was found.
    pub check: DomainCheck,
}

/// The records a domain is asked for, by its type and its keys that are not inactive.
#[must_use]
pub fn expected(domain: &Domain, hosts: &MailHosts, keys: &[DkimKey]) -> Vec<ExpectedRecord> {
    let name = domain.name.as_str();
    let record = |purpose, record_type, name: String, value: String| ExpectedRecord {
        purpose,
        selector: None,
        record_type,
        name,
        value,
        priority: None,
        required: domain.required().contains(&purpose),
        domain: domain.name.clone(),
        was_seen: domain.has_verified(purpose),
    };
    let ownership = ownership_value(&domain.ownership_token);
    let mut records = vec![record(
        Purpose::Ownership,
        "TXT",
        format!("_postscale.{name}"),
        ownership,
    )];
    if domain.domain_type.receives() {
        records.push(ExpectedRecord {
            priority: Some(MX_PREFERENCE),
            ..record(Purpose::Mx, "MX", name.to_owned(), hosts.mx.clone())
        });
    }
    if domain.domain_type.sends() {
        let spf = format!("v=spf1 include:{} ~all", hosts.spf);
        records.push(record(Purpose::Spf, "TXT", name.to_owned(), spf));
    }
    // A key that is to take over is waited for, but nothing depends on it yet.
    let has_active = keys.iter().any(|key| key.status == DkimStatus::Active);
    let published = keys.iter().filter(|key| key.is_published());
    records.extend(published.map(|key| {
        let at = format!("{}._domainkey.{name}", key.selector);
        let mut dkim = record(Purpose::Dkim, "TXT", at, key.record_value());
        dkim.selector = Some(key.selector.clone());
        dkim.required &= match key.status {
            DkimStatus::Active => true,
            DkimStatus::Pending => !has_active,
            DkimStatus::Retiring | DkimStatus::Inactive => false,
        };
        dkim
    }));
    if domain.domain_type.sends() {
        records.push(record(
            Purpose::Dmarc,
            "TXT",
            format!("_dmarc.{name}"),
            dmarc_policy(domain, hosts),
        ));
        records.push(record(
            Purpose::ReturnPath,
            "CNAME",
            format!("ps-bounces.{name}"),
            hosts.bounces.clone(),
        ));
    }
    records.extend(recommended(domain, hosts));
    records
}

/// The address reports about the domain go to.
#[must_use]
pub fn report_address(domain: &Domain, hosts: &MailHosts) -> String {
    format!("{}@{}", domain.dmarc_token, hosts.dmarc)
}

/// The DMARC policy a domain is asked to publish (RFC 9989 §4.7).
#[must_use]
pub fn dmarc_policy(domain: &Domain, hosts: &MailHosts) -> String {
    let address = report_address(domain, hosts);
    format!("v=DMARC1; p=quarantine; rua=mailto:{address}")
}

/// What makes mail safer or nicer, and nothing depends on.
fn recommended(domain: &Domain, hosts: &MailHosts) -> Vec<ExpectedRecord> {
    let name = domain.name.as_str();
    let record = |purpose, record_type, name: String, value: String| ExpectedRecord {
        purpose,
        selector: None,
        record_type,
        name,
        value,
        priority: None,
        required: false,
        domain: domain.name.clone(),
        // No flag tells of these; a domain that is set up mostly stays as it is.
        was_seen: domain.verified,
    };
    let mut records = Vec::new();
    if domain.domain_type.receives() {
        let rua = format!("v=TLSRPTv1; rua=mailto:{}", report_address(domain, hosts));
        records.push(record(
            Purpose::TlsRpt,
            "TXT",
            format!("_smtp._tls.{name}"),
            rua,
        ));
        if domain.mta_sts.mode != MtaStsMode::None {
            let value = mta_sts::record_value(domain.mta_sts, &hosts.mx);
            records.push(record(
                Purpose::MtaSts,
                "TXT",
                format!("_mta-sts.{name}"),
                value,
            ));
            let (at, host) = (format!("mta-sts.{name}"), hosts.mta_sts.clone());
            records.push(record(Purpose::MtaStsHost, "CNAME", at, host));
        }
    }
    if domain.domain_type.sends() {
        let logo = format!("v=BIMI1; l=https://{name}/logo.svg");
        records.push(record(
            Purpose::Bimi,
            "TXT",
            format!("default._bimi.{name}"),
            logo,
        ));
    }
    records
}

/// Looks up the expected records of these purposes, which are of one domain; of all when none is
/// named. All are looked up at the same time.
pub async fn check(
    resolver: &Resolver,
    expected: Vec<ExpectedRecord>,
    purposes: &[Purpose],
    now: Timestamp,
) -> Vec<RecordCheck> {
    let wanted =
        |record: &ExpectedRecord| purposes.is_empty() || purposes.contains(&record.purpose);
    let expected: Vec<_> = expected.into_iter().filter(wanted).collect();
    let Some(first) = expected.first() else {
        return Vec::new();
    };
    let source = &resolver.at_source(first.domain.as_str()).await;
    let looks = expected.into_iter().map(|record| async move {
        let looked = tokio::time::timeout(RECORD_TIMEOUT, look::look_up(source, &record)).await;
        let seen = looked.unwrap_or_else(|_| look::Seen::unknown(&record, "no answer in time"));
        let check = DomainCheck {
            purpose: record.purpose,
            status: seen.status,
            found: bounded(seen.found),
            advice: seen.advice,
            spf_lookups: seen.spf_lookups,
            checked_at: now,
        };
        RecordCheck { record, check }
    });
    // Each is polled when it has something to do, not whenever one of them has.
    looks.collect::<FuturesOrdered<_>>().collect().await
}

/// Whether the proof of one claim to a domain is there and that of another is not, as its servers say
/// right now. `None` when they do not say.
pub async fn is_handed_over(
    resolver: &Resolver,
    domain: &DomainName,
    to: &str,
    from: &str,
) -> Option<bool> {
    let source = resolver.at_source(domain.as_str()).await;
    let found = source.txt(&format!("_postscale.{domain}")).await;
    let found = match found {
        Ok(found) => found,
        Err(crate::dns::DnsError::NotFound) => return Some(false),
        Err(crate::dns::DnsError::Failed(_)) => return None,
    };
    // An answer that was cut at its limit may hide the other proof.
    if found.len() >= crate::dns::RECORDS_MAX {
        return None;
    }
    let has = |token: &str| judge::is_ownership(&found, &ownership_value(token));
    Some(has(to) && !has(from))
}

/// What proves control of a domain.
fn ownership_value(token: &str) -> String {
    format!("postscale-verification={token}")
}

/// What strangers publish, cut to what is worth keeping and showing.
fn bounded(found: Vec<String>) -> Vec<String> {
    let clean = |text: String| {
        let visible = |c: char| if c.is_control() { ' ' } else { c };
        let mut text: String = text.chars().map(visible).collect();
        let mut end = text.len().min(FOUND_OCTETS_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    };
    found.into_iter().take(FOUND_MAX).map(clean).collect()
}
