//! The DNS records a domain is asked for, and whether they are there.
//!
//! [`expected`] lists them, [`check`] looks them all up at once, without a cache. Trouble with DNS
//! is [`CheckStatus::Unknown`] and says nothing about a record.

mod judge;
mod policies;

use futures_util::future::join_all;
use postscale_model::{
    CheckStatus, DkimKey, DkimStatus, Domain, DomainCheck, HostName, MtaStsMode, Purpose, Selector,
    Timestamp,
};

use crate::{
    dns::{DnsError, Resolver},
    mta_sts,
};

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
    };
    let ownership = format!("postscale-verification={}", domain.ownership_token);
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
        let dmarc = format!(
            "v=DMARC1; p=quarantine; rua=mailto:{}@{}",
            domain.dmarc_token, hosts.dmarc
        );
        records.push(record(
            Purpose::Dmarc,
            "TXT",
            format!("_dmarc.{name}"),
            dmarc,
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
    };
    let mut records = Vec::new();
    if domain.domain_type.receives() {
        let rua = format!(
            "v=TLSRPTv1; rua=mailto:{}@{}",
            domain.dmarc_token, hosts.dmarc
        );
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

/// Looks up the expected records of these purposes; of all when none is named.
pub async fn check(
    resolver: &Resolver,
    expected: Vec<ExpectedRecord>,
    purposes: &[Purpose],
    now: Timestamp,
) -> Vec<RecordCheck> {
    let resolver = &resolver.uncached();
    let wanted =
        |record: &ExpectedRecord| purposes.is_empty() || purposes.contains(&record.purpose);
    let checks = expected
        .into_iter()
        .filter(wanted)
        .map(|record| async move {
            let (status, found) = look_up(resolver, &record).await;
            let check = DomainCheck {
                purpose: record.purpose,
                status,
                found: bounded(found),
                checked_at: now,
            };
            RecordCheck { record, check }
        });
    join_all(checks).await
}

async fn look_up(resolver: &Resolver, record: &ExpectedRecord) -> (CheckStatus, Vec<String>) {
    let judged = match record.purpose {
        Purpose::Mx => resolver.mx(&record.name).await.map(|hosts| {
            let is_ours = |host: &str| host.eq_ignore_ascii_case(&record.value);
            let ours = hosts.iter().any(|host| is_ours(&host.exchange));
            let text = |host: &crate::dns::MxHost| format!("{} {}", host.preference, host.exchange);
            (judge::matching(ours), hosts.iter().map(text).collect())
        }),
        Purpose::ReturnPath | Purpose::MtaStsHost => {
            resolver.cname(&record.name).await.map(|target| {
                let ours = target.eq_ignore_ascii_case(&record.value);
                (judge::matching(ours), vec![target])
            })
        }
        Purpose::Ownership => resolver
            .txt(&record.name)
            .await
            .map(|found| judge::ownership(found, &record.value)),
        Purpose::Spf => resolver
            .txt(&record.name)
            .await
            .map(|found| judge::spf(found, &record.value)),
        Purpose::Dkim => resolver
            .txt(&record.name)
            .await
            .map(|found| judge::dkim(found, &record.value)),
        Purpose::Dmarc => resolver.txt(&record.name).await.map(judge::dmarc),
        Purpose::MtaSts => resolver
            .txt(&record.name)
            .await
            .map(|found| policies::mta_sts(found, &record.value)),
        Purpose::TlsRpt => resolver.txt(&record.name).await.map(policies::tls_rpt),
        Purpose::Bimi => resolver.txt(&record.name).await.map(policies::bimi),
    };
    judged.unwrap_or_else(|error| match error {
        DnsError::NotFound => (CheckStatus::Missing, Vec::new()),
        DnsError::Failed(why) => {
            tracing::debug!(dns.name = record.name, dns.error = why, "look-up failed");
            (CheckStatus::Unknown, Vec::new())
        }
    })
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
