//! DMARC: what is reported about a domain, one report, none.

use postscale_dashboard::ui::{
    Chart, Chip, Ink, Mark, Pager, Periods, Section, Series, Slice, Tone, Unit,
};
use postscale_dashboard::views::dmarc::*;
use postscale_dashboard::views::domains::{DomainTab, DomainTabs};
use postscale_dashboard::views::words::Reach;
use postscale_model::Level;

use super::{LONG, RTL, Samples, at, id, member, owner, stranger};

fn tabs(reach: Reach) -> DomainTabs {
    DomainTabs {
        id: id(1),
        current: DomainTab::Dmarc,
        reach,
    }
}

fn tiles() -> Vec<Tile> {
    let tile = |label, value: &str, about: &str| Tile {
        label,
        value: value.to_owned(),
        about: about.to_owned(),
    };
    vec![
        tile("Pass DMARC", "97.2 %", "48 611 of 50 012 messages"),
        tile("DKIM aligned", "96 %", "48 012 messages"),
        tile("SPF aligned", "81.3 %", "40 660 messages"),
        tile("Put aside or refused", "214", "200 aside, 14 refused"),
        tile("Sources", "37", "12 with failing messages"),
        tile("Reports", "212", "in these days"),
    ]
}

fn days() -> Vec<String> {
    (1..=30).map(|day| format!("{day} Mar")).collect()
}

fn rates() -> Chart {
    let line = |name, ink, low: f64| Series {
        name,
        ink,
        mark: Mark::Line,
        numbers: (0..30)
            .map(|day| (day % 11 != 7).then(|| low + f64::from((day * 7) % 10) / 200.0))
            .collect(),
    };
    Chart::new("Share of messages that pass, by day", Unit::Rate, days())
        .series(vec![
            line("Pass DMARC", Ink::Good, 0.94),
            line("DKIM aligned", Ink::Accent, 0.91),
            line("SPF aligned", Ink::Second, 0.77),
        ])
        .by("Day")
}

fn by_source() -> Chart {
    let column = |name, ink, factor: u64| {
        Series::columns(
            name,
            ink,
            (0..30).map(move |day| (day * 13 % 17 + 3) * factor),
        )
    };
    Chart::new("Messages by source and day", Unit::Count, days())
        .series(vec![
            column("Source 1", Ink::Accent, 60),
            column("Source 2", Ink::Second, 20),
            column("Source 3", Ink::Third, 8),
            column("Source 4", Ink::Fourth, 3),
            column("All others", Ink::Quiet, 5),
        ])
        .by("Day")
}

fn sources() -> Vec<SourceRow> {
    let row = |ip: &str, rank, whose: Option<&str>, total: &str, passes| SourceRow {
        ip: ip.to_owned(),
        rank,
        whose: whose.map(str::to_owned),
        total: total.to_owned(),
        dkim: "99.1 %".to_owned(),
        spf: "82 %".to_owned(),
        passes,
        last_seen_at: Some(at(0)),
    };
    vec![
        row(
            "192.0.2.10",
            Some("Source 1"),
            Some("mx.acme.example"),
            "40 120",
            Chip::new(Tone::Good, "Pass"),
        ),
        row(
            "2001:db8:4860:4864:20::1f",
            Some("Source 2"),
            Some("Google: mail-oa1-x1f.google.com"),
            "7 300",
            Chip::new(Tone::Warn, "Some fail"),
        ),
        row(
            "203.0.113.9",
            None,
            None,
            "12",
            Chip::new(Tone::Bad, "Fail"),
        ),
    ]
}

fn failing() -> Vec<FailingRow> {
    let row = |ip: &str, whose: Option<&str>, count: &str, why: &str| FailingRow {
        ip: ip.to_owned(),
        whose: whose.map(str::to_owned),
        count: count.to_owned(),
        why: why.to_owned(),
    };
    vec![
        row(
            "198.51.100.77",
            Some("Mailchimp: mail77.atl31.mcdlv.net"),
            "1 211",
            "DKIM: signed by mcsv.net and not by the domain. SPF: allowed by mail77.mcsv.net, the sender in the envelope.",
        ),
        row(
            "203.0.113.9",
            None,
            "12",
            "DKIM: not signed. SPF: acme.example does not allow this host. It was forwarded.",
        ),
    ]
}

fn reports(org: &str) -> Vec<ReportRow> {
    let row = |n, org: &str, report: &str| ReportRow {
        href: format!("/domains/{}/dmarc/reports/{}", id(1), id(n)),
        org_name: org.to_owned(),
        report_id: report.to_owned(),
        begin_at: at(-1440),
        end_at: at(0),
        total: "1 204".to_owned(),
        passes: Chip::new(Tone::Warn, "Some fail"),
    };
    vec![
        row(1, "google.com", "10251684733209784102"),
        row(
            2,
            org,
            "8c2a59d1b0aa4f0db7a9e6c55b0e9d6a3fd7e9c77a0e5b8c6f1d2e3a4b5c6d7e",
        ),
    ]
}

