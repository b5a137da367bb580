//! Invitations.

use postscale_dashboard::ui::{AccessChoice, Chip, Notice, Pager, Section, Slice, Tone};
use postscale_dashboard::views::invitations::*;
use postscale_model::Level;

use super::{LONG, RTL, Samples, at, id, owner, stranger};

pub fn add(samples: &mut Samples) {
    samples.add("invitations", &list(rows()));
    samples.add("invitations_empty", &list(Vec::new()));
    let nothing = InvitationErrors::default();
    let new = |entry: &InvitationEntry, errors, domains| {
        NewInvitationPage::new(owner(Section::Account), entry, errors, domains)
    };
    let entry = InvitationEntry {
        email: String::new(),
        role: "member".to_owned(),
    };
    samples.add("invitation_new", &new(&entry, nothing.clone(), domains(2)));
    samples.add(
        "invitation_new_many_domains",
        &new(&entry, nothing.clone(), domains(40)),
    );
    samples.add(
        "invitation_new_no_domain",
        &new(&entry, nothing, Vec::new()),
    );
    let entry = InvitationEntry {
        email: "nora@".to_owned(),
        role: "admin".to_owned(),
    };
    let errors = InvitationErrors {
        email: Some("Must be an e-mail address.".to_owned()),
        role: Some("Must be chosen.".to_owned()),
        domains: Some("Names a domain twice.".to_owned()),
    };
    let refused = NewInvitationPage::new(stranger(Section::Account), &entry, errors, domains(7));
    samples.add("invitation_new_refused", &refused);
    offers(samples);
}

fn offers(samples: &mut Samples) {
    let page = |step| OfferPage {
        csrf: "0f1e".to_owned(),
        offer: offer("Acme Mail"),
        step,
        notice: None,
    };
    let register = || OfferStep::register("", (None, None));
    samples.add("invitation_offer", &page(register()));
    samples.add("invitation_offer_sign_in", &page(OfferStep::SignIn));
    samples.add("invitation_offer_join", &page(OfferStep::Join));
    let other = OfferStep::OtherAccount("max@client.example".to_owned());
    samples.add("invitation_offer_other_account", &page(other));
    let problems = (
        Some("Must not be empty.".to_owned()),
        Some("Must have at least 8 characters.".to_owned()),
    );
    let refused = OfferPage {
        offer: offer(RTL),
        notice: Some(Notice::failed("Something else.")),
        ..page(OfferStep::register(LONG, problems))
    };
    samples.add("invitation_offer_refused", &refused);
    let code =
        |problem| InvitationCodePage::new("0f1e".to_owned(), offer("Acme & <Sons>"), problem);
    samples.add("invitation_code", &code(None));
    let wrong = "Is wrong or has expired.".to_owned();
    samples.add("invitation_code_wrong", &code(Some(wrong)));
}

fn offer(organization: &str) -> Offer {
    Offer {
        token: "0f1e2d".to_owned(),
        organization: organization.to_owned(),
        inviter: "Olivia Owner".to_owned(),
        email: "nora@new.example".to_owned(),
        role: "a member",
        expires_at: at(7 * 24 * 60),
    }
}

fn list(rows: Vec<InvitationRow>) -> InvitationListPage {
    let slice = Slice {
        offset: 0,
        limit: 50,
        shown: rows.len().try_into().expect("BUG: a small number"),
    };
    InvitationListPage {
        shell: owner(Section::Account),
        pager: Pager::new("/team/invitations", &[], slice, Some(slice.shown)),
        rows,
    }
}

fn rows() -> Vec<InvitationRow> {
    let pending = |n, email: &str| InvitationRow {
        id: id(n),
        email: email.to_owned(),
        role: "Member",
        domains: vec![
            ("acme.example".to_owned(), "Read and write"),
            ("mail.acme.example".to_owned(), "Read only"),
        ],
        status: Chip::new(Tone::Busy, "Pending"),
        inviter: "Olivia Owner".to_owned(),
        created_at: at(0),
        expires_at: Some(at(7 * 24 * 60)),
        is_pending: true,
    };
    let ended = |n, email: &str, status| InvitationRow {
        role: "Admin",
        domains: Vec::new(),
        status,
        expires_at: None,
        is_pending: false,
        ..pending(n, email)
    };
    let long = format!("{}@example.org", "x".repeat(64));
    vec![
        pending(1, "nora@new.example"),
        InvitationRow {
            inviter: RTL.to_owned(),
            ..pending(2, &long)
        },
        ended(3, "ada@new.example", Chip::new(Tone::Good, "Accepted")),
        ended(4, "late@new.example", Chip::new(Tone::Warn, "Expired")),
        ended(5, "gone@new.example", Chip::new(Tone::Quiet, "Revoked")),
    ]
}

fn domains(count: usize) -> Vec<AccessChoice> {
    let levels = [None, Some(Level::Read), Some(Level::Write)];
    let choice = |n: usize| AccessChoice {
        id: id(n.try_into().expect("BUG: a small number")),
        domain: match n {
            0 => "acme.example".to_owned(),
            1 => format!("{}.example", "long-name".repeat(6)),
            n => format!("d{n}.client.example"),
        },
        terms: None,
        level: levels[n % 3],
    };
    (0..count).map(choice).collect()
}
