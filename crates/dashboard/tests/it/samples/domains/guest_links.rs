//! Links for guests, and what a guest sees.

use postscale_dashboard::ui::{Chip, Copy, Moment, Notice, Section, Tone};
use postscale_dashboard::views::domains::*;
use postscale_model::CheckStatus;

use super::records;
use crate::samples::{Samples, at, id, owner};

pub fn add(samples: &mut Samples) {
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
