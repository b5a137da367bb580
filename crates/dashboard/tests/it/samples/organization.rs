//! The organization: its settings, its billing, handing it on, leaving it.

use postscale_actions::organizations::{self, OrganizationSettings};
use postscale_dashboard::ui::{Meter, MonthRow, Notice, Section, Shell, month_chart};
use postscale_dashboard::views::{billing::*, organization::*, team::GrantRow};

use super::{LONG, RTL, Samples, at, id, member, owner, stranger, team::leaving};

pub fn add(samples: &mut Samples) {
    add_settings(samples);
    add_billing(samples);
    add_ways_out(samples);
    let row = |number, domain: &str, level, expires_at, note: &str| GrantRow {
        domain_id: id(number),
        domain: domain.to_owned(),
        level,
        expires_at,
        is_over: false,
        note: note.to_owned(),
    };
    let page = |shell: Shell, domains| OwnDomainsPage {
        everything: shell.is_manager,
        shell,
        domains,
    };
    let reached = vec![
        row(
            1,
            "acme.example",
            "Read only",
            Some(at(90)),
            "For the audit",
        ),
        row(2, LONG, "Read and write", None, ""),
    ];
    samples.add("own_domains", &page(member(Section::Account), reached));
    let nothing = Vec::new();
    samples.add("own_domains_none", &page(member(Section::Account), nothing));
    let nothing = Vec::new();
    samples.add("own_domains_owner", &page(owner(Section::Account), nothing));
}

fn meters(messages: u64) -> Vec<Meter> {
    let meter = |what, used, limit| Meter { what, used, limit };
    vec![
        meter("messages this month", messages, Some(3000)),
        meter("domains", 3, Some(3)),
        meter("templates", 0, None),
    ]
}

fn settings(shell: Shell, is_required: bool, without: u64) -> SettingsPage {
    let known = organizations::SettingsPage {
        settings: OrganizationSettings {
            name: shell.organization.clone(),
            require_second_factor: is_required,
            without_second_factor: without,
        },
        may_delete: shell.is_owner,
        may_bill: shell.is_owner,
    };
    SettingsPage::new(shell, &known).using(meters(1204), at(0))
}

fn add_settings(samples: &mut Samples) {
    let admin = Shell {
        role: "Admin",
        is_owner: false,
        ..owner(Section::Settings)
    };
    samples.add("settings", &settings(owner(Section::Settings), false, 4));
    samples.add("settings_admin", &settings(admin, true, 2));
    let refused = settings(stranger(Section::Settings), true, 0)
        .wrong_name(Some(""), Some("Must not be empty.".to_owned()))
        .wrong_confirmation(Some("This is not the name of the organization.".to_owned()));
    samples.add("settings_refused", &refused);
    samples.add(
        "settings_all_have_one",
        &settings(owner(Section::Settings), false, 0),
    );
}

fn plan(name: &str, messages: &str, is_current: bool) -> PlanCard {
    PlanCard {
        name: name.to_owned(),
        label: name.to_owned(),
        is_current,
        messages: format!("{messages} messages a month"),
        beyond: "More is accepted and counted",
        includes: vec!["50 domains".to_owned(), "100 templates".to_owned()],
    }
}

fn plans() -> Vec<PlanCard> {
    vec![
        plan("Free", "3,000", false),
        plan("Pro", "100,000", true),
        plan("Scale", "1,000,000", false),
    ]
}

fn add_billing(samples: &mut Samples) {
    let month = |back: u64| MonthRow {
        name: format!("Month {back}"),
        sent: 90_000 / (back + 1),
        received: 9_000 + back * 1_500,
    };
    let months: Vec<MonthRow> = (0..9).map(month).collect();
    let page = |shell, months: Vec<MonthRow>| BillingPage {
        shell,
        plans: plans(),
        meters: meters(2_600),
        ends_at: at(0),
        chart: month_chart(&months),
        months,
        contact: contact_field("bills@acme.example"),
    };
    samples.add("billing", &page(owner(Section::Billing), months));
    let mut refused = page(stranger(Section::Billing), vec![month(0)]);
    refused.contact.error = Some("Must be an e-mail address.".to_owned());
    samples.add("billing_refused", &refused);
    let onboarding = |notice| OnboardingPage {
        csrf: "0f1e".to_owned(),
        organization: RTL.to_owned(),
        plans: plans(),
        notice,
    };
    samples.add("onboarding", &onboarding(None));
    let wrong = Notice::failed("Must be one of free, pro.");
    samples.add("onboarding_refused", &onboarding(Some(wrong)));
}

fn add_ways_out(samples: &mut Samples) {
    let transfer = |obstacle| TransferPage {
        shell: owner(Section::Team),
        id: id(1),
        name: "Adam Admin".to_owned(),
        email: "adam@acme.example".to_owned(),
        role: "Admin",
        obstacle,
    };
    samples.add("transfer", &transfer(None));
    let obstacle = Some("They are deactivated. Let them back in first.");
    samples.add("transfer_not_now", &transfer(obstacle));
    let leave = |shell: Shell, is_last_owner| LeavePage {
        has_others: !shell.other_organizations.is_empty(),
        shell,
        leaving: postscale_dashboard::views::team::Leaving {
            is_last_owner,
            ..leaving()
        },
    };
    samples.add("leave", &leave(member(Section::Account), false));
    samples.add("leave_elsewhere", &leave(stranger(Section::Account), false));
    samples.add("leave_last_owner", &leave(owner(Section::Account), true));
}
