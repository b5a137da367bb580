//! `GET /v1/domains/{domain}/dmarc/sources`

use axum::{Json, extract::State};
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    App, Page,
    dmarc::{self, Days, Source, rate},
};
use postscale_model::Invalid;
use postscale_web::{Name, Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::days;
use crate::segments::DomainSegment;

/// Rows of a page unless asked for, and at most (api.md §13 DM3).
const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;

/// A source of mail in a domain's name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcSourceBody)]
struct SourceBody {
    source_ip: String,
    /// Its host's name, when address and name agree; looked up some time after it was first reported.
    host_name: Option<String>,
    /// The service the host belongs to, when it is a known one.
    sender: Option<&'static str>,
    total: i64,
    pass_dkim: i64,
    pass_spf: i64,
    /// Passed both.
    aligned: i64,
    /// Passed either, which is what DMARC asks for.
    dmarc_pass: i64,
    dkim_rate: f64,
    spf_rate: f64,
    dmarc_rate: f64,
    first_seen_at: Option<String>,
    last_seen_at: Option<String>,
}

impl From<Source> for SourceBody {
    fn from(source: Source) -> Self {
        let figures = source.figures;
        let totals = figures.totals;
        let of_all = |part| rate(part, totals.total);
        Self {
            source_ip: figures.source_ip.to_string(),
            host_name: figures.host_name,
            sender: source.sender,
            total: totals.total,
            pass_dkim: totals.pass_dkim,
            pass_spf: totals.pass_spf,
            aligned: totals.aligned,
            dmarc_pass: totals.dmarc_pass,
            dkim_rate: of_all(totals.pass_dkim),
            spf_rate: of_all(totals.pass_spf),
            dmarc_rate: of_all(totals.dmarc_pass),
            first_seen_at: figures.first_seen_at.map(|at| at.to_rfc3339()),
            last_seen_at: figures.last_seen_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// A page of sources.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcSourceListBody)]
pub(super) struct ListBody {
    sources: Vec<SourceBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

fn input(query: &Query) -> Result<(Days, Page), Invalid> {
    Ok((days(query)?, query.page_up_to(LIMIT_DEFAULT, LIMIT_MAX)?))
}

pub(super) async fn sources(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let found = dmarc::sources(&app, &caller, &domain, Late::new(input(&query))).await?;
    Ok(Json(ListBody {
        sources: found.listed.rows.into_iter().map(Into::into).collect(),
        total: found.listed.total,
        limit: found.page.limit,
        offset: found.page.offset,
    }))
}
