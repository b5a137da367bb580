//! Domains: list, form, page.

use postscale_dashboard::ui::{Chip, Copy, Moment, Notice, Pager, Section, Slice, Tone};
use postscale_dashboard::views::domains::*;
use postscale_dashboard::views::words::{Reach, type_label};
use postscale_model::{
    Advice, AdviceCode, CheckStatus, DkimStatus, Domain, DomainType, Level, Purpose, Timestamp,
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

fn guest_links(samples: &mut Samples) {
    let row = |note: &str, status, opened_at: Option<Moment>| GuestLinkRow {
        id: id(7),
        note: note.to_owned(),
        maker: "Max Member".to_owned(),
        expires_at: at(90),
        views: if opened_at.is_some() { 3 } else { 0 },
        opened_at,
        status,
    };
    let list = |rows, form| GuestLinksPage {
        shell: owner(Section::Domains),
        id: id(1),
        name: "acme.example".to_owned(),
        rows,
        form,
    };
    let rows = vec![
        row("Client <DNS>", Chip::new(Tone::Good, "Works"), Some(at(3))),
        row(
            "",
            Chip::new(Tone::Warn, "Its maker lost write access"),
            None,
        ),
    ];
    let form = GuestLinkForm::new("", "14", None, None);
    samples.add("guest_links", &list(rows, form));
    let error = Some("Must be between 1 and 90.".to_owned());
    let refused = GuestLinkForm::new("Client", "900", None, error);
    samples.add("guest_links_refused", &list(Vec::new(), refused));
    let made = GuestLinkPage {
        shell: owner(Section::Domains),
        id: id(1),
        name: "acme.example".to_owned(),
        link: Copy::new("link", "https://postscale.example/guest/7f3a"),
        expires_at: at(90),
    };
    samples.add("guest_link", &made);
    let guest = GuestPage {
        domain: "acme.example".to_owned(),
        notice: Some(Notice::done(
            "DNS was asked just now. This is what it says.",
        )),
        records: DnsRecords {
            check_at: "/guest/7f3a".to_owned(),
            download_at: "/guest/7f3a/download".to_owned(),
            refresh: None,
            next_at: None,
            checks_each: false,
            ..records([CheckStatus::Mismatch; 6], Some("0f1e2d3c4b5a"))
        },
        expires_at: at(90),
    };
    samples.add("guest", &guest);
}

fn keys(csrf: Option<&str>) -> DkimKeys {
    let name = "staging.acme.example";
    let record = |selector: &str, state| DkimRecord {
        name: Copy::new(
            format!("name of the record of {selector}"),
            format!("{selector}._domainkey.{name}"),
        ),
        value: Copy::new(
            format!("value of the record of {selector}"),
            format!("v=DKIM1; k=rsa; p={}", "MIIBIjANBgkqhkiG9w0B".repeat(19)),
        ),
        state,
        found: Vec::new(),
        advice: if state == CheckStatus::Missing {
            vec!["There is no such record yet. Publish it.".to_owned()]
        } else {
            Vec::new()
        },
        checked_at: Some(at(9)),
    };
    let key = |selector: &str, state, seen| DkimKeyRow {
        selector: selector.to_owned(),
        algorithm: "RSA, 2048 bits",
        state,
        verified_at: None,
        created_at: at(0),
        retire_at: None,
        replaces: None,
        successor: None,
        record: Some(record(selector, seen)),
        is_last: false,
        may: csrf.map(|csrf| KeyActions {
            csrf: csrf.to_owned(),
            may_delete: true,
        }),
    };
    let waiting = DkimKeyRow {
        replaces: Some(("postscale2".to_owned(), DkimStatus::Active)),
        ..key("postscale3", DkimStatus::Pending, CheckStatus::Missing)
    };
    let signing = DkimKeyRow {
        verified_at: Some(at(5)),
        successor: Some("postscale3".to_owned()),
        replaces: Some(("postscale1".to_owned(), DkimStatus::Retiring)),
        is_last: true,
        ..key("postscale2", DkimStatus::Active, CheckStatus::Verified)
    };
    let retiring = DkimKeyRow {
        verified_at: Some(at(5)),
        retire_at: Some(at(7 * 24)),
        ..key("postscale1", DkimStatus::Retiring, CheckStatus::Verified)
    };
    let gone = DkimKeyRow {
        record: None,
        verified_at: Some(at(-9999)),
        ..key("old2025", DkimStatus::Inactive, CheckStatus::Unchecked)
    };
    DkimKeys {
        id: id(1),
        refresh: format!("/domains/{}/dkim/keys", id(1)),
        rows: vec![waiting, signing, retiring, gone],
    }
}

fn tabs(current: DomainTab, reach: Reach) -> DomainTabs {
    DomainTabs {
        id: id(1),
        current,
        reach,
    }
}

fn dkim_page() -> DkimPage {
    let entry = RotateEntry {
        new: "postscale4".to_owned(),
        ..RotateEntry::default()
    };
    DkimPage {
        shell: owner(Section::Domains),
        tabs: tabs(DomainTab::Dkim, Reach::Everything),
        id: id(1),
        name: "staging.acme.example".to_owned(),
        sends: true,
        rotation: "Keys are rotated when somebody does it.".to_owned(),
        keys: keys(Some("0f1e")),
        new_key: Some(NewKeyForm::new("postscale4", "rsa2048", None)),
        rotate: Some(RotateForm::new(
            &["postscale2".to_owned()],
            &entry,
            (None, None),
        )),
    }
}

fn more_pages(samples: &mut Samples) {
    samples.add("domain_dkim", &dkim_page());
    let taken = Some("The domain already has a key with this selector.".to_owned());
    let refused = DkimPage {
        new_key: Some(NewKeyForm::new("old2025", "ed25519", taken.clone())),
        rotate: Some(RotateForm::new(
            &["postscale2".to_owned()],
            &RotateEntry::default(),
            (None, taken),
        )),
        ..dkim_page()
    };
    samples.add("domain_dkim_refused", &refused);
    let read = Reach::Member(Level::Read);
    let reader = DkimPage {
        shell: member(Section::Domains),
        tabs: tabs(DomainTab::Dkim, read),
        keys: keys(None),
        new_key: None,
        rotate: None,
        ..dkim_page()
    };
    samples.add("domain_dkim_member", &reader);
    let none = DkimPage {
        sends: false,
        new_key: None,
        rotate: None,
        keys: DkimKeys {
            rows: Vec::new(),
            ..keys(None)
        },
        ..dkim_page()
    };
    samples.add("domain_dkim_receiving", &none);
    let domain = domain("staging.acme.example", DomainType::Both);
    let settings = |error| DomainSettingsPage {
        shell: owner(Section::Domains),
        tabs: tabs(DomainTab::Settings, Reach::Everything),
        id: id(1),
        name: domain.name.to_unicode(),
        settings: DomainSettings::of(&domain),
        delete: Some(DomainSettingsPage::delete_field(
            "staging.acme.example",
            error,
        )),
    };
    samples.add("domain_settings", &settings(None));
    let wrong = Some("This is not the name of the domain.".to_owned());
    samples.add("domain_settings_refused", &settings(wrong));
    samples.add(
        "domain_settings_confirm",
        &SettingsConfirmPage {
            shell: owner(Section::Domains),
            id: id(1),
            name: domain.name.to_unicode(),
            consequences: vec![
                "Mail for this domain is refused for good. 3 aliases stop taking mail.".to_owned(),
                "The MX record is no longer required.".to_owned(),
            ],
            fields: vec![("type", "outbound".to_owned()), ("active", "on".to_owned())],
        },
    );
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
    guest_links(samples);
    more_pages(samples);
    let list = |rows: Vec<DomainRow>, shell, may_create| DomainListPage {
        pager: pager(rows.len() as u64),
        shell,
        rows,
        may_create,
    };
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