fn page(reach: Reach, shell: postscale_dashboard::ui::Shell) -> DmarcPage {
    DmarcPage {
        shell,
        tabs: tabs(reach),
        id: id(1),
        name: "acme.example".to_owned(),
        days: 30,
        periods: Periods {
            path: format!("/domains/{}/dmarc", id(1)),
            days: 30,
            offered: Periods::YEAR,
        },
        has_reports: true,
        tiles: tiles(),
        advice: "At p=quarantine 1401 of 50012 messages, from 12 sources, would be put aside; at p=reject they would be refused. \
                 Set up signing for those sources that are yours; the rest is mail you want receivers to keep away."
            .to_owned(),
        advice_chip: Some(Chip::new(Tone::Warn, "Not ready")),
        rates: rates(),
        by_source: by_source(),
        sources: sources(),
        sources_total: 37,
        failing: failing(),
        reports: reports("Enterprise Outlook"),
        reports_total: 212,
        tls: vec![TlsRow {
            org_name: "Google Inc.".to_owned(),
            begin_at: at(-1440),
            good: "412".to_owned(),
            bad: "3".to_owned(),
            problems: vec!["3 × certificate-expired at mx.acme.example".to_owned()],
            chip: Chip::new(Tone::Warn, "Some failed"),
        }],
        unread: vec![UnreadRow {
            from: "newsletter@shop.example".to_owned(),
            subject: "Our offers".to_owned(),
            size: "12 KiB".to_owned(),
            problem: "There is no DMARC or TLS report in it",
            received_at: at(3),
        }],
        unread_total: 1,
        address: "3f2a9c0d6e1b4875a9d0@dmarc.postscale.example".to_owned(),
        record_name: "_dmarc.acme.example".to_owned(),
        record: "v=DMARC1; p=quarantine; rua=mailto:3f2a9c0d6e1b4875a9d0@dmarc.postscale.example".to_owned(),
        may_upload: reach.may_write(),
    }
}

fn report(org: &str, why: &str, may_delete: bool) -> DmarcReportPage {
    let row = |ip: &str, passes, why: &str| RecordRow {
        ip: ip.to_owned(),
        header_from: "acme.example".to_owned(),
        count: "120".to_owned(),
        passes,
        disposition: "Nothing",
        why: why.to_owned(),
    };
    DmarcReportPage {
        shell: owner(Section::Domains),
        id: id(1),
        name: "acme.example".to_owned(),
        org_name: org.to_owned(),
        report_id: "10251684733209784102".to_owned(),
        contact: vec![
            "noreply-dmarc-support@google.com".to_owned(),
            "https://support.google.com/a/answer/2466580".to_owned(),
        ],
        begin_at: at(-1440),
        end_at: at(0),
        received_at: at(5),
        total: "1 204".to_owned(),
        pass: "1 200".to_owned(),
        passes: Chip::new(Tone::Warn, "Some fail"),
        skipped: i64::from(may_delete),
        policy: "p=none; sp=none; adkim=r; aspf=r; pct=100".to_owned(),
        rows: vec![
            row(
                "192.0.2.10",
                Chip::new(Tone::Good, "Pass"),
                "DKIM: signed by the domain. SPF: allowed by the domain.",
            ),
            row("203.0.113.9", Chip::new(Tone::Bad, "Fail"), why),
        ],
        pager: Pager::new(
            "/domains/1/dmarc/reports/1",
            &[],
            Slice {
                offset: 0,
                limit: 50,
                shown: 2,
            },
            Some(2),
        ),
        delete_at: may_delete.then(|| "/domains/1/dmarc/reports/1/delete".to_owned()),
    }
}

pub fn add(samples: &mut Samples) {
    samples.add("dmarc", &page(Reach::Everything, owner(Section::Domains)));
    let reader = Reach::Member(Level::Read);
    samples.add("dmarc_read_only", &page(reader, member(Section::Domains)));
    samples.add(
        "dmarc_empty",
        &DmarcPage {
            has_reports: false,
            tls: Vec::new(),
            unread: Vec::new(),
            ..page(Reach::Everything, owner(Section::Domains))
        },
    );
    samples.add(
        "dmarc_long",
        &DmarcPage {
            reports: reports(LONG),
            failing: vec![FailingRow {
                whose: Some(LONG.to_owned()),
                why: RTL.to_owned(),
                ..failing().remove(0)
            }],
            unread: vec![UnreadRow {
                from: format!("{}@example.org", "x".repeat(64)),
                subject: RTL.to_owned(),
                size: "1.0 MiB".to_owned(),
                problem: "The file grows more than any real report when it is unpacked",
                received_at: at(0),
            }],
            ..page(Reach::Everything, stranger(Section::Domains))
        },
    );
    let why = "DKIM: not signed. SPF: acme.example does not allow this host.";
    samples.add("dmarc_report", &report("google.com", why, true));
    samples.add("dmarc_report_read_only", &report(RTL, LONG, false));
    samples.add(
        "dmarc_reports",
        &DmarcReportsPage {
            shell: owner(Section::Domains),
            id: id(1),
            name: "acme.example".to_owned(),
            rows: reports("Fastmail Pty Ltd"),
            pager: Pager::new(
                "/domains/1/dmarc/reports",
                &[],
                Slice {
                    offset: 0,
                    limit: 50,
                    shown: 2,
                },
                Some(2),
            ),
        },
    );
}
