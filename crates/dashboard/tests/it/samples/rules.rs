//! Inbound rules: list, editor, page, tester.

use postscale_dashboard::ui::{Chip, Choice, Notice, Section, Tone};
use postscale_dashboard::views::domains::{DomainTab, DomainTabs};
use postscale_dashboard::views::rules::*;
use postscale_dashboard::views::words::Reach;
use postscale_model::{Level, RuleOutcome};

use super::{LONG, RTL, Samples, at, id, member, owner, stranger};

fn tabs(reach: Reach) -> DomainTabs {
    DomainTabs {
        id: id(1),
        current: DomainTab::Rules,
        reach,
    }
}

fn rows() -> Vec<RuleRow> {
    let row = |n, name: &str, conditions: &str, action: &str| RuleRow {
        id: id(n),
        name: name.to_owned(),
        alias: None,
        conditions: conditions.to_owned(),
        action: action.to_owned(),
        priority: i64::from(n) * 10,
        hits: 0,
        last_hit_at: None,
        status: Chip::active(true),
    };
    vec![
        RuleRow {
            alias: Some("support@acme.example".to_owned()),
            hits: 42,
            last_hit_at: Some(at(0)),
            ..row(
                1,
                "Orders to the shop",
                "Subject contains “order”",
                "Forward to shop@acme.example and 1 more",
            )
        },
        RuleRow {
            hits: 7_311,
            last_hit_at: Some(at(5)),
            ..row(
                2,
                "Newsletters",
                "List-Id field is there and Size is more than 100000 bytes",
                "Tag news, bulk",
            )
        },
        RuleRow {
            status: Chip::new(Tone::Warn, "Waiting for consent"),
            ..row(
                3,
                "Invoices",
                "Sender’s domain is “billing.example” or Something is attached",
                "Forward to ana@example.org",
            )
        },
        RuleRow {
            status: Chip::active(false),
            ..row(4, "Forged", "SPF is “fail”", "Reject with “Not from you”")
        },
    ]
}

fn list(rows: Vec<RuleRow>, may_write: bool) -> RuleListPage {
    let reach = if may_write {
        Reach::Everything
    } else {
        Reach::Member(Level::Read)
    };
    RuleListPage {
        shell: if may_write {
            owner(Section::Domains)
        } else {
            member(Section::Domains)
        },
        tabs: tabs(reach),
        id: id(1),
        name: "acme.example".to_owned(),
        otherwise: "Mail that no rule decides about goes where its alias says.",
        rows,
        may_write,
    }
}

fn condition(field: &str, comparator: &str, value: &str, header_name: &str) -> ConditionEntry {
    ConditionEntry {
        field: field.to_owned(),
        comparator: comparator.to_owned(),
        value: value.to_owned(),
        header_name: header_name.to_owned(),
    }
}

fn entry() -> RuleEntry {
    RuleEntry {
        name: "Newsletters".to_owned(),
        match_mode: "all".to_owned(),
        conditions: vec![
            condition("header", "exists", "true", "List-Id"),
            condition("size", "greater_than", "100000", ""),
        ],
        action: "tag".to_owned(),
        tags: "news, bulk".to_owned(),
        priority: "20".to_owned(),
        enabled: true,
        ..RuleEntry::default()
    }
}

fn form(entry: &RuleEntry, errors: RuleErrors) -> RuleForm {
    let hooks = vec![Choice::new(id(8), "https://acme.example/hooks/mail")];
    RuleForm::new(entry, errors, "acme.example", hooks, 20)
}

fn page() -> RulePage {
    RulePage {
        shell: owner(Section::Domains),
        id: id(1),
        name: "acme.example".to_owned(),
        rule_id: id(2),
        rule_name: "Newsletters".to_owned(),
        status: Chip::active(true),
        hits: 7_311,
        last_hit_at: Some(at(5)),
        created_at: at(0),
        reach: Reach::Everything,
        alias: "everybody at acme.example".to_owned(),
        match_mode: "All of these must hold",
        conditions: vec![
            "List-Id field is there".to_owned(),
            "Size is more than 100000 bytes".to_owned(),
        ],
        action: "Tag news, bulk".to_owned(),
        priority: 20,
        form: Some(form(&entry(), RuleErrors::default())),
    }
}

