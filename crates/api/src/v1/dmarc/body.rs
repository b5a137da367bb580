//! How reports and their figures look.

use postscale_model::{DmarcRecord, DmarcReport, DmarcTotals, PublishedPolicy, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// The time a report is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportRangeBody)]
pub(super) struct RangeBody {
    begin: String,
    end: String,
}

impl RangeBody {
    pub(super) fn new(begin: Timestamp, end: Timestamp) -> Self {
        Self {
            begin: begin.to_rfc3339(),
            end: end.to_rfc3339(),
        }
    }
}

/// What receivers did with messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcDispositionBody)]
pub(super) struct DispositionBody {
    none: i64,
    quarantine: i64,
    reject: i64,
}

impl From<&DmarcTotals> for DispositionBody {
    fn from(totals: &DmarcTotals) -> Self {
        Self {
            none: totals.untouched(),
            quarantine: totals.quarantine,
            reject: totals.reject,
        }
    }
}

/// A published policy, in the reporter's words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcPolicyBody)]
pub(super) struct PolicyBody {
    p: Option<String>,
    sp: Option<String>,
    np: Option<String>,
    adkim: Option<String>,
    aspf: Option<String>,
    pct: Option<String>,
    fo: Option<String>,
    testing: Option<String>,
    discovery_method: Option<String>,
}

impl From<PublishedPolicy> for PolicyBody {
    fn from(policy: PublishedPolicy) -> Self {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            p: given(policy.p),
            sp: given(policy.sp),
            np: given(policy.np),
            adkim: given(policy.adkim),
            aspf: given(policy.aspf),
            pct: given(policy.pct),
            fo: given(policy.fo),
            testing: given(policy.testing),
            discovery_method: given(policy.discovery_method),
        }
    }
}

/// A report without its records.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcReportBody)]
pub(super) struct ReportBody {
    id: String,
    /// The reporter's own id.
    report_id: String,
    org_name: String,
    email: String,
    extra_contact_info: String,
    domain: String,
    date_range: RangeBody,
    policy_published: PolicyBody,
    /// Records it is kept as; records that are alike are one.
    record_count: i64,
    /// Records of it without a usable address or count.
    skipped_records: i64,
    total_messages: i64,
    pass_dkim: i64,
    pass_spf: i64,
    /// Passed both.
    aligned: i64,
    /// Passed either, which is what DMARC asks for.
    dmarc_pass: i64,
    disposition: DispositionBody,
    received_at: String,
}

impl ReportBody {
    pub(super) fn new(report: DmarcReport, domain: &str) -> Self {
        let totals = report.totals;
        Self {
            id: report.id.to_string(),
            report_id: report.report_id,
            org_name: report.org_name,
            email: report.email,
            extra_contact_info: report.extra_contact_info,
            domain: domain.to_owned(),
            date_range: RangeBody::new(report.begin_at, report.end_at),
            policy_published: report.policy.into(),
            record_count: report.records,
            skipped_records: report.skipped,
            total_messages: totals.total,
            pass_dkim: totals.pass_dkim,
            pass_spf: totals.pass_spf,
            aligned: totals.aligned,
            dmarc_pass: totals.dmarc_pass,
            disposition: (&totals).into(),
            received_at: report.received_at.to_rfc3339(),
        }
    }
}

/// What a receiver made of messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcEvaluatedBody)]
struct EvaluatedBody {
    /// `none`, `quarantine` or `reject`.
    disposition: &'static str,
    /// `pass` or `fail`, alignment included.
    dkim: &'static str,
    /// `pass` or `fail`, alignment included.
    spf: &'static str,
    reasons: Vec<ReasonBody>,
}

/// Why a receiver did not apply the policy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcReasonBody)]
struct ReasonBody {
    r#type: String,
    comment: String,
}

/// A signature that was looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcDkimBody)]
struct DkimBody {
    domain: String,
    selector: String,
    result: String,
}

/// An SPF check that was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcSpfBody)]
struct SpfBody {
    domain: String,
    scope: String,
    result: String,
}

/// Messages of one source that fared alike.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcRecordBody)]
pub(super) struct RecordBody {
    source_ip: String,
    count: i64,
    header_from: String,
    envelope_from: Option<String>,
    envelope_to: Option<String>,
    policy_evaluated: EvaluatedBody,
    /// The signatures that were looked at.
    dkim: Vec<DkimBody>,
    /// The SPF checks that were made.
    spf: Vec<SpfBody>,
}

impl From<&DmarcRecord> for RecordBody {
    fn from(record: &DmarcRecord) -> Self {
        let word = |passes: bool| if passes { "pass" } else { "fail" };
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let details = &record.details;
        let reasons = details.reasons.iter().map(|reason| ReasonBody {
            r#type: reason.kind.clone(),
            comment: reason.comment.clone(),
        });
        let dkim = details.dkim.iter().map(|seen| DkimBody {
            domain: seen.domain.clone(),
            selector: seen.selector.clone(),
            result: seen.result.clone(),
        });
        let spf = details.spf.iter().map(|seen| SpfBody {
            domain: seen.domain.clone(),
            scope: seen.scope.clone(),
            result: seen.result.clone(),
        });
        Self {
            source_ip: record.source_ip.to_string(),
            count: record.count,
            header_from: details.header_from.clone(),
            envelope_from: given(&details.envelope_from),
            envelope_to: given(&details.envelope_to),
            policy_evaluated: EvaluatedBody {
                disposition: postscale_model::Word::as_str(record.disposition),
                dkim: word(record.dkim),
                spf: word(record.spf),
                reasons: reasons.collect(),
            },
            dkim: dkim.collect(),
            spf: spf.collect(),
        }
    }
}
