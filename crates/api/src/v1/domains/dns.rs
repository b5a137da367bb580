//! `GET /v1/domains/{domain}/dns`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    App,
    domains::{self, DnsRecord, HandOverFormat},
};
use postscale_model::{Advice, Word as _};
use postscale_web::{Name, Problem, Query, RequestCaller, download};
use serde::Serialize;
use utoipa::ToSchema;

use crate::segments::DomainSegment;

pub(super) const QUERY: crate::operation::Query = &[(
    "format",
    "`json` (default), or a file for whoever keeps the zone: `zone` (master file), `route53` \
     (change batch) or `table` (names relative to the zone)",
)];

/// A domain's records.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DnsBody {
    domain: String,
    records: Vec<RecordBody>,
    /// When they are looked up by themselves the next time.
    next_check_at: Option<String>,
}

/// One record: what is asked for and what was last seen.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RecordBody {
    purpose: &'static str,
    r#type: &'static str,
    name: String,
    value: String,
    priority: Option<u16>,
    required: bool,
    status: &'static str,
    found: Vec<String>,
    /// What to do, most important first; also what is worth knowing of a record that is there.
    advice: Vec<AdviceBody>,
    /// Only for SPF: DNS look-ups receivers make for the policy that is published or asked for, of
    /// which ten are allowed.
    spf_lookups: Option<u32>,
    checked_at: Option<String>,
}

/// What to do about a record, or what is worth knowing of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AdviceBody {
    /// In a word, such as `spf_merge`.
    code: &'static str,
    /// In a sentence or two, for people.
    text: String,
    /// The exact value to publish, when there is one.
    value: Option<String>,
}

impl From<Advice> for AdviceBody {
    fn from(advice: Advice) -> Self {
        Self {
            code: advice.code.as_str(),
            text: advice.text,
            value: advice.value,
        }
    }
}

impl From<DnsRecord> for RecordBody {
    fn from(record: DnsRecord) -> Self {
        let expected = record.expected;
        Self {
            purpose: expected.purpose.as_str(),
            r#type: expected.record_type,
            name: expected.name,
            value: expected.value,
            priority: expected.priority,
            required: expected.required,
            status: record.status.as_str(),
            found: record.found,
            advice: record.advice.into_iter().map(Into::into).collect(),
            spf_lookups: record.spf_lookups,
            checked_at: record.checked_at.map(|at| at.to_rfc3339()),
        }
    }
}

pub(super) async fn dns(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Response, Problem> {
    let format = query.string("format");
    if !matches!(
        format.as_ref().map(Option::as_deref),
        Ok(None | Some("json"))
    ) {
        let format = format.and_then(|text| HandOverFormat::parse(&text.unwrap_or_default()));
        let domain = DomainRef::parse(&domain.text);
        let file = domains::hand_over(&app, &caller, &domain, Late::new(format)).await?;
        return Ok(download(
            file.content_type,
            &file.filename,
            file.text.into_bytes(),
        ));
    }
    let dns = domains::dns(&app, &caller, &DomainRef::parse(&domain.text)).await?;
    Ok(Json(DnsBody {
        domain: dns.domain.name.to_string(),
        records: dns.records.into_iter().map(Into::into).collect(),
        next_check_at: dns.next_check_at.map(|at| at.to_rfc3339()),
    })
    .into_response())
}
