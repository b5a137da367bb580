//! The account.

use postscale_actions::me::By;
use postscale_dashboard::ui::{Chip, QrCode, Section, Tone};
use postscale_dashboard::views::account::*;
use postscale_model::AuditAction;

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

fn events() -> Vec<EventRow> {
    let row = |action, by, ip: &str, n| EventRow {
        what: happened(action, by),
        outcome: None,
        ip: ip.to_owned(),
        at: at(n),
    };
    let mut wrong = row(AuditAction::AuthLoginFail, By::Somebody, "198.51.100.7", 2);
    wrong.outcome = Some(Chip::new(Tone::Bad, "Failed"));
    vec![
        row(AuditAction::KeyCreated, By::You, "192.0.2.17", 4),
        row(AuditAction::SessionRevoked, By::Manager, "", 3),
        wrong,
        row(AuditAction::AuthLoginOk, By::You, "2001:db8::17", 1),
    ]
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
        (sessions(), events()),
        true,
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
        (vec![session(1, "Firefox on Linux")], events()),
        false,
    )
    .wrong_password(
        Some("This is not your password.".to_owned()),
        Some("Too short: at least 8 characters.".to_owned()),
    );
    samples.add("account_member_refused", &refused);
    let nothing = Access::Domains(Vec::new());
    let shown = (sessions(), Vec::new());
    let lost = AccountPage::new(stranger(Section::Account), nothing, shown, false);
    samples.add("account_no_domains", &lost);
    add_email(samples);
    add_second_factor(samples);
}

fn add_email(samples: &mut Samples) {
    let shell = || member(Section::Account);
    samples.add("account_email", &EmailPage::new(shell(), ""));
    let refused = EmailPage::new(shell(), "mina").wrong(
        Some("Must be an e-mail address.".to_owned()),
        Some("Is wrong.".to_owned()),
    );
    samples.add("account_email_refused", &refused);
    samples.add("account_email_code", &EmailCodePage::new(shell(), None));
}

fn add_second_factor(samples: &mut Samples) {
    let shell = || member(Section::Account);
    samples.add("second_factor_off", &SecondFactorPage::new(shell(), None));
    samples.add("second_factor_on", &SecondFactorPage::new(shell(), Some(9)));
    let refused = SecondFactorPage::new(shell(), Some(0)).wrong(
        Some("Is wrong.".to_owned()),
        Some("The code is wrong or was used before.".to_owned()),
    );
    samples.add("second_factor_refused", &refused);
    let image = QrCode::new("otpauth://totp/a").expect("short");
    let enroll = EnrollPage::new(shell(), image, "JBSWY3DPEHPK3PXP", None);
    samples.add("second_factor_enroll", &enroll);
    let codes = (0..10)
        .map(|n| format!("{n:05}-abcde-01234-56789"))
        .collect();
    let shell = shell();
    samples.add("recovery_codes", &RecoveryCodesPage { shell, codes });
}
