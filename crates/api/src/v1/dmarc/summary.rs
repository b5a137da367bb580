//! `GET /v1/domains/{domain}/dmarc/summary`

use axum::{Json, extract::State};
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    App,
    dmarc::{self, Summary, Verdict, rate},
};
use postscale_web::{Name, Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::{DispositionBody, PolicyBody},
    days,
};
use crate::segments::DomainSegment;

/// What a stricter policy would cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcAdviceBody)]
struct AdviceBody {
    /// `nothing_known`, `ready`, `nearly_ready`, `not_ready` or `enforced`.
    verdict: &'static str,
    /// Messages that would be put aside at `p=quarantine`.
    lost_at_quarantine: i64,
    /// Messages that would be refused at `p=reject`.
    lost_at_reject: i64,
    /// How many sources these came from.
    sources: i64,
    message: String,
}

/// What the reports about a domain add up to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcSummaryBody)]
pub(super) struct SummaryBody {
    days: u32,
    report_count: i64,
    total_messages: i64,
    pass_dkim: i64,
    pass_spf: i64,
    /// Passed both.
    aligned: i64,
    /// Passed either, which is what DMARC asks for.
    dmarc_pass: i64,
    dkim_rate: f64,
    spf_rate: f64,
    alignment_rate: f64,
    dmarc_rate: f64,
    disposition: DispositionBody,
    source_count: i64,
    /// The policy the latest report found.
    policy_published: PolicyBody,
    advice: AdviceBody,
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NothingKnown => "nothing_known",
        Verdict::Ready => "ready",
        Verdict::NearlyReady => "nearly_ready",
        Verdict::NotReady => "not_ready",
        Verdict::Enforced => "enforced",
    }
}

impl From<Summary> for SummaryBody {
    fn from(summary: Summary) -> Self {
        let totals = summary.figures.totals;
        let of_all = |part| rate(part, totals.total);
        let advice = summary.advice;
        Self {
            days: summary.days.count(),
            report_count: summary.figures.reports,
            total_messages: totals.total,
            pass_dkim: totals.pass_dkim,
            pass_spf: totals.pass_spf,
            aligned: totals.aligned,
            dmarc_pass: totals.dmarc_pass,
            dkim_rate: of_all(totals.pass_dkim),
            spf_rate: of_all(totals.pass_spf),
            alignment_rate: of_all(totals.aligned),
            dmarc_rate: of_all(totals.dmarc_pass),
            disposition: (&totals).into(),
            source_count: summary.figures.sources,
            policy_published: summary.policy.into(),
            advice: AdviceBody {
                verdict: word(advice.verdict),
                lost_at_quarantine: advice.lost,
                lost_at_reject: advice.lost,
                sources: advice.sources,
                message: advice.sentence(),
            },
        }
    }
}

pub(super) async fn summary(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<SummaryBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let found = dmarc::summary(&app, &caller, &domain, Late::new(days(&query))).await?;
    Ok(Json(found.into()))
}
