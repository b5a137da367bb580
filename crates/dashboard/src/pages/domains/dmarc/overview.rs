//! `GET /domains/{id}/dmarc`

use axum::http::StatusCode;
use postscale_access::{DomainRef, Late};
use postscale_actions::dmarc::{self, DayFigures, Failing, Overview, Source, Verdict, rate};
use postscale_model::{Day, DmarcReport, TlsReport, UnreadReport};
use postscale_web::{FormBody, Name, Query};

use super::days;
use crate::{
    answer::{self, Answer},
    pages::{shown_name, size},
    segments::IdSegment,
    ui::{
        Chart, Chip, Ink, Mark, Notice, Periods, Section, Series, Tone, Unit, count, counted,
        grouped, percent,
    },
    views::{
        dmarc::{DmarcPage, FailingRow, ReportRow, SourceRow, Tile, TlsRow, UnreadRow},
        domains::{DomainTab, DomainTabs},
        words::day_label,
    },
    visit::Visit,
};

/// What the series of sources are called; the list below has them in this order.
const SERIES: [(&str, Ink); 4] = [
    ("Source 1", Ink::Accent),
    ("Source 2", Ink::Second),
    ("Source 3", Ink::Third),
    ("Source 4", Ink::Fourth),
];

pub(super) async fn show(visit: Visit, id: Name<IdSegment>, query: Query) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let asked = query.text("days").map(Option::unwrap_or_default);
    let asked = Late::new(asked.and_then(days));
    let found = dmarc::overview(&visit.app, &visit.caller, &domain, asked).await?;
    page(&visit, found, (StatusCode::OK, None)).await
}

/// The page, perhaps with what is wrong with a file.
pub(super) async fn page(
    visit: &Visit,
    found: Overview,
    (status, problem): (StatusCode, Option<Notice>),
) -> Answer {
    let mut reader = visit.reader(Section::Domains).await?;
    let domain = &found.address.domain;
    let id = domain.id.to_string();
    if problem.is_some() {
        reader.shell.notice = problem;
    }
    let days = found.summary.days.count();
    answer::page(
        status,
        &DmarcPage {
            tabs: DomainTabs {
                id: id.clone(),
                current: DomainTab::Dmarc,
                reach: reader.reach(domain.id),
            },
            name: domain.name.to_unicode(),
            days,
            periods: Periods {
                path: format!("/domains/{id}/dmarc"),
                days,
                offered: Periods::YEAR,
            },
            has_reports: found.has_reports,
            tiles: tiles(&found),
            advice: found.summary.advice.sentence(),
            advice_chip: advice_chip(found.summary.advice.verdict),
            rates: rates(&found.days),
            by_source: by_source(&found),
            sources: sources(&found.sources.rows),
            sources_total: found.sources.total,
            failing: found.failing.iter().map(failing).collect(),
            reports: found
                .reports
                .rows
                .iter()
                .map(|one| report_row(one, &id))
                .collect(),
            reports_total: found.reports.total,
            tls: found.tls_reports.rows.iter().map(tls_row).collect(),
            unread: found.unread.rows.iter().map(unread_row).collect(),
            unread_total: found.unread.total,
            address: found.address.address,
            record_name: found.address.record_name,
            record: found.address.record,
            may_upload: found.may_upload,
            shell: reader.shell,
            id,
        },
    )
}

pub(super) fn number(number: i64) -> String {
    grouped(u64::try_from(number).unwrap_or_default())
}

fn messages(number: i64) -> String {
    let number = u64::try_from(number).unwrap_or_default();
    counted(number, "message", "messages")
}

fn tiles(found: &Overview) -> Vec<Tile> {
    let figures = &found.summary.figures;
    let totals = figures.totals;
    let of_all = |part| {
        if totals.total == 0 {
            "–".to_owned()
        } else {
            percent(rate(part, totals.total))
        }
    };
    let tile = |label, value, about: String| Tile {
        label,
        value,
        about,
    };
    vec![
        tile(
            "Pass DMARC",
            of_all(totals.dmarc_pass),
            format!(
                "{} of {}",
                number(totals.dmarc_pass),
                messages(totals.total)
            ),
        ),
        tile(
            "DKIM aligned",
            of_all(totals.pass_dkim),
            messages(totals.pass_dkim),
        ),
        tile(
            "SPF aligned",
            of_all(totals.pass_spf),
            messages(totals.pass_spf),
        ),
        tile(
            "Put aside or refused",
            number(totals.quarantine + totals.reject),
            format!(
                "{} aside, {} refused",
                number(totals.quarantine),
                number(totals.reject)
            ),
        ),
        tile(
            "Sources",
            number(figures.sources),
            format!("{} with failing messages", number(figures.failing_sources)),
        ),
        tile(
            "Reports",
            number(figures.reports),
            "in these days".to_owned(),
        ),
    ]
}

fn advice_chip(verdict: Verdict) -> Option<Chip> {
    Some(match verdict {
        Verdict::NothingKnown => return None,
        Verdict::Ready => Chip::new(Tone::Good, "Ready for p=reject"),
        Verdict::NearlyReady => Chip::new(Tone::Good, "Nearly ready"),
        Verdict::NotReady => Chip::new(Tone::Warn, "Not ready"),
        Verdict::Enforced => Chip::new(Tone::Good, "p=reject"),
    })
}

