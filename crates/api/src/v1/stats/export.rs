//! `POST /v1/domains/{domain}/stats/exports`

use axum::{extract::State, response::Response};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    stats::{self, DAYS_MAX, HOURS_MAX, StatsExport},
};
use postscale_model::{Breakdown, Invalid};
use postscale_web::{JsonBody, Name, Problem, RequestCaller, values};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{input::optional_word, segments::DomainSegment};

/// What is to be in the file.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = StatsExportRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportRequest {
    /// What each row is about: `day` (default), `hour`, `isp` or `tag`.
    by: Option<String>,
    /// Days up to today, 30 by default, 90 at most. Not by hour.
    days: Option<u64>,
    /// Hours up to this one, 24 by default, 168 at most. Only by hour.
    hours: Option<u64>,
}

impl TryFrom<ExportRequest> for StatsExport {
    type Error = Invalid;
    fn try_from(request: ExportRequest) -> Result<Self, Invalid> {
        let by = optional_word("by", request.by.as_deref())?.unwrap_or(Breakdown::Day);
        let days = up_to("days", request.days, DAYS_MAX)?;
        let hours = up_to("hours", request.hours, HOURS_MAX)?;
        let count = match by {
            Breakdown::Hour => hours.unwrap_or(24),
            Breakdown::Day | Breakdown::Isp | Breakdown::Tag => days.unwrap_or(30),
        };
        Ok(Self { by, count })
    }
}

/// A number of things, as in a query: above `max` is clamped, below one refused.
fn up_to(field: &str, count: Option<u64>, max: u16) -> Result<Option<u16>, Invalid> {
    if count == Some(0) {
        return Err(Invalid::field(field, "must be at least 1"));
    }
    Ok(count.map(|count| u16::try_from(count).unwrap_or(max).min(max)))
}

pub(super) async fn export(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Response, Problem> {
    let wanted = body.late::<ExportRequest>().and_then(TryInto::try_into);
    let domain = DomainRef::parse(&domain.text);
    let file = stats::export(&app, &caller, &domain, wanted).await?;
    Ok(values(&file.filename, file.text))
}
