//! How mail is doing: of one domain, and of all that the reader sees.

use askama::Template;
use postscale_actions::stats::Labelled;
use postscale_model::{Counts, Day, Isp, Rate};

use super::{domain_tabs::DomainTabs, words::day_label};
use crate::ui::{
    Chart, Chip, Empty, Ink, Mark, Periods, Series, Share, Shares, Shell, Tone, Unit, component,
    count, counted, grouped, percent,
};

/// Bounces of what is sent above which receivers begin to doubt a sender.
const BOUNCES_WORTH_A_LOOK: u16 = 500;
/// Bounces above which they refuse it.
const BOUNCES_TOO_MANY: u16 = 1000;
/// Complaints of what is sent above which receivers begin to doubt a sender.
const COMPLAINTS_WORTH_A_LOOK: u16 = 10;
/// Complaints above which they refuse it.
const COMPLAINTS_TOO_MANY: u16 = 30;

/// `/domains/{id}/stats`
#[derive(Debug, Template)]
#[template(path = "pages/domains/stats.html")]
pub struct DomainStatsPage {
    /// What surrounds it.
    pub shell: Shell,
    /// Its other pages.
    pub tabs: DomainTabs,
    /// Id of the domain.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// How much of the past is shown.
    pub periods: Periods,
    /// Its figures; none when nothing happened.
    pub figures: Option<MailFigures>,
    /// Where its mail goes.
    pub isps: Option<Shares>,
    /// Its tags.
    pub tags: Option<Shares>,
    /// What to do when nothing happened.
    pub empty: Empty,
}

/// `/stats`
#[derive(Debug, Template)]
#[template(path = "pages/stats.html")]
pub struct StatsPage {
    /// What surrounds it.
    pub shell: Shell,
    /// How much of the past is shown.
    pub periods: Periods,
    /// The figures; none when nothing happened.
    pub figures: Option<MailFigures>,
    /// The domains with most mail.
    pub domains: Vec<DomainFiguresRow>,
}

impl StatsPage {
    fn empty(&self) -> Empty {
        let days = self.periods.days;
        Empty::new(
            format!("No mail in these {days} days"),
            "Whatever a domain you see sends or receives is counted here at once.",
        )
        .with_action("/domains", "See domains")
    }
}