fn verdict() -> Verdict {
    let looked = |sentence: &str, found: &[&str], holds| TestedCondition {
        sentence: sentence.to_owned(),
        found: found.iter().map(ToString::to_string).collect(),
        holds,
    };
    let rule = |n, name: &str, action: &str, outcome, conditions| TestedRule {
        id: id(n),
        name: name.to_owned(),
        action: action.to_owned(),
        match_mode: "All of these must hold",
        outcome,
        conditions,
    };
    Verdict {
        recipient: "support@acme.example".to_owned(),
        taker: "the alias support@acme.example".to_owned(),
        sentence: "Orders to the shop decides: Forward to shop@acme.example".to_owned(),
        tags: vec!["news".to_owned()],
        rules: vec![
            rule(
                2,
                "Newsletters",
                "Tag news",
                RuleOutcome::Tags,
                vec![looked(
                    "List-Id field is there",
                    &["<shop.example.org>"],
                    true,
                )],
            ),
            rule(
                3,
                "Big ones",
                "Drop",
                RuleOutcome::NoMatch,
                vec![
                    looked("Size is more than 100000 bytes", &["2114"], false),
                    looked("X-Mark field is there", &[], false),
                ],
            ),
            rule(
                1,
                "Orders to the shop",
                "Forward to shop@acme.example",
                RuleOutcome::Decides,
                vec![looked("Subject contains “order”", &["Your order №7"], true)],
            ),
            rule(
                4,
                "Forged",
                "Reject",
                RuleOutcome::NotReached,
                vec![looked("SPF is “fail”", &["pass"], false)],
            ),
        ],
    }
}

fn tester(verdict: Option<Verdict>) -> TesterPage {
    let received = vec![
        Choice::new(
            id(3),
            "Your order №7 · ana@example.org · 2026-03-01T12:03:00Z",
        ),
        Choice::new(
            id(4),
            format!("{RTL} · bob@example.org · 2026-03-01T12:00:00Z"),
        ),
    ];
    TesterPage {
        shell: owner(Section::Domains),
        id: id(1),
        name: "acme.example".to_owned(),
        form: TesterForm::new(received),
        verdict,
    }
}

pub fn add(samples: &mut Samples) {
    samples.add("rules", &list(rows(), true));
    samples.add("rules_read_only", &list(rows(), false));
    samples.add("rules_empty", &list(Vec::new(), true));
    samples.add("rules_empty_read_only", &list(Vec::new(), false));
    let new = |entry: &RuleEntry, errors| NewRulePage {
        shell: owner(Section::Domains),
        id: id(1),
        name: "acme.example".to_owned(),
        form: form(entry, errors),
    };
    let blank = RuleEntry {
        conditions: vec![ConditionEntry::new()],
        match_mode: "all".to_owned(),
        action: "forward".to_owned(),
        priority: "100".to_owned(),
        enabled: true,
        ..RuleEntry::default()
    };
    samples.add("rule_new", &new(&blank, RuleErrors::default()));
    let errors = RuleErrors {
        conditions: vec![
            Some(ConditionError {
                part: ConditionPart::HeaderName,
                text: "Name the header field.".to_owned(),
            }),
            Some(ConditionError {
                part: ConditionPart::Value,
                text: "Must be a number of bytes.".to_owned(),
            }),
        ],
        tags: Some("Must be 1 to 10 words.".to_owned()),
        ..RuleErrors::default()
    };
    samples.add("rule_new_refused", &new(&entry(), errors));
    samples.add("rule", &page());
    samples.add("rule_read_only", &{
        RulePage {
            shell: member(Section::Domains),
            reach: Reach::Member(Level::Read),
            form: None,
            ..page()
        }
    });
    samples.add(
        "rule_long",
        &RulePage {
            shell: stranger(Section::Domains),
            rule_name: LONG.to_owned(),
            conditions: vec![RTL.to_owned(), "x".repeat(500)],
            action: format!("Tag {}", "x".repeat(64)),
            form: None,
            ..page()
        },
    );
    samples.add("rules_test", &tester(None));
    samples.add("rules_tested", &tester(Some(verdict())));
    let mut refused = tester(None);
    refused.shell.notice = Some(Notice::failed(
        "Recipient: must be an address at acme.example.",
    ));
    samples.add("rules_test_refused", &refused);
}
