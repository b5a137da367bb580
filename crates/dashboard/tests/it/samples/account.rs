//! The account.

use postscale_dashboard::ui::Section;
use postscale_dashboard::views::account::*;

use super::{Samples, at, id, member, owner, stranger};

fn session(n: u8, browser: &str) -> SessionRow {
    SessionRow {
        id: id(n),
        browser: browser.to_owned(),
        ip: "192.0.2.17".to_owned(),
        last_seen_at: at(n.into()),
        created_at: at(0),
        is_this: n == 1,
    }
}

pub fn add(samples: &mut Samples) {
    let sessions = || {
        vec![
            session(1, "Firefox on Linux"),
            session(2, "Safari on iPhone"),
        ]
    };
    let owner = AccountPage::new(
        owner(Section::Account),
        Access::Everything,
        sessions(),
        None,
        None,
    );
    samples.add("account", &owner);
    let domain = |n, name: &str, level| (format!("/domains/{}", id(n)), name.to_owned(), level);
    let access = Access::Domains(vec![
        domain(1, "acme.example", "Read only"),
        domain(2, "staging.acme.example", "Read and write"),
    ]);
    let refused = AccountPage::new(
        member(Section::Account),
        access,
        vec![session(1, "Firefox on Linux")],
        Some("This is not your password.".to_owned()),
        Some("Too short: at least 8 characters.".to_owned()),
    );
    samples.add("account_member_refused", &refused);
    let nothing = Access::Domains(Vec::new());
    let lost = AccountPage::new(stranger(Section::Account), nothing, sessions(), None, None);
    samples.add("account_no_domains", &lost);
}
