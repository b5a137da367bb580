//! A domain's DKIM keys.

use postscale_dashboard::ui::{Copy, Section};
use postscale_dashboard::views::domains::*;
use postscale_dashboard::views::words::Reach;
use postscale_model::{CheckStatus, DkimStatus, Level};

use super::tabs;
use crate::samples::{Samples, at, id, member, owner};

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

pub fn add(samples: &mut Samples) {
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
}
