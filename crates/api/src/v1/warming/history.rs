//! `GET /v1/domains/{domain}/warming/history`

use axum::{Json, extract::State};
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    App,
    warming::{self, HISTORY_DAYS_MAX, WarmingDay},
};
use postscale_model::{Invalid, Word as _};
use postscale_web::{Name, Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use crate::segments::DomainSegment;

/// Days unless asked for: all phases and more.
const DAYS_DEFAULT: u16 = 90;

pub(super) const QUERY: crate::operation::Query =
    &[("days", "Days back from today, 1 to 400; 90 by default")];

/// The days of a domain's warming.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryBody {
    domain_id: String,
    domain: String,
    days: u16,
    history: Vec<DayBody>,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DayBody {
    date: String,
    phase: &'static str,
    daily_limit: u64,
    sent: u64,
    delivered: u64,
    bounced: u64,
    complained: u64,
    delivery_rate: f64,
    bounce_rate: f64,
    complaint_rate: f64,
    /// What the day led to, or what somebody did on it: `started`, `advanced`, `warmed`, `waited`,
    /// `held`, `released`, `paused`, `resumed` or `skipped`.
    event: Option<&'static str>,
}

impl From<WarmingDay> for DayBody {
    fn from(day: WarmingDay) -> Self {
        let counts = day.counts;
        Self {
            date: day.day.to_string(),
            phase: day.phase.as_str(),
            daily_limit: day.daily_limit,
            sent: counts.sent,
            delivered: counts.delivered,
            bounced: counts.bounced,
            complained: counts.complained,
            delivery_rate: counts.delivery_rate().as_fraction(),
            bounce_rate: counts.bounce_rate().as_fraction(),
            complaint_rate: counts.complaint_rate().as_fraction(),
            event: day.event.map(|event| event.as_str()),
        }
    }
}

fn days(query: &Query) -> Result<u16, Invalid> {
    let Some(asked) = query.number("days")? else {
        return Ok(DAYS_DEFAULT);
    };
    let days = u16::try_from(asked).ok();
    days.filter(|days| (1..=HISTORY_DAYS_MAX).contains(days))
        .ok_or_else(|| Invalid::field("days", "must be between 1 and 400"))
}

pub(super) async fn history(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<HistoryBody>, Problem> {
    let asked = Late::new(days(&query));
    let domain = DomainRef::parse(&domain.text);
    let found = warming::history(&app, &caller, &domain, asked).await?;
    Ok(Json(HistoryBody {
        domain_id: found.domain.id.to_string(),
        domain: found.domain.name.to_string(),
        days: found.asked,
        history: found.days.into_iter().map(Into::into).collect(),
    }))
}
