//! `/domains/{id}/stats`: how the mail of a domain is doing.

use axum::http::Method;
use postscale_access::{DomainRef, Late, action};
use postscale_actions::stats::{self, DAYS_MAX, StatsExport};
use postscale_model::{Breakdown, Domain, Invalid};
use postscale_web::{FormBody, Name, Query, Routes, Surface, Web, values};

use crate::{
    answer::{Answer, shown},
    pages::{chosen, in_shell, stats::days},
    segments::IdSegment,
    ui::{Empty, Periods, Section},
    views::{
        domains::{DomainTab, DomainTabs},
        stats::{DomainStatsPage, MailFigures, isp_shares, tag_shares},
        words::Reach,
    },
    visit::Visit,
};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Dashboard)
        .route(
            Method::GET,
            "/domains/{id}/stats",
            &in_shell(&[action::STATS_READ.into()]),
            show,
        )
        .route(
            Method::POST,
            "/domains/{id}/stats/export",
            &[action::STATS_EXPORT.into()],
            export,
        )
}

async fn show(visit: Visit, id: Name<IdSegment>, query: Query) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let input = Late::new(days(&query));
    let found = stats::page(&visit.app, &visit.caller, &domain, input).await?;
    let reader = visit.reader(Section::Domains).await?;
    let id = found.domain.id.to_string();
    let reach = reader.reach(found.domain.id);
    let days = u16::try_from(found.days.len()).unwrap_or(DAYS_MAX);
    shown(&DomainStatsPage {
        shell: reader.shell,
        tabs: DomainTabs {
            id: id.clone(),
            current: DomainTab::Stats,
            reach,
        },
        name: found.domain.name.to_unicode(),
        periods: Periods {
            path: format!("/domains/{id}/stats"),
            days: days.into(),
            offered: Periods::QUARTER,
        },
        figures: MailFigures::of(&found.days),
        isps: isp_shares(&found.isps),
        tags: tag_shares(&found.tags),
        empty: empty(&found.domain, days, reach),
        id,
    })
}

/// What to do next with a domain whose mail there is none of.
fn empty(domain: &Domain, days: u16, reach: Reach) -> Empty {
    let title = format!("No mail in these {days} days");
    if !domain.verified {
        let text = "Its DNS records are not all there yet. Once they are, whatever it sends or receives is counted here.";
        return Empty::new(title, text)
            .with_action(format!("/domains/{}", domain.id), "See DNS records");
    }
    if !domain.domain_type.sends() {
        return Empty::new(title, "Whatever arrives for it is counted here at once.");
    }
    let text =
        "Send a message by API or SMTP, and it is counted here at once. Test keys do not count.";
    let empty = Empty::new(title, text);
    if reach.may_write() {
        empty.with_action("/api-keys/new", "Create API key")
    } else {
        empty
    }
}

fn wanted(form: &FormBody) -> Result<StatsExport, Invalid> {
    let days = form.text("days")?.parse::<u16>();
    let days = days.ok().filter(|days| (1..=DAYS_MAX).contains(days));
    Ok(StatsExport {
        by: chosen::<Breakdown>("by", form.text("by")?)?,
        count: days.ok_or_else(|| Invalid::field("days", "must be from 1 to 90"))?,
    })
}

async fn export(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let wanted = Late::new(wanted(&form));
    let file = stats::export(&visit.app, &visit.caller, &domain, wanted).await?;
    Ok(values(&file.filename, file.text))
}
