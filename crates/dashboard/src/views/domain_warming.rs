//! How much a domain may send, and how that grows.

mod providers;
mod words;

use askama::Template;
use postscale_actions::warming::{WarmingDay, WarmingLimits, WarmingView};
use postscale_model::{Day, WarmingPlan};

pub use self::providers::{Entered, ProvidersPanel, ShareField, ShareRow};
use self::words::{event_chip, notice, obstacle_sentence, phase_label, standing, tomorrow};
use super::{domain_tabs::DomainTabs, words::day_label};
use crate::ui::{
    Chart, Chip, Ink, Mark, Meter, Moment, Notice, Series, Shell, Spacing, Unit, count, counted,
    grouped, percent,
};

/// `/domains/{id}/warming`
#[derive(Debug, Template)]
#[template(path = "pages/domains/warming.html")]
pub struct DomainWarmingPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its other pages.
    pub tabs: DomainTabs,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// Where it stands.
    pub panel: WarmingPanel,
    /// What single providers get.
    pub providers: Option<ProvidersPanel>,
}

/// Where a domain stands, and what its reader may do about it.
#[derive(Debug)]
pub struct WarmingPanel {
    /// In a word.
    pub status: Chip,
    /// In a sentence or two.
    pub standing: String,
    /// What is to be known before anything else.
    pub notice: Option<Notice>,
    /// What is used of today's and this hour's limit.
    pub meters: Vec<Meter>,
    /// Recipients a minute.
    pub per_minute: Option<String>,
    /// What tomorrow brings.
    pub tomorrow: Option<String>,
    /// What is to be better before the next phase begins.
    pub obstacles: Vec<String>,
    /// When it began.
    pub started_at: Option<Moment>,
    /// The limits and what was sent, as a picture.
    pub chart: Option<Chart>,
    /// The days, the latest first.
    pub days: Vec<WarmingRow>,
    /// What may be done.
    pub controls: Controls,
}

/// What the reader may do.
#[derive(Debug, Default, Clone, Copy)]
pub struct Controls {
    /// Begin, or begin anew.
    pub start: bool,
    /// Stop growing.
    pub pause: bool,
    /// Go on growing.
    pub resume: bool,
    /// End it.
    pub skip: bool,
}

/// A day of the history.
#[derive(Debug)]
pub struct WarmingRow {
    /// Such as `2026-03-01`.
    pub date: String,
    /// Such as `Phase 2`.
    pub phase: &'static str,
    /// What it led to.
    pub event: Option<Chip>,
    /// The numbers as shown, each with its name.
    pub cells: [(&'static str, String); 5],
}

impl WarmingPanel {
    /// The panel of a domain and its days, the earliest first.
    #[must_use]
    pub fn new(view: &WarmingView, days: &[WarmingDay]) -> Self {
        let is_limited = view.phase().is_limited();
        let enforced = is_limited && view.limits == WarmingLimits::Enforced;
        let allowance = view.allowance();
        let (status, standing) = standing(view);
        let plan = view.plan.as_ref();
        let obstacles = view.obstacles().into_iter().map(obstacle_sentence);
        Self {
            status,
            standing,
            notice: notice(view),
            meters: meters(view),
            per_minute: enforced.then(|| counted(allowance.per_minute, "recipient", "recipients")),
            tomorrow: view.tomorrow.filter(|_| is_limited).map(tomorrow),
            obstacles: obstacles.map(str::to_owned).collect(),
            started_at: plan
                .filter(|_| is_limited)
                .map(|plan| plan.started_at.into()),
            chart: chart(plan, days),
            days: days.iter().rev().map(WarmingRow::new).collect(),
            controls: controls(view),
        }
    }
}

/// Before warming began there is nothing to measure.
fn meters(view: &WarmingView) -> Vec<Meter> {
    if view.plan.is_none() {
        return Vec::new();
    }
    let is_limited = view.phase().is_limited() && view.limits == WarmingLimits::Enforced;
    let allowance = view.allowance();
    let all = [
        ("recipients today", view.today_sent, allowance.daily),
        (
            "recipients this hour",
            view.this_hour_sent,
            allowance.hourly,
        ),
    ];
    let meter = |(what, used, limit): (&'static str, u64, u64)| Meter {
        what,
        used,
        limit: is_limited.then_some(limit),
    };
    all.into_iter().map(meter).collect()
}

fn controls(view: &WarmingView) -> Controls {
    let is_limited = view.phase().is_limited();
    let is_paused = view.plan.as_ref().is_some_and(WarmingPlan::is_paused);
    Controls {
        start: view.may_write && !is_limited && view.domain.domain_type.sends(),
        pause: view.may_write && is_limited && !is_paused,
        resume: view.may_write && is_limited && is_paused,
        skip: view.may_skip && is_limited,
    }
}

/// What was sent on the days so far under which limit, and the limits to come if all goes well. A
/// domain that never had limits has no curve.
fn chart(plan: Option<&WarmingPlan>, days: &[WarmingDay]) -> Option<Chart> {
    let plan = plan
        .filter(|plan| plan.phase.is_limited() || days.iter().any(|day| day.phase.is_limited()))?;
    let coming: Vec<WarmingPlan> = plan.forecast().collect();
    let past = days.iter().map(|day| day.day);
    let moments: Vec<Day> = past.chain(coming.iter().map(|plan| plan.day)).collect();
    let then_nothing = |numbers: Vec<Option<f64>>| {
        let mut numbers = numbers;
        numbers.resize(moments.len(), None);
        numbers
    };
    let sent = days.iter().map(|day| Some(count(day.counts.sent)));
    let limit = |day: &WarmingDay| day.phase.is_limited().then(|| count(day.daily_limit));
    let limits = days.iter().map(limit);
    let expected = coming
        .iter()
        .map(|plan| Some(count(plan.allowance().daily)));
    // The dashes begin where the line ends.
    let today = days.last().map(limit);
    let before = days.len().saturating_sub(1);
    let expected = std::iter::repeat_n(None, before)
        .chain(today)
        .chain(expected)
        .collect();
    let mut series = vec![
        Series {
            name: "Sent",
            ink: Ink::Accent,
            mark: Mark::Column,
            numbers: then_nothing(sent.collect()),
        },
        Series {
            name: "Limit",
            ink: Ink::Good,
            mark: Mark::Line,
            numbers: then_nothing(limits.collect()),
        },
    ];
    if !coming.is_empty() {
        series.push(Series {
            name: "Limit to come, if all goes well",
            ink: Ink::Quiet,
            mark: Mark::Dashes,
            numbers: expected,
        });
    }
    let names = moments.iter().copied().map(day_label).collect();
    let about = "Recipients a day: sent, allowed, and allowed in the days to come";
    let chart = Chart::new(about, Unit::Count, names).series(series);
    Some(chart.spaced(Spacing::Powers).by("Day"))
}

impl WarmingRow {
    fn new(day: &WarmingDay) -> Self {
        let counts = day.counts;
        let part = |rate: postscale_model::Rate| percent(rate.as_fraction());
        let limit = if day.phase.is_limited() {
            grouped(day.daily_limit)
        } else {
            "None".to_owned()
        };
        Self {
            date: day.day.to_string(),
            phase: phase_label(day.phase),
            event: day.event.map(event_chip),
            cells: [
                ("Limit", limit),
                ("Sent", grouped(counts.sent)),
                ("Delivered", part(counts.delivery_rate())),
                ("Bounced", part(counts.bounce_rate())),
                ("Complaints", part(counts.complaint_rate())),
            ],
        }
    }
}
