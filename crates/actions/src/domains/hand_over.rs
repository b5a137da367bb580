//! A domain's records as a file for whoever keeps its DNS.
//!
//! What is there already is left out, and what would stand beside a record of somebody else's that
//! there can be only one of: an import must not break a domain.

use std::fmt::Write as _;

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_mail::zone;
use postscale_model::{CheckStatus, Domain, Invalid, Purpose, Timestamp, Word as _};
use postscale_store::{dkim_key, domain_check};
use serde_json::json;

use super::dns::{DnsRecord, join};
use crate::{App, Result};

/// Seconds resolvers keep the records: an hour, so that a mistake does not last.
const TTL: u32 = 3600;

/// How the records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandOverFormat {
    /// A master file (RFC 1035 §5), which BIND, Cloudflare and many panels import.
    Zone,
    /// A change batch of Amazon Route 53.
    Route53,
    /// A line per record with names relative to the zone, for panels with a form per record.
    Table,
}

impl HandOverFormat {
    /// Reads its word.
    ///
    /// # Errors
    /// [`Invalid`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "zone" => Ok(Self::Zone),
            "route53" => Ok(Self::Route53),
            "table" => Ok(Self::Table),
            _ => Err(Invalid::field(
                "format",
                "must be json, zone, route53 or table",
            )),
        }
    }
}

/// A file for whoever keeps the domain's DNS.
#[derive(Debug)]
pub struct HandOver {
    /// A name to save it under.
    pub filename: String,
    /// Its media type.
    pub content_type: &'static str,
    /// What is in it.
    pub text: String,
}

/// The records of a domain as a file.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Invalid`].
pub async fn hand_over(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    format: Late<HandOverFormat>,
) -> Result<HandOver> {
    let mut tx = app.store.read().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_DNS_READ, domain)
        .await?;
    let format = format.after(&domain)?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let checks = domain_check::list(&mut tx, &domain).await?;
    let records = join(app, &domain, &keys, &checks);
    Ok(file(&domain, &records, format, caller.received_at()))
}

/// The records of a domain in one of the formats.
pub(crate) fn file(
    domain: &Domain,
    records: &[DnsRecord],
    format: HandOverFormat,
    now: Timestamp,
) -> HandOver {
    let name = domain.name.as_str();
    match format {
        HandOverFormat::Zone => HandOver {
            filename: format!("{name}.zone"),
            content_type: "text/plain; charset=utf-8",
            text: zone_file(domain, records, now),
        },
        HandOverFormat::Route53 => HandOver {
            filename: format!("{name}.route53.json"),
            content_type: "application/json",
            text: change_batch(domain, records),
        },
        HandOverFormat::Table => HandOver {
            filename: format!("{name}.txt"),
            content_type: "text/plain; charset=utf-8",
            text: table(domain, records),
        },
    }
}

/// What an import would do with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// To be published.
    New,
    /// It is there.
    There,
    /// Something is there that it must not stand beside.
    InTheWay,
    /// An example only.
    Example,
}

fn standing(record: &DnsRecord) -> Standing {
    match (record.status, record.expected.purpose) {
        (CheckStatus::Verified, _) => Standing::There,
        // Only its owner knows where the logo is.
        (_, Purpose::Bimi) => Standing::Example,
        // One of these to a name: the one that is there has to be changed.
        (
            CheckStatus::Mismatch,
            Purpose::Spf
            | Purpose::Dmarc
            | Purpose::Dkim
            | Purpose::ReturnPath
            | Purpose::Mx
            | Purpose::MtaSts
            | Purpose::MtaStsHost
            | Purpose::TlsRpt,
        ) => Standing::InTheWay,
        _ => Standing::New,
    }
}

/// What is to be published: what is there, changed, where something is in the way. For MX the host.
fn value(record: &DnsRecord) -> &str {
    let expected = &record.expected;
    let changed = match (standing(record), expected.purpose) {
        (Standing::InTheWay, purpose) if purpose != Purpose::Mx => {
            let mut advice = record.advice.iter();
            advice.find_map(|advice| advice.value.as_deref())
        }
        _ => None,
    };
    changed.unwrap_or(&expected.value)
}

fn required(record: &DnsRecord) -> &'static str {
    if record.expected.required {
        "required"
    } else {
        "recommended"
    }
}

fn zone_file(domain: &Domain, records: &[DnsRecord], now: Timestamp) -> String {
    let name = domain.name.as_str();
    let mut out = format!(
        "; DNS records of {name} for mail, {}\n\
         ; Import this file into the zone, or copy its lines. Lines that begin with ; do nothing.\n\
         $ORIGIN {name}.\n$TTL {TTL}\n",
        now.to_rfc3339()
    );
    for record in records {
        let expected = &record.expected;
        let (purpose, need) = (expected.purpose.as_str(), required(record));
        let (mark, note) = match standing(record) {
            Standing::New => ("", ""),
            Standing::There => ("; ", ": is there already"),
            Standing::InTheWay => (
                "; ",
                ": something else is there. Change that record instead of adding another one",
            ),
            Standing::Example => ("; ", ": an example, to be changed before it is published"),
        };
        let line = format!(
            "{}\tIN\t{}\t{}",
            zone::relative(&expected.name, name),
            expected.record_type,
            zone::data(expected.record_type, expected.priority, value(record))
        );
        let _infallible = write!(out, "\n; {purpose} ({need}){note}\n{mark}{line}\n");
    }
    out
}

/// Creates what is not there: a change of what is there is nobody's but its owner's.
fn change_batch(domain: &Domain, records: &[DnsRecord]) -> String {
    let new = records.iter().filter(|it| standing(it) == Standing::New);
    let changes: Vec<_> = new
        .map(|record| {
            let expected = &record.expected;
            let value = zone::data(expected.record_type, expected.priority, &expected.value);
            json!({
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": format!("{}.", expected.name),
                    "Type": expected.record_type,
                    "TTL": TTL,
                    "ResourceRecords": [{"Value": value}],
                },
            })
        })
        .collect();
    let batch = json!({
        "Comment": format!("DNS records of {} for mail", domain.name),
        "Changes": changes,
    });
    format!("{batch:#}\n")
}

fn table(domain: &Domain, records: &[DnsRecord]) -> String {
    let zone = domain.name.registrable();
    let mut out = format!("Records for the zone {zone}. Names are relative to it.\n");
    for record in records {
        let expected = &record.expected;
        let state = match standing(record) {
            Standing::New => "to be published",
            Standing::There => "is there already",
            Standing::InTheWay => "something else is there; change it, do not add a second one",
            Standing::Example => "an example",
        };
        let _infallible = write!(
            out,
            "\n{} ({}), {state}\n  Type:     {}\n  Name:     {}\n",
            expected.purpose.as_str(),
            required(record),
            expected.record_type,
            zone::relative(&expected.name, zone),
        );
        if let Some(priority) = expected.priority {
            let _infallible = writeln!(out, "  Priority: {priority}");
        }
        let _infallible = write!(out, "  Value:    {}\n  TTL:      {TTL}\n", value(record));
    }
    out
}
