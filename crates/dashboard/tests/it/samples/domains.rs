//! Domains: list, form, page.

mod dkim;
mod guest_links;
mod settings;
mod warming;

use postscale_dashboard::ui::{Chip, Notice, Pager, Section, Slice, Tone};
use postscale_dashboard::views::domains::*;
use postscale_dashboard::views::words::{Reach, type_label};
use postscale_model::{
    Advice, AdviceCode, CheckStatus, Domain, DomainType, Level, Purpose, Timestamp,
};

use super::{Samples, at, id, member, owner, stranger};

pub fn domain(name: &str, domain_type: DomainType) -> Domain {
    Domain::registered(
        (
            "0195a000-0000-4000-8000-000000000001"
                .parse()
                .expect("BUG: a UUID"),
            "0195a000-0000-4000-8000-0000000000ff"
                .parse()
                .expect("BUG: a UUID"),
        ),
        name.parse().expect("BUG: a domain name"),
        domain_type,
        ["3f2a9c0d6e1b4875a9d0c3e2f1b4a687", "k7q2m9"].map(str::to_owned),
        Timestamp::from_seconds(1_772_366_400),
    )
}

fn verified(domain: Domain) -> Domain {
    Domain {
        verified: true,
        ownership_verified: true,
        mx_verified: true,
        spf_verified: true,
        dkim_verified: true,
        dmarc_verified: true,
        return_path_verified: true,
        ..domain
    }
}

fn pager(shown: u64) -> Pager {
    Pager::new(
        "/domains",
        &[],
        Slice {
            offset: 0,
            limit: 50,
            shown,
        },
        None,
    )
}

fn rows(reach: Reach) -> Vec<DomainRow> {
    let half = Domain {
        ownership_verified: true,
        spf_verified: true,
        ..domain("staging.acme.example", DomainType::Both)
    };
    vec![
        DomainRow::new(
            &verified(domain("acme.example", DomainType::Both)),
            &[],
            reach,
        ),
        DomainRow::new(&half, &[], reach),
        DomainRow::new(
            &verified(domain("going.example", DomainType::Inbound)),
            &[Purpose::Mx],
            reach,
        ),
        DomainRow::new(&domain("client-b.example", DomainType::Inbound), &[], reach),
        DomainRow::new(
            &Domain {
                active: false,
                ..verified(domain("old.example", DomainType::Outbound))
            },
            &[],
            reach,
        ),
        DomainRow::new(
            &domain("bücher-und-mehr.example", DomainType::Alias),
            &[],
            reach,
        ),
    ]
}

fn records(states: [CheckStatus; 6], check_now: Option<&str>) -> DnsRecords {
    let name = "staging.acme.example";
    let key = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA".repeat(9);
    let required = |row: DnsRecordRow| DnsRecordRow {
        required: true,
        ..row
    };
    let rows = vec![
        required(DnsRecordRow::new(
            Purpose::Ownership,
            "TXT",
            &format!("_postscale.{name}"),
            "postscale-verification=3f2a9c0d6e1b4875a9d0c3e2f1b4a687",
        )),
        DnsRecordRow {
            priority: Some(10),
            ..required(DnsRecordRow::new(
                Purpose::Mx,
                "MX",
                name,
                "mx.mail.acme.example",
            ))
        },
        required(DnsRecordRow::new(
            Purpose::Spf,
            "TXT",
            name,
            "v=spf1 include:_spf.mail.acme.example ~all",
        )),
        required(DnsRecordRow::new(
            Purpose::Dkim,
            "TXT",
            &format!("postscale1._domainkey.{name}"),
            &format!("v=DKIM1; k=rsa; p={key}"),
        )),
        DnsRecordRow::new(
            Purpose::Dmarc,
            "TXT",
            &format!("_dmarc.{name}"),
            "v=DMARC1; p=quarantine; rua=mailto:k7q2m9@dmarc.mail.acme.example",
        ),
        DnsRecordRow::new(
            Purpose::ReturnPath,
            "CNAME",
            &format!("ps-bounces.{name}"),
            "bounces.mail.acme.example",
        ),
    ];
    let rows = rows.into_iter().zip(states).map(|(row, state)| {
        let spf = row.purpose == "SPF";
        let row = looked_up(row, state);
        DnsRecordRow {
            spf_lookups: spf.then_some(4),
            ..row
        }
    });
    DnsRecords {
        check_at: format!("/domains/{}/verify", id(1)),
        download_at: format!("/domains/{}/records/download", id(1)),
        refresh: Some(format!("/domains/{}/records", id(1))),
        rows: rows.collect(),
        checked_at: Some(at(12)),
        next_at: Some(at(360)),
        check_now: check_now.map(str::to_owned),
        checks_each: true,
    }
}

