//! `GET /v1/domains/{domain}/stats` and what is below it

use axum::{Json, extract::State};
use postscale_access::{DomainRef, Late};
use postscale_actions::{App, stats};
use postscale_model::{Counts, Hour, Isp, Word as _};
use postscale_web::{Name, Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::{CountsBody, DayBody, MetricsBody},
    days, days_and_tags, hours,
};
use crate::segments::DomainSegment;

/// A domain's mail, summed up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsBody)]
pub(super) struct SummaryBody {
    domain_id: String,
    domain: String,
    period_days: u16,
    metrics: MetricsBody,
    today_sent: u64,
    this_hour_sent: u64,
}

pub(super) async fn summary(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<SummaryBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let summary = stats::summary(&app, &caller, &domain, Late::new(days(&query, 7))).await?;
    Ok(Json(SummaryBody {
        domain_id: summary.domain.id.to_string(),
        domain: summary.domain.name.to_string(),
        period_days: summary.days,
        metrics: MetricsBody::new(summary.days, summary.total),
        today_sent: summary.today.sent,
        this_hour_sent: summary.this_hour.sent,
    }))
}

/// A domain's mail day by day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsDailyBody)]
pub(super) struct DailyBody {
    domain_id: String,
    domain: String,
    days: u16,
    /// One row for each day, the earliest first; those without mail have zeros.
    stats: Vec<DayBody>,
}

pub(super) async fn daily(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<DailyBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let found = stats::daily(&app, &caller, &domain, Late::new(days(&query, 30))).await?;
    let id = found.domain.id;
    Ok(Json(DailyBody {
        domain_id: id.to_string(),
        domain: found.domain.name.to_string(),
        days: found.count,
        stats: found
            .rows
            .into_iter()
            .map(|row| DayBody::of(id, row))
            .collect(),
    }))
}

/// An hour.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsHourBody)]
pub(super) struct HourBody {
    /// Its beginning, in UTC.
    hour: String,
    #[serde(flatten)]
    counts: CountsBody,
}

/// A domain's mail hour by hour.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsHourlyBody)]
pub(super) struct HourlyBody {
    domain_id: String,
    domain: String,
    hours: u16,
    /// One row for each hour, the earliest first; those without mail have zeros.
    stats: Vec<HourBody>,
}

pub(super) async fn hourly(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<HourlyBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let found = stats::hourly(&app, &caller, &domain, Late::new(hours(&query))).await?;
    let row = |(hour, counts): (Hour, Counts)| HourBody {
        hour: hour.to_string(),
        counts: counts.into(),
    };
    Ok(Json(HourlyBody {
        domain_id: found.domain.id.to_string(),
        domain: found.domain.name.to_string(),
        hours: found.count,
        stats: found.rows.into_iter().map(row).collect(),
    }))
}

/// A mailbox provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsIspBody)]
pub(super) struct IspBody {
    /// By the MX host: `google`, `microsoft`, `yahoo`, `apple`, …, `other`.
    isp: &'static str,
    #[serde(flatten)]
    counts: CountsBody,
}

/// A domain's mail by mailbox provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsIspListBody)]
pub(super) struct IspListBody {
    domain_id: String,
    domain: String,
    days: u16,
    /// The provider with most mail first; those without any are not there.
    stats: Vec<IspBody>,
}

pub(super) async fn isps(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<IspListBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let found = stats::isps(&app, &caller, &domain, Late::new(days(&query, 30))).await?;
    let row = |(isp, counts): (Isp, Counts)| IspBody {
        isp: isp.as_str(),
        counts: counts.into(),
    };
    Ok(Json(IspListBody {
        domain_id: found.domain.id.to_string(),
        domain: found.domain.name.to_string(),
        days: found.count,
        stats: found.rows.into_iter().map(row).collect(),
    }))
}

/// A tag.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsTagBody)]
pub(super) struct TagBody {
    /// Null for what is counted together, because a day tells only so many tags apart.
    tag: Option<String>,
    #[serde(flatten)]
    counts: CountsBody,
}

/// A domain's mail by tag.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatsTagListBody)]
pub(super) struct TagListBody {
    domain_id: String,
    domain: String,
    days: u16,
    /// The tag with most mail first. A message counts for each of its tags.
    stats: Vec<TagBody>,
}

pub(super) async fn tags(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<TagListBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let found = stats::tags(&app, &caller, &domain, Late::new(days_and_tags(&query))).await?;
    let row = |(tag, counts): (Option<String>, Counts)| TagBody {
        tag,
        counts: counts.into(),
    };
    Ok(Json(TagListBody {
        domain_id: found.domain.id.to_string(),
        domain: found.domain.name.to_string(),
        days: found.count,
        stats: found.rows.into_iter().map(row).collect(),
    }))
}
