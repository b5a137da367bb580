//! `GET /v1/domains/{domain}/dmarc/daily`

use axum::{Json, extract::State};
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    App,
    dmarc::{self, DayFigures, rate},
};
use postscale_web::{Name, Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::{body::DispositionBody, days};
use crate::segments::DomainSegment;

/// The reports of a day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcDayBody)]
struct DayBody {
    /// The day in UTC on which the time of the reports begins.
    date: String,
    total: i64,
    pass_dkim: i64,
    pass_spf: i64,
    /// Passed both.
    aligned: i64,
    /// Passed either, which is what DMARC asks for.
    dmarc_pass: i64,
    dmarc_rate: f64,
    disposition: DispositionBody,
}

impl From<DayFigures> for DayBody {
    fn from(figures: DayFigures) -> Self {
        let totals = figures.totals;
        let date = figures.day.to_rfc3339();
        Self {
            date: date.split('T').next().unwrap_or_default().to_owned(),
            total: totals.total,
            pass_dkim: totals.pass_dkim,
            pass_spf: totals.pass_spf,
            aligned: totals.aligned,
            dmarc_pass: totals.dmarc_pass,
            dmarc_rate: rate(totals.dmarc_pass, totals.total),
            disposition: (&totals).into(),
        }
    }
}

/// Some days, the earliest first, those without reports as well.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DmarcDailyBody)]
pub(super) struct DailyBody {
    domain_id: String,
    domain: String,
    days: u32,
    daily: Vec<DayBody>,
}

pub(super) async fn daily(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    query: Query,
) -> Result<Json<DailyBody>, Problem> {
    let domain = DomainRef::parse(&domain.text);
    let found = dmarc::daily(&app, &caller, &domain, Late::new(days(&query))).await?;
    Ok(Json(DailyBody {
        domain_id: found.domain.id.to_string(),
        domain: found.domain.name.as_str().to_owned(),
        days: found.days.count(),
        daily: found.rows.into_iter().map(Into::into).collect(),
    }))
}
