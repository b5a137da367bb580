//! `GET /v1/stats`

use axum::{Json, extract::State};
use postscale_access::Late;
use postscale_actions::{App, stats};
use postscale_web::{Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::{CountsBody, DayBody, MetricsBody},
    days,
};

/// A domain among those you can see.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsDomainBody)]
struct DomainBody {
    domain_id: String,
    domain: String,
    #[serde(flatten)]
    counts: CountsBody,
}

/// The mail of the domains you can see, taken together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsOverviewBody)]
pub(super) struct OverviewBody {
    period_days: u16,
    metrics: MetricsBody,
    today_sent: u64,
    this_hour_sent: u64,
    /// One row for each day, the earliest first.
    stats: Vec<DayBody>,
    /// The domains with most mail, at most 20.
    domains: Vec<DomainBody>,
}

pub(super) async fn overview(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<OverviewBody>, Problem> {
    let found = stats::overview(&app, &caller, Late::new(days(&query, 7))).await?;
    let period_days = u16::try_from(found.days.len()).unwrap_or(u16::MAX);
    let total = found.days.iter().map(|(_, counts)| *counts).sum();
    let domains = found.domains.into_iter().map(|one| DomainBody {
        domain_id: one.label.0.to_string(),
        domain: one.label.1.to_string(),
        counts: one.counts.into(),
    });
    Ok(Json(OverviewBody {
        period_days,
        metrics: MetricsBody::new(period_days, total),
        today_sent: found.days.last().map_or(0, |(_, counts)| counts.sent),
        this_hour_sent: found.this_hour.sent,
        domains: domains.collect(),
        stats: found.days.into_iter().map(DayBody::of_several).collect(),
    }))
}
