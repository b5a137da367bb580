//! Reports about TLS (RFC 8460 §4.4): JSON, small enough to be held as a whole.

use std::io::Read;

use postscale_model::{ReportProblem, Timestamp, TlsFailure, TlsPolicy};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::error::Category;

use super::{
    COUNT_MAX, FAILURES_MAX, Head, JSON_OCTETS_MAX, NAME_OCTETS_MAX, POLICIES_MAX, TlsReportRead,
    VALUE_OCTETS_MAX, clean, container, domain_of,
};

/// Hosts kept of one policy.
const HOSTS_MAX: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    organization_name: Option<String>,
    date_range: Option<DateRange>,
    contact_info: Option<String>,
    report_id: Option<String>,
    policies: Option<Vec<PolicyItem>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct DateRange {
    start_datetime: Option<String>,
    end_datetime: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PolicyItem {
    policy: Option<PolicyDescription>,
    summary: Option<Summary>,
    failure_details: Option<Vec<FailureDetail>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PolicyDescription {
    policy_type: Option<String>,
    policy_domain: Option<String>,
    #[serde(default, deserialize_with = "one_or_several")]
    mx_host: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Summary {
    #[serde(default, deserialize_with = "lenient_count")]
    total_successful_session_count: i64,
    #[serde(default, deserialize_with = "lenient_count")]
    total_failure_session_count: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct FailureDetail {
    result_type: Option<String>,
    sending_mta_ip: Option<String>,
    receiving_mx_hostname: Option<String>,
    failure_reason_code: Option<String>,
    additional_information: Option<IgnoredOr>,
    #[serde(default, deserialize_with = "lenient_count")]
    failed_session_count: i64,
}

/// A text, or anything else.
#[derive(Deserialize)]
#[serde(untagged)]
enum IgnoredOr {
    Text(String),
    Other(IgnoredAny),
}

impl IgnoredOr {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }
}

/// RFC 8460 says a list; the schema before it, and some reporters, a text.
fn one_or_several<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Hosts {
        Several(Vec<String>),
        One(String),
        Other(IgnoredAny),
    }
    Ok(match Hosts::deserialize(from)? {
        Hosts::Several(hosts) => hosts,
        Hosts::One(host) => vec![host],
        Hosts::Other(_) => Vec::new(),
    })
}

/// A number, or a number in a text; nothing below zero.
fn lenient_count<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Number(i64),
        Text(String),
        Other(IgnoredAny),
    }
    let count = match Count::deserialize(from)? {
        Count::Number(count) => count,
        Count::Text(text) => text.trim().parse().unwrap_or_default(),
        Count::Other(_) => 0,
    };
    Ok(count.clamp(0, COUNT_MAX))
}

/// Reads a report; one octet more than may be is given when there are more.
pub(super) fn read(mut source: impl Read) -> Result<TlsReportRead, ReportProblem> {
    let mut octets = Vec::new();
    let read = source.read_to_end(&mut octets);
    read.map_err(|error| container::problem(&error))?;
    if u64::try_from(octets.len()).unwrap_or(u64::MAX) > JSON_OCTETS_MAX {
        return Err(ReportProblem::TooLarge);
    }
    let document: Document = serde_json::from_slice(&octets).map_err(|error| {
        if error.classify() == Category::Eof {
            ReportProblem::Truncated
        } else {
            ReportProblem::Syntax
        }
    })?;
    read_document(document)
}

fn read_document(document: Document) -> Result<TlsReportRead, ReportProblem> {
    let items = document.policies.ok_or(ReportProblem::NoReport)?;
    let range = document.date_range.ok_or(ReportProblem::Dates)?;
    let instant = |text: Option<String>| text.as_deref().and_then(instant);
    let (Some(begin), Some(end)) = (instant(range.start_datetime), instant(range.end_datetime))
    else {
        return Err(ReportProblem::Dates);
    };
    let mut room = FAILURES_MAX;
    let policies: Vec<TlsPolicy> = items
        .into_iter()
        .take(POLICIES_MAX)
        .map(|item| policy(item, &mut room))
        .collect();
    let mut domains: Vec<String> = policies.iter().map(|one| one.domain.clone()).collect();
    domains.retain(|domain| !domain.is_empty());
    domains.dedup();
    if domains.is_empty() {
        return Err(ReportProblem::NoDomain);
    }
    let kept = |text: Option<String>| clean(&text.unwrap_or_default(), NAME_OCTETS_MAX);
    let report_id = kept(document.report_id);
    Ok(TlsReportRead {
        head: Head {
            org_name: kept(document.organization_name),
            email: kept(document.contact_info),
            extra_contact_info: String::new(),
            report_id: if report_id.is_empty() {
                format!("{begin}-{end}")
            } else {
                report_id
            },
            begin,
            end,
        },
        domains,
        policies,
    })
}

/// Seconds since 1970. Some leave the time zone out.
fn instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let with_zone = || Timestamp::parse(&format!("{text}Z"));
    let seconds = Timestamp::parse(text).or_else(with_zone)?.seconds();
    (seconds >= 0).then_some(seconds)
}

fn policy(item: PolicyItem, room: &mut usize) -> TlsPolicy {
    let described = item.policy.unwrap_or_default();
    let summary = item.summary.unwrap_or_default();
    let failures = item.failure_details.unwrap_or_default();
    let kept = failures.into_iter().take(*room).map(failure).collect();
    let policy = TlsPolicy {
        policy_type: clean(&described.policy_type.unwrap_or_default(), NAME_OCTETS_MAX),
        domain: domain_of(&described.policy_domain.unwrap_or_default()),
        mx_hosts: described
            .mx_host
            .iter()
            .take(HOSTS_MAX)
            .map(|host| domain_of(host))
            .collect(),
        successful: summary.total_successful_session_count,
        failed: summary.total_failure_session_count,
        failures: kept,
    };
    *room -= policy.failures.len();
    policy
}

fn failure(detail: FailureDetail) -> TlsFailure {
    let kept = |text: Option<String>| clean(&text.unwrap_or_default(), NAME_OCTETS_MAX);
    let more = detail.additional_information.and_then(IgnoredOr::text);
    let reason = detail.failure_reason_code.or(more);
    TlsFailure {
        result_type: kept(detail.result_type),
        sending_ip: kept(detail.sending_mta_ip),
        receiving_host: kept(detail.receiving_mx_hostname),
        count: detail.failed_session_count,
        reason: clean(&reason.unwrap_or_default(), VALUE_OCTETS_MAX),
    }
}