/// A record with the advice that goes with its state.
fn looked_up(row: DnsRecordRow, state: CheckStatus) -> DnsRecordRow {
    let (found, code, text, value) = match state {
        CheckStatus::Mismatch => (
            "v=spf1 include:_spf.elsewhere.example -all",
            AdviceCode::SpfMerge,
            "The domain has an SPF record for others who send. Keep it and add us before its end.",
            Some("v=spf1 include:_spf.elsewhere.example include:_spf.mail.acme.example -all"),
        ),
        CheckStatus::Missing => (
            "",
            AdviceCode::NameDoubled,
            "Your DNS provider appends the domain to the name by itself. Enter only <_dmarc>.",
            None,
        ),
        CheckStatus::Unknown => (
            "",
            AdviceCode::Unknown,
            "DNS did not say what is there: no answer in time.",
            None,
        ),
        CheckStatus::Verified | CheckStatus::Unchecked => {
            return row.looked_up(state, &[], Vec::new());
        }
    };
    let found: Vec<String> = Some(found.to_owned())
        .filter(|text| !text.is_empty())
        .into_iter()
        .collect();
    let advice = Advice {
        code,
        text: text.to_owned(),
        value: value.map(str::to_owned),
    };
    row.looked_up(state, &found, vec![advice])
}

fn tabs(current: DomainTab, reach: Reach) -> DomainTabs {
    DomainTabs {
        id: id(1),
        current,
        reach,
    }
}

fn page() -> DomainPage {
    use CheckStatus::{Mismatch, Missing, Unknown, Verified};
    let domain = domain("staging.acme.example", DomainType::Both);
    DomainPage {
        shell: owner(Section::Domains),
        tabs: tabs(DomainTab::Overview, Reach::Everything),
        id: id(1),
        name: domain.name.to_unicode(),
        type_label: type_label(domain.domain_type),
        status: Chip::domain(&domain),
        reach: Reach::Everything,
        catch_all: "Off",
        created_at: at(0),
        records: records(
            [Verified, Verified, Mismatch, Missing, Unknown, Missing],
            Some("0f1e"),
        ),
    }
}

pub fn add(samples: &mut Samples) {
    guest_links::add(samples);
    dkim::add(samples);
    settings::add(samples);
    warming::add(samples);
    let list = |rows: Vec<DomainRow>, shell, may_create| DomainListPage {
        search: DomainSearch::new("", rows.len() as u64),
        pager: pager(rows.len() as u64),
        shell,
        rows,
        may_create,
    };
    samples.add(
        "domains_search",
        &DomainListPage {
            search: DomainSearch::new("nothing.like.it", 0),
            ..list(Vec::new(), owner(Section::Domains), true)
        },
    );
    samples.add(
        "domains",
        &list(rows(Reach::Everything), owner(Section::Domains), true),
    );
    let read = Reach::Member(Level::Read);
    samples.add(
        "domains_member",
        &list(rows(read), member(Section::Domains), false),
    );
    samples.add(
        "domains_empty",
        &list(Vec::new(), owner(Section::Domains), true),
    );
    samples.add(
        "domains_empty_member",
        &list(Vec::new(), member(Section::Domains), false),
    );
    let long = format!("{}.{}.example", "a".repeat(63), "b".repeat(63));
    let long = DomainRow::new(&domain(&long, DomainType::Both), &[], Reach::Everything);
    samples.add(
        "domains_long",
        &list(vec![long], stranger(Section::Domains), true),
    );

    samples.add(
        "domain_new",
        &NewDomainPage::new(owner(Section::Domains), "", "outbound", None),
    );
    let refused = Some("This is not a domain name: it has no dot.".to_owned());
    samples.add(
        "domain_new_refused",
        &NewDomainPage::new(owner(Section::Domains), "\"><b>acme", "both", refused),
    );

    samples.add("domain", &page());
    samples.add("domain_verified", &verified_page());
    samples.add("domain_read_only", &read_only_page());
}

fn verified_page() -> DomainPage {
    let mut page = page();
    page.records = records([CheckStatus::Verified; 6], Some("0f1e"));
    page.status = Chip::new(Tone::Good, "Verified");
    page.shell.notice = Some(Notice::done("All records were checked just now."));
    page
}

fn read_only_page() -> DomainPage {
    DomainPage {
        shell: member(Section::Domains),
        reach: Reach::Member(Level::Read),
        tabs: tabs(DomainTab::Overview, Reach::Member(Level::Read)),
        records: records([CheckStatus::Unchecked; 6], None),
        ..page()
    }
}
