//! The figures of a domain as a file.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditEvent, Audited as _, Breakdown, Counts, Day, Hour, Rate, Word as _,
};
use postscale_store::stats;
use serde_json::json;

use crate::{App, Result, audit, csv};

/// Tags of a file: as many as a month of days with all the tags a day tells apart.
const TAGS_MAX: u32 = 30_000;

/// What is to be in the file.
#[derive(Debug, Clone, Copy)]
pub struct StatsExport {
    /// What each row is about.
    pub by: Breakdown,
    /// Of how many days; of how many hours, by hour.
    pub count: u16,
}

/// A file.
#[derive(Debug)]
pub struct ExportedStats {
    /// Its name.
    pub filename: String,
    /// Comma-separated values.
    pub text: String,
}

/// Writes the figures of a domain into a file; that somebody took it is in the log.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Invalid`](postscale_model::Invalid).
pub async fn export(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    wanted: Late<StatsExport>,
) -> Result<ExportedStats> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::STATS_EXPORT, domain)
        .await?;
    let StatsExport { by, count } = wanted.after(&domain)?;
    let now = caller.received_at();
    let days = (count, Day::of(now));
    let rows: Vec<(String, Counts)> = match by {
        Breakdown::Day => {
            let rows = stats::by_day(&mut tx, &domain, days).await?;
            rows.into_iter()
                .map(|(day, counts)| (day.to_string(), counts))
                .collect()
        }
        Breakdown::Hour => {
            let rows = stats::by_hour(&mut tx, &domain, (count, Hour::of(now))).await?;
            rows.into_iter()
                .map(|(hour, counts)| (hour.to_string(), counts))
                .collect()
        }
        Breakdown::Isp => {
            let rows = stats::by_isp(&mut tx, &domain, days).await?;
            rows.into_iter()
                .map(|one| (one.label.to_string(), one.counts))
                .collect()
        }
        Breakdown::Tag => {
            let rows = stats::by_tag(&mut tx, &domain, days, TAGS_MAX).await?;
            rows.into_iter()
                .map(|one| (one.label.unwrap_or_default(), one.counts))
                .collect()
        }
    };
    let event = AuditEvent::new(AuditAction::ExportCreated, domain.audit_target());
    let what = json!({"stats": {"by": by.as_str(), "count": count}});
    audit::note(app, &mut tx, domain.organization_id, event.made(what)).await?;
    tx.commit().await?;
    let heading = match by {
        Breakdown::Day => "date",
        Breakdown::Hour | Breakdown::Isp | Breakdown::Tag => by.as_str(),
    };
    let lines = rows.into_iter().map(|(label, counts)| line(label, &counts));
    Ok(ExportedStats {
        filename: format!("stats-{}-by-{by}.csv", domain.name),
        text: std::iter::once(csv::record([&[heading], &COLUMNS[..]].concat()))
            .chain(lines)
            .collect(),
    })
}

/// The columns after the first.
const COLUMNS: [&str; 15] = [
    "sent",
    "delivered",
    "bounced",
    "hard_bounced",
    "deferred",
    "complained",
    "opened",
    "clicked",
    "received",
    "delivery_rate",
    "bounce_rate",
    "hard_bounce_rate",
    "complaint_rate",
    "open_rate",
    "click_rate",
];

fn line(label: String, counts: &Counts) -> String {
    let numbers = [
        counts.sent,
        counts.delivered,
        counts.bounced,
        counts.hard_bounced,
        counts.deferred,
        counts.complained,
        counts.opened,
        counts.clicked,
        counts.received,
    ];
    let rates = [
        counts.delivery_rate(),
        counts.bounce_rate(),
        counts.hard_bounce_rate(),
        counts.complaint_rate(),
        counts.open_rate(),
        counts.click_rate(),
    ];
    let numbers = numbers.iter().map(u64::to_string);
    let rates = rates.iter().map(Rate::to_string);
    csv::record(std::iter::once(label).chain(numbers).chain(rates))
}