/// The pass rate by day; nothing where nothing was reported.
fn rates(days: &[DayFigures]) -> Chart {
    let line = |name, ink, part: fn(&DayFigures) -> i64| Series {
        name,
        ink,
        mark: Mark::Line,
        numbers: days
            .iter()
            .map(|day| (day.totals.total > 0).then(|| rate(part(day), day.totals.total)))
            .collect(),
    };
    let moments = days.iter().map(|it| day_label(Day::of(it.day))).collect();
    Chart::new("Share of messages that pass, by day", Unit::Rate, moments)
        .series(vec![
            line("Pass DMARC", Ink::Good, |it| it.totals.dmarc_pass),
            line("DKIM aligned", Ink::Accent, |it| it.totals.pass_dkim),
            line("SPF aligned", Ink::Second, |it| it.totals.pass_spf),
        ])
        .by("Day")
}

fn by_source(found: &Overview) -> Chart {
    let moments = found
        .days
        .iter()
        .map(|it| day_label(Day::of(it.day)))
        .collect();
    let whole = |totals: &[i64]| {
        let totals = totals.iter();
        totals
            .map(|total| u64::try_from(*total).unwrap_or_default())
            .collect::<Vec<_>>()
    };
    let mut names = SERIES.into_iter();
    let series = found.series.iter().map(|one| {
        let named = one.source.as_ref().and_then(|_| names.next());
        let (name, ink) = named.unwrap_or(("All others", Ink::Quiet));
        Series {
            name,
            ink,
            mark: Mark::Column,
            numbers: whole(&one.totals)
                .into_iter()
                .map(|n| Some(count(n)))
                .collect(),
        }
    });
    Chart::new("Messages by source and day", Unit::Count, moments)
        .series(series.collect())
        .by("Day")
}

/// Whose host it is, for people.
fn whose(sender: Option<&str>, host_name: Option<&String>) -> Option<String> {
    match (sender, host_name) {
        (Some(sender), Some(host)) => Some(format!("{sender}: {}", shown_name(host))),
        (None, Some(host)) => Some(shown_name(host)),
        (_, None) => None,
    }
}

fn sources(rows: &[Source]) -> Vec<SourceRow> {
    let row = |(index, source): (usize, &Source)| {
        let figures = &source.figures;
        let totals = figures.totals;
        let share = |part| percent(rate(part, totals.total));
        SourceRow {
            ip: figures.source_ip.to_string(),
            rank: SERIES.get(index).map(|(name, _)| *name),
            whose: whose(source.sender, figures.host_name.as_ref()),
            total: number(totals.total),
            dkim: share(totals.pass_dkim),
            spf: share(totals.pass_spf),
            passes: pass_chip(totals.dmarc_pass, totals.total),
            last_seen_at: figures.last_seen_at.map(Into::into),
        }
    };
    rows.iter().enumerate().map(row).collect()
}

/// Whether messages pass.
pub(super) fn pass_chip(pass: i64, total: i64) -> Chip {
    if total == 0 {
        Chip::new(Tone::Quiet, "No messages")
    } else if pass == total {
        Chip::new(Tone::Good, "Pass")
    } else if pass == 0 {
        Chip::new(Tone::Bad, "Fail")
    } else {
        Chip::new(Tone::Warn, "Some fail")
    }
}

fn failing(one: &Failing) -> FailingRow {
    FailingRow {
        ip: one.source_ip.to_string(),
        whose: whose(one.sender, one.host_name.as_ref()),
        count: number(one.count),
        why: shown_name(&one.why),
    }
}

/// A report in a list.
pub(super) fn report_row(report: &DmarcReport, domain: &str) -> ReportRow {
    ReportRow {
        href: format!("/domains/{domain}/dmarc/reports/{}", report.id),
        org_name: shown_name(&report.org_name),
        report_id: shown_name(&report.report_id),
        begin_at: report.begin_at.into(),
        end_at: report.end_at.into(),
        total: number(report.totals.total),
        passes: pass_chip(report.totals.dmarc_pass, report.totals.total),
    }
}

fn tls_row(report: &TlsReport) -> TlsRow {
    let (good, bad) = report.sessions();
    let mut problems: Vec<String> = report
        .policies
        .iter()
        .flat_map(|policy| &policy.failures)
        .map(|failure| {
            let host = if failure.receiving_host.is_empty() {
                String::new()
            } else {
                format!(" at {}", failure.receiving_host)
            };
            shown_name(&format!(
                "{} × {}{host}",
                failure.count, failure.result_type
            ))
        })
        .collect();
    problems.truncate(3);
    TlsRow {
        org_name: shown_name(&report.org_name),
        begin_at: report.begin_at.into(),
        good: number(good),
        bad: number(bad),
        problems,
        chip: if bad == 0 {
            Chip::new(Tone::Good, "All secured")
        } else {
            Chip::new(Tone::Warn, "Some failed")
        },
    }
}

fn unread_row(mail: &UnreadReport) -> UnreadRow {
    UnreadRow {
        from: if mail.envelope_sender.is_empty() {
            "(no sender)".to_owned()
        } else {
            shown_name(&mail.envelope_sender)
        },
        subject: shown_name(&mail.subject),
        size: size(mail.size_bytes),
        problem: mail.problem.sentence(),
        received_at: mail.received_at.into(),
    }
}

pub(super) async fn export(visit: Visit, id: Name<IdSegment>, form: FormBody) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let asked = Late::new(form.text("days").and_then(days));
    let export = dmarc::export(&visit.app, &visit.caller, &domain, asked).await?;
    Ok(postscale_web::dmarc_records(export).await?)
}