/// A domain in the table of those with most mail.
#[derive(Debug)]
pub struct DomainFiguresRow {
    /// Its id.
    pub id: String,
    /// Its name, with U-labels.
    pub name: String,
    /// Its numbers, each with its name.
    pub cells: [(&'static str, String); 4],
}

impl DomainFiguresRow {
    /// The row of a domain.
    #[must_use]
    pub fn new(id: String, name: String, counts: &Counts) -> Self {
        Self {
            id,
            name,
            cells: [
                ("Sent", grouped(counts.sent)),
                ("Delivered", shown(counts.delivery_rate())),
                ("Bounced", shown(counts.bounce_rate())),
                ("Received", grouped(counts.received)),
            ],
        }
    }
}

/// A number that matters, with what it means.
#[derive(Debug, Clone)]
struct Tile {
    name: &'static str,
    value: String,
    detail: String,
    verdict: Option<Chip>,
}

/// What happened over a number of days: in numbers and as pictures.
#[derive(Debug)]
pub struct MailFigures {
    /// The numbers.
    pub tiles: Tiles,
    /// What became of what was sent; none when nothing was.
    pub sent: Option<Chart>,
    /// What was received; none when nothing was.
    pub received: Option<Chart>,
}

/// The numbers of a period.
#[derive(Debug, Template)]
#[template(path = "parts/mail_figures.html")]
pub struct Tiles {
    tiles: Vec<Tile>,
}
component!(Tiles);

impl MailFigures {
    /// The figures of these days, if anything happened.
    #[must_use]
    pub fn of(days: &[(Day, Counts)]) -> Option<Self> {
        let total: Counts = days.iter().map(|(_, counts)| *counts).sum();
        if total.is_nothing() {
            return None;
        }
        let sends = Counts {
            received: 0,
            ..total
        } != Counts::default();
        Some(Self {
            tiles: Tiles {
                tiles: tiles(&total, sends),
            },
            sent: sends.then(|| sent_chart(days)),
            received: (total.received > 0).then(|| received_chart(days)),
        })
    }
}

fn tiles(total: &Counts, sends: bool) -> Vec<Tile> {
    let mut tiles = Vec::new();
    if sends {
        tiles.push(plain(
            "Sent",
            total.sent,
            ("recipient accepted", "recipients accepted"),
        ));
        tiles.push(Tile {
            name: "Delivered",
            value: shown(total.delivery_rate()),
            detail: counted(total.delivered, "recipient", "recipients"),
            verdict: None,
        });
        tiles.push(Tile {
            name: "Bounced",
            value: shown(total.bounce_rate()),
            detail: format!(
                "{}, of them {} without such a mailbox",
                counted(total.bounced, "recipient", "recipients"),
                grouped(total.hard_bounced)
            ),
            verdict: verdict(
                (total.bounce_rate(), total.bounced),
                (BOUNCES_WORTH_A_LOOK, BOUNCES_TOO_MANY),
            ),
        });
        tiles.push(plain(
            "Put off",
            total.deferred,
            (
                "try that was or will be repeated",
                "tries that were or will be repeated",
            ),
        ));
    }
    if total.complained > 0 {
        tiles.push(Tile {
            name: "Complaints",
            value: hundredths(total.complaint_rate()),
            detail: counted(total.complained, "recipient", "recipients"),
            verdict: verdict(
                (total.complaint_rate(), total.complained),
                (COMPLAINTS_WORTH_A_LOOK, COMPLAINTS_TOO_MANY),
            ),
        });
    }
    for (name, number, rate) in [
        ("Opened", total.opened, total.open_rate()),
        ("Clicked", total.clicked, total.click_rate()),
    ] {
        if number > 0 {
            tiles.push(Tile {
                name,
                value: shown(rate),
                detail: format!("{} of those delivered", grouped(number)),
                verdict: None,
            });
        }
    }
    if total.received > 0 {
        tiles.push(plain(
            "Received",
            total.received,
            ("message kept", "messages kept"),
        ));
    }
    tiles
}

fn plain(name: &'static str, number: u64, (one, many): (&str, &str)) -> Tile {
    Tile {
        name,
        value: grouped(number),
        detail: if number == 1 { one } else { many }.to_owned(),
        verdict: None,
    }
}

/// What receivers think of a share.
fn verdict((rate, number): (Rate, u64), (look, many): (u16, u16)) -> Option<Chip> {
    let chip = match rate.basis_points() {
        _ if number == 0 => return None,
        points if points > many => Chip::new(Tone::Bad, "Too many"),
        points if points > look => Chip::new(Tone::Warn, "Worth a look"),
        _ => Chip::new(Tone::Good, "As it should be"),
    };
    Some(chip)
}

fn shown(rate: Rate) -> String {
    percent(rate.as_fraction())
}

/// For shares of which a tenth of a percent is much.
fn hundredths(rate: Rate) -> String {
    let points = rate.basis_points();
    format!("{}.{:02} %", points / 100, points % 100)
}

fn names(days: &[(Day, Counts)]) -> Vec<String> {
    days.iter().map(|(day, _)| day_label(*day)).collect()
}

fn sent_chart(days: &[(Day, Counts)]) -> Chart {
    let columns = |name, ink, of: fn(&Counts) -> u64| {
        Series::columns(name, ink, days.iter().map(move |(_, counts)| of(counts)))
    };
    let sent = days.iter().map(|(_, counts)| Some(count(counts.sent)));
    Chart::new("Recipients by day", Unit::Count, names(days))
        .series(vec![
            columns("Delivered", Ink::Good, |counts| counts.delivered),
            columns("Bounced", Ink::Bad, |counts| counts.bounced),
            Series {
                name: "Sent",
                ink: Ink::Accent,
                mark: Mark::Line,
                numbers: sent.collect(),
            },
        ])
        .by("Day")
}

fn received_chart(days: &[(Day, Counts)]) -> Chart {
    let received = days.iter().map(|(_, counts)| counts.received);
    Chart::new("Messages received by day", Unit::Count, names(days))
        .series(vec![Series::columns("Received", Ink::Third, received)])
        .by("Day")
}

/// The providers a domain's mail goes to; none when none was reached.
#[must_use]
pub fn isp_shares(isps: &[Labelled<Isp>]) -> Option<Shares> {
    let shares = isps.iter().map(|one| share(one.label.name(), &one.counts));
    shares_of("Mailbox providers", "Provider", shares.collect())
}

/// The tags of a domain's mail; none when none has any.
#[must_use]
pub fn tag_shares(tags: &[Labelled<Option<String>>]) -> Option<Shares> {
    let name = |one: &Labelled<Option<String>>| {
        let name = one.label.clone();
        name.unwrap_or_else(|| "Further tags".to_owned())
    };
    let shares = tags.iter().map(|one| share(name(one), &one.counts));
    shares_of("Tags", "Tag", shares.collect())
}

fn share(name: impl Into<String>, counts: &Counts) -> Share {
    Share {
        name: name.into(),
        number: counts.sent,
        more: vec![
            shown(counts.delivery_rate()),
            shown(counts.bounce_rate()),
            grouped(counts.deferred),
        ],
    }
}

fn shares_of(caption: &str, part: &'static str, shares: Vec<Share>) -> Option<Shares> {
    (!shares.is_empty()).then(|| Shares {
        caption: caption.to_owned(),
        part,
        number: "Recipients",
        more: vec!["Delivered", "Bounced", "Put off"],
        ink: Ink::Accent,
        shares,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_bounces_is_judged_and_none_at_all_is_not() {
        let judge = |bounced, sent| {
            let limits = (BOUNCES_WORTH_A_LOOK, BOUNCES_TOO_MANY);
            verdict((Rate::of(bounced, sent), bounced), limits).map(|chip| chip.text)
        };
        for (bounced, sent, want) in [
            (0, 0, None),
            (0, 9, None),
            (5, 100, Some("As it should be")),
            (6, 100, Some("Worth a look")),
            (10, 100, Some("Worth a look")),
            (11, 100, Some("Too many")),
        ] {
            assert_eq!(judge(bounced, sent).as_deref(), want, "{bounced} of {sent}");
        }
        assert_eq!(hundredths(Rate::of(1, 1000)), "0.10 %");
    }

    #[test]
    fn a_domain_that_only_receives_has_no_picture_of_what_it_sends() {
        let day = Day::of(postscale_model::Timestamp::from_seconds(1_772_366_400));
        let received = Counts {
            received: 1,
            ..Counts::default()
        };
        let figures = MailFigures::of(&[(day, received)]).unwrap();
        assert!(figures.sent.is_none() && figures.received.is_some());
        assert_eq!(figures.tiles.tiles.len(), 1);
        assert!(MailFigures::of(&[(day, Counts::default())]).is_none());
    }
}
