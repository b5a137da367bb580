//! Aliases: list, form, page.

use postscale_dashboard::ui::{
    Chip, Choice, Copy, InputKind, Pager, Section, Slice, TextField, Tone,
};
use postscale_dashboard::views::aliases::*;
use postscale_dashboard::views::words::Reach;
use postscale_model::Level;

use super::{LONG, RTL, Samples, at, id, member, owner, stranger};

fn domains() -> Vec<Choice> {
    vec![
        Choice::new(id(1), "acme.example"),
        Choice::new(id(2), "staging.acme.example"),
    ]
}

fn hooks() -> Vec<Choice> {
    vec![Choice::new(id(8), "https://acme.example/hooks/mail")]
}

fn entry() -> AliasEntry {
    AliasEntry {
        domain_id: id(1),
        local_part: "support".to_owned(),
        action: "forward".to_owned(),
        forward_to: "ana@example.org\nben@example.net".to_owned(),
        description: "Customer questions".to_owned(),
        active: true,
        ..AliasEntry::default()
    }
}

pub fn add(samples: &mut Samples) {
    let row = |n, local: &str, action: &str, active| AliasRow {
        id: id(n),
        address: format!("{local}@acme.example"),
        description: if n == 1 { "Customer questions" } else { "" }.to_owned(),
        action: action.to_owned(),
        is_masked: n == 3,
        received: i64::from(n) * 17,
        status: Chip::active(active),
    };
    let list = |rows: Vec<AliasRow>, query: &str, may_create: bool| AliasListPage {
        shell: owner(Section::Aliases),
        filter: AliasFilter::new([query, "", "", ""], domains()),
        pager: Pager::new(
            "/aliases",
            &[("q", query)],
            Slice {
                offset: 0,
                limit: 50,
                shown: rows.len() as u64,
            },
            Some(rows.len() as u64),
        ),
        rows,
        masked: may_create.then(|| MaskedForm::new(domains(), "ana@acme.example")),
        may_create,
    };
    let rows = || {
        vec![
            row(1, "support", "Forward to ana@example.org and 1 more", true),
            row(2, "orders", "Webhook", true),
            row(3, "old", "Drop", false),
        ]
    };
    samples.add("aliases", &list(rows(), "", true));
    samples.add("aliases_read_only", &list(rows(), "", false));
    samples.add("aliases_empty", &list(Vec::new(), "", true));
    samples.add("aliases_no_match", &list(Vec::new(), "zz", true));

    let create = |entry: &AliasEntry, errors| NewAliasPage {
        shell: owner(Section::Aliases),
        form: AliasForm::create(entry, errors, domains(), hooks()),
    };
    let fresh = AliasEntry {
        action: "forward".to_owned(),
        active: true,
        ..AliasEntry::default()
    };
    samples.add("alias_new", &create(&fresh, AliasErrors::default()));
    let errors = AliasErrors {
        local_part: Some("There is an alias with this address already.".to_owned()),
        forward_to: Some("Line 2 is not an address: ben@@example.net".to_owned()),
        ..AliasErrors::default()
    };
    samples.add("alias_new_refused", &create(&entry(), errors));
    samples.add("alias", &page());
    let read_only = AliasPage {
        shell: member(Section::Aliases),
        reach: Reach::Member(Level::Read),
        form: None,
        ..page()
    };
    samples.add("alias_read_only", &read_only);
    let long = AliasPage {
        shell: stranger(Section::Aliases),
        address: format!("{}@acme.example", "y".repeat(64)),
        targets: vec![
            target(&LONG.replace(' ', "-"), Tone::Bad, "Does not exist"),
            target(RTL, Tone::Good, "Confirmed"),
        ],
        description: RTL.to_owned(),
        form: None,
        ..page()
    };
    samples.add("alias_long", &long);
    let shield = ShieldPage {
        shell: owner(Section::Aliases),
        host: "shield.postscale.example".to_owned(),
        rows: rows(),
        pager: contacts().pager,
        form: AliasForm::shared(&entry(), AliasErrors::default()),
    };
    samples.add("shield", &shield);
}

fn target(address: &str, tone: Tone, status: &str) -> TargetRow {
    TargetRow {
        address: address.to_owned(),
        status: Chip::new(tone, status),
    }
}

fn contacts() -> Contacts {
    let row = |n, address: &str, name: &str, blocked| ContactRow {
        id: id(n),
        address: address.to_owned(),
        name: name.to_owned(),
        reverse: Copy::new(
            "reverse address",
            format!("reply+{}@acme.example", format!("{n:x}").repeat(26)),
        ),
        blocked,
        traffic: "3 received, 1 sent".to_owned(),
        used_at: at(0),
    };
    let slice = Slice {
        offset: 0,
        limit: 50,
        shown: 2,
    };
    Contacts {
        rows: vec![
            row(11, "bob@shop.example", "Bob", false),
            row(12, "news@spam.example", "", true),
        ],
        pager: Pager::new("/aliases/5", &[], slice, Some(2)),
        new: TextField::new(
            InputKind::Email,
            "contact",
            "Write to somebody from this alias",
        ),
    }
}

fn page() -> AliasPage {
    AliasPage {
        shell: owner(Section::Aliases),
        id: id(5),
        address: "support@acme.example".to_owned(),
        list: ("/aliases", "Aliases"),
        domain: Some((format!("/domains/{}", id(1)), "acme.example".to_owned())),
        reach: Reach::Everything,
        status: Chip::active(true),
        active: true,
        is_masked: true,
        received: 412,
        created_at: at(0),
        expires_at: Some(at(9)),
        action: "Forward",
        targets: vec![
            target("ana@example.org", Tone::Good, "Confirmed"),
            target("ben@example.net", Tone::Warn, "Waiting for consent"),
        ],
        contacts: Some(contacts()),
        description: "Customer questions".to_owned(),
        form: Some(AliasForm::change(
            &entry(),
            AliasErrors::default(),
            Some("acme.example"),
            hooks(),
        )),
    }
}
