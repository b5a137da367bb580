//! `/v1/stats` and `/v1/domains/{domain}/stats`

mod body;
mod export;
mod overview;
mod read;

use axum::http::Method;
use postscale_access::action;
use postscale_actions::stats::{DAYS_MAX, HOURS_MAX, TAGS_MAX};
use postscale_model::Invalid;
use postscale_web::{Query, Routes, Surface, Web};

use crate::operation::{exports, reads};

const DAYS: (&str, &str) = ("days", "Days up to today, in UTC; 90 at most");

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/stats",
            &[action::STATS_OVERVIEW.into()],
            overview::overview,
            reads::<overview::OverviewBody>(
                "Sum up the domains you can see; 7 days by default",
                &[DAYS],
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/stats",
            &[action::STATS_READ.into()],
            read::summary,
            reads::<read::SummaryBody>("Sum up a domain's mail; 7 days by default", &[DAYS]),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/stats/daily",
            &[action::STATS_READ.into()],
            read::daily,
            reads::<read::DailyBody>(
                "Count a domain's mail day by day; 30 days by default",
                &[DAYS],
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/stats/hourly",
            &[action::STATS_READ.into()],
            read::hourly,
            reads::<read::HourlyBody>(
                "Count a domain's mail hour by hour",
                &[(
                    "hours",
                    "Hours up to this one, in UTC; 24 by default, 168 at most",
                )],
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/stats/isp",
            &[action::STATS_READ.into()],
            read::isps,
            reads::<read::IspListBody>(
                "Count a domain's mail by mailbox provider; 30 days by default",
                &[DAYS],
            ),
        )
        .operation(
            Method::GET,
            "/v1/domains/{domain}/stats/tags",
            &[action::STATS_READ.into()],
            read::tags,
            reads::<read::TagListBody>(
                "Count a domain's mail by tag; 30 days by default",
                &[DAYS, ("limit", "Tags at most, 1 to 100; 50 by default")],
            ),
        )
        .operation(
            Method::POST,
            "/v1/domains/{domain}/stats/exports",
            &[action::STATS_EXPORT.into()],
            export::export,
            exports::<export::ExportRequest>("Download a domain's figures as CSV"),
        )
}

/// `days`, or so many.
fn days(query: &Query, default: u16) -> Result<u16, Invalid> {
    query.count_up_to("days", default, DAYS_MAX)
}

fn hours(query: &Query) -> Result<u16, Invalid> {
    query.count_up_to("hours", 24, HOURS_MAX)
}

fn days_and_tags(query: &Query) -> Result<(u16, u32), Invalid> {
    let limit = query.page_up_to(50, TAGS_MAX)?.limit;
    Ok((days(query, 30)?, limit))
}
