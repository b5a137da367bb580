//! How mail is doing: of a domain, of all that is seen, and of nothing.

use postscale_actions::stats::Labelled;
use postscale_dashboard::ui::{Empty, Periods, Section, Shell};
use postscale_dashboard::views::{
    domains::{DomainTab, DomainTabs},
    stats::*,
    words::Reach,
};
use postscale_model::{Counts, Day, Isp, Level, Timestamp};

use super::{LONG, RTL, Samples, id, member, owner, stranger};

fn counts(sent: u64, received: u64) -> Counts {
    Counts {
        sent,
        delivered: sent - sent / 20,
        bounced: sent / 20,
        hard_bounced: sent / 40,
        deferred: sent / 8,
        complained: sent / 900,
        opened: sent / 3,
        clicked: sent / 10,
        received,
    }
}

fn days(count: u16, received: u64) -> Vec<(Day, Counts)> {
    let last = Day::of(Timestamp::from_seconds(1_772_366_400));
    let waves = [310, 420, 390, 0, 505, 120, 90];
    let days = last.last(count).enumerate();
    days.map(|(at, day)| {
        (
            day,
            counts(
                waves[at % 7] * (1 + at as u64 / 7),
                received * (at as u64 % 3),
            ),
        )
    })
    .collect()
}

fn labelled<L>(label: L, sent: u64) -> Labelled<L> {
    Labelled {
        label,
        counts: counts(sent, 0),
    }
}

fn periods(path: &str, days: u32) -> Periods {
    Periods {
        path: path.to_owned(),
        days,
        offered: Periods::QUARTER,
    }
}

fn page(shell: Shell, reach: Reach, days: &[(Day, Counts)]) -> DomainStatsPage {
    DomainStatsPage {
        shell,
        tabs: DomainTabs {
            id: id(1),
            current: DomainTab::Stats,
            reach,
        },
        id: id(1),
        name: "acme.example".to_owned(),
        periods: periods(
            "/domains/0195a000-0000-4000-8000-000000000001/stats",
            u32::try_from(days.len()).expect("BUG: few days"),
        ),
        figures: MailFigures::of(days),
        isps: None,
        tags: None,
        empty: Empty::new(
            "No mail in these 7 days",
            "Whatever arrives for it is counted here at once.",
        ),
    }
}

fn row(n: u8, name: &str, sent: u64) -> DomainFiguresRow {
    DomainFiguresRow::new(id(n), name.to_owned(), &counts(sent, 12))
}

pub fn add(samples: &mut Samples) {
    let week = DomainStatsPage {
        isps: isp_shares(&[
            labelled(Isp::Google, 1020),
            labelled(Isp::Microsoft, 480),
            labelled(Isp::Other, 331),
            labelled(Isp::Yahoo, 4),
        ]),
        tags: tag_shares(&[
            labelled(Some("receipt".to_owned()), 900),
            labelled(Some(LONG.to_owned()), 60),
            labelled(Some(RTL.to_owned()), 31),
            labelled(None, 7),
        ]),
        ..page(owner(Section::Domains), Reach::Everything, &days(7, 4))
    };
    samples.add("domain_stats", &week);
    let read = Reach::Member(Level::Read);
    samples.add(
        "domain_stats_read_only_90_days",
        &page(member(Section::Domains), read, &days(90, 0)),
    );
    samples.add(
        "domain_stats_empty",
        &page(
            owner(Section::Domains),
            Reach::Everything,
            &days(7, 0)[3..4],
        ),
    );
    let overview = |shell, days: &[(Day, Counts)], domains| StatsPage {
        shell,
        periods: periods("/stats", 30),
        figures: MailFigures::of(days),
        domains,
    };
    samples.add(
        "stats",
        &overview(
            owner(Section::Stats),
            &days(30, 2),
            vec![
                row(1, "acme.example", 12_400),
                row(2, "staging.acme.example", 31),
            ],
        ),
    );
    samples.add(
        "stats_member_empty",
        &overview(member(Section::Stats), &[], vec![]),
    );
    samples.add(
        "stats_long",
        &overview(
            stranger(Section::Stats),
            &days(30, 2),
            vec![row(1, LONG, 5)],
        ),
    );
}
