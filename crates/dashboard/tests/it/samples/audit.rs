//! The audit log.

use postscale_dashboard::ui::{Chip, Section, Tone};
use postscale_dashboard::views::audit::*;
use postscale_model::AuditAction;

use super::{LONG, RTL, Samples, at, id, owner, parts, stranger};

fn name(text: &str, parameter: &str, n: u8) -> AuditName {
    AuditName {
        text: text.to_owned(),
        href: Some(format!("/audit?{parameter}={}", id(n))),
    }
}

fn change(member: &str, before: &str, after: &str) -> AuditChange {
    AuditChange {
        member: member.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    }
}

fn row(n: u8, actor: &str, action: AuditAction, target: &str) -> AuditRow {
    AuditRow {
        id: id(n),
        actor: name(actor, "actor", n),
        phrase: phrase(action).to_owned(),
        target: Some(name(target, "target", n)),
        outcome: None,
        times: None,
        at: at(n.into()),
        changes: Vec::new(),
        facts: vec![
            ("Action", action.to_string()),
            ("Address", "192.0.2.17".to_owned()),
            ("Entry", n.to_string()),
        ],
    }
}

pub fn add(samples: &mut Samples) {
    let settings = AuditRow {
        changes: vec![
            change("Active", "yes", "no"),
            change("Open tracking", "", "yes"),
        ],
        ..row(
            4,
            "olivia@acme.example",
            AuditAction::DomainSettingsChanged,
            "acme.example",
        )
    };
    let refused = AuditRow {
        outcome: Some(Chip::new(Tone::Warn, "Refused")),
        times: Some("5 times".to_owned()),
        target: None,
        changes: vec![change("Actions", "", "audit.list: 5")],
        ..row(3, "max@client.example", AuditAction::AccessDenied, "")
    };
    let by_itself = AuditRow {
        actor: AuditName {
            text: "Postscale".to_owned(),
            href: None,
        },
        ..row(2, "", AuditAction::DomainVerified, "acme.example")
    };
    let strange = AuditRow {
        changes: vec![change("Description", LONG, RTL)],
        ..row(1, LONG, AuditAction::AliasUpdated, RTL)
    };
    let page = AuditPage {
        shell: owner(Section::Audit),
        filter: AuditFilter::new(AuditSearch::default()),
        rows: vec![settings, refused, by_itself],
        pager: parts("103 entries", None, Some("/audit?cursor=AAAA")),
    };
    samples.add("audit", &page);
    let search = AuditSearch {
        action: "alias.updated".to_owned(),
        actor: "ann & <bob>".to_owned(),
        from: "2026-03-01".to_owned(),
        ..AuditSearch::default()
    };
    let found = AuditPage {
        shell: stranger(Section::Audit),
        filter: AuditFilter::new(search.clone()),
        rows: vec![strange],
        pager: parts("1 entry", Some("/audit?action=alias.updated"), None),
    };
    samples.add("audit_found", &found);
    let empty = |search| AuditPage {
        shell: owner(Section::Audit),
        filter: AuditFilter::new(search),
        rows: Vec::new(),
        pager: parts("0 entries", None, None),
    };
    samples.add("audit_no_match", &empty(search));
    samples.add("audit_empty", &empty(AuditSearch::default()));
}
