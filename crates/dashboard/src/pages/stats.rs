//! `/stats`: the mail of all domains the reader sees.

use axum::http::Method;
use postscale_access::{Late, action};
use postscale_actions::stats::{self, DAYS_MAX};
use postscale_model::Invalid;
use postscale_web::{Query, Routes, Surface, Web};

use super::in_shell;
use crate::{
    answer::{Answer, shown},
    ui::{Periods, Section},
    views::stats::{DomainFiguresRow, MailFigures, StatsPage},
    visit::Visit,
};

const PATH: &str = "/stats";
/// Days shown unless others are chosen.
const DAYS: u16 = 7;

pub(super) fn routes() -> Routes<Web> {
    let page = in_shell(&[action::STATS_OVERVIEW.into()]);
    Routes::new(Surface::Dashboard).route(Method::GET, PATH, &page, show)
}

/// How much of the past is asked for.
pub(super) fn days(query: &Query) -> Result<u16, Invalid> {
    query.count_up_to("days", DAYS, DAYS_MAX)
}

async fn show(visit: Visit, query: Query) -> Answer {
    let found = stats::overview(&visit.app, &visit.caller, Late::new(days(&query))).await?;
    let shell = visit.reader(Section::Stats).await?.shell;
    let domains = found.domains.into_iter().map(|one| {
        let (id, name) = one.label;
        DomainFiguresRow::new(id.to_string(), name.to_unicode(), &one.counts)
    });
    shown(&StatsPage {
        shell,
        periods: Periods {
            path: PATH.to_owned(),
            days: u32::try_from(found.days.len()).unwrap_or(u32::from(DAYS_MAX)),
            offered: Periods::QUARTER,
        },
        figures: MailFigures::of(&found.days),
        domains: domains.collect(),
    })
}
