//! `GET /domains/{id}/rules`

use postscale_access::DomainRef;
use postscale_actions::rules::{self, RuleView};
use postscale_model::{RuleAction, RuleMatch};
use postscale_web::Name;

use crate::{
    answer::{Answer, shown},
    segments::IdSegment,
    ui::{Chip, Section, Tone},
    views::{
        domains::{DomainTab, DomainTabs},
        rules::{RuleListPage, RuleRow, action_sentence, condition_sentence},
    },
    visit::Visit,
};

pub(super) async fn list(visit: Visit, id: Name<IdSegment>) -> Answer {
    let domain = DomainRef::parse(&id.text);
    let listed = rules::list(&visit.app, &visit.caller, &domain).await?;
    let reader = visit.reader(Section::Domains).await?;
    let domain = listed.domain;
    let name = domain.name.to_unicode();
    shown(&RuleListPage {
        tabs: DomainTabs {
            id: domain.id.to_string(),
            current: DomainTab::Rules,
            reach: reader.reach(domain.id),
        },
        shell: reader.shell,
        id: domain.id.to_string(),
        otherwise: if domain.catch_all_enabled {
            "Mail that no rule decides about goes where its alias says, or is kept by the catch-all."
        } else {
            "Mail that no rule decides about goes where its alias says."
        },
        rows: listed.rules.iter().map(|rule| row(rule, &name)).collect(),
        name,
        may_write: listed.may_write,
    })
}

fn row(view: &RuleView, domain: &str) -> RuleRow {
    let rule = &view.rule;
    let joint = match rule.match_mode {
        RuleMatch::All => " and ",
        RuleMatch::Any => " or ",
    };
    let conditions = rule.conditions.iter().map(condition_sentence);
    RuleRow {
        id: rule.id.to_string(),
        name: rule.name.clone(),
        alias: view.alias.as_ref().map(|it| format!("{it}@{domain}")),
        conditions: conditions.collect::<Vec<_>>().join(joint),
        action: action_sentence(&rule.action),
        priority: rule.priority,
        hits: rule.hits,
        last_hit_at: rule.last_hit_at.map(Into::into),
        status: status(view),
    }
}

/// Whether a rule works.
pub(super) fn status(view: &RuleView) -> Chip {
    if view.rule.enabled && view.webhook_is_gone {
        return Chip::new(Tone::Bad, "Webhook was deleted");
    }
    let forwards = matches!(view.rule.action, RuleAction::Forward { .. });
    if view.rule.enabled && forwards && !view.unconfirmed.is_empty() {
        Chip::new(Tone::Warn, "Waiting for consent")
    } else {
        Chip::active(view.rule.enabled)
    }
}
