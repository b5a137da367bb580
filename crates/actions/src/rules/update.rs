//! A rule changes.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditEvent, InboundRule, Invalid, RuleId, RuleMatch, Word as _,
};
use postscale_store::rule;

use super::{ActionConfig, NewCondition, RuleAlias, RuleView, check, view};
use crate::{App, Result, Rule, audit, forward_targets};

/// What to change; `None` leaves as it is. The domain never changes.
#[derive(Debug, Default)]
pub struct RuleChange {
    /// What people call it.
    pub name: Option<String>,
    /// Whose mail it is about.
    pub alias: Option<RuleAlias>,
    /// What a message is asked: all of it.
    pub conditions: Option<Vec<NewCondition>>,
    /// How many of them must hold.
    pub match_mode: Option<RuleMatch>,
    /// What it does. What belonged to another action is forgotten.
    pub action: Option<String>,
    /// What belongs to the action: all of it. Naming a target again asks it again when it has not
    /// agreed.
    pub config: Option<ActionConfig>,
    /// The lower, the earlier.
    pub priority: Option<i64>,
    /// Whether it is asked at all.
    pub enabled: Option<bool>,
}

/// Changes a rule of a domain.
///
/// # Errors
/// As [`create`](super::create); [`Rule::NoSuchObject`] for a rule the domain does not have.
pub async fn update(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    id: Option<RuleId>,
    change: Late<RuleChange>,
) -> Result<RuleView> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::RULE_UPDATE, domain).await?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    let before = rule::find(gate.rights(), &domain, id).await?;
    let before = before.ok_or(Rule::NoSuchObject)?;
    let change = change.after(&domain)?;
    let mut rule = changed(&before, &change)?;
    let config = change.config.as_ref();
    if let Some(config) = config {
        let webhook_id = match (before.action.webhook_id(), config.webhook_id.as_deref()) {
            // The one it has may stay, whoever sees it, also after it was deleted.
            (Some(kept), Some(id)) if kept.to_string() == id => Some(kept),
            (_, id) => super::webhook_of(&mut gate, &domain, id).await?,
        };
        rule.action = super::with_webhook(rule.action, webhook_id);
    }
    if let Some(alias) = &change.alias {
        rule.alias_id = super::alias_of(&mut tx, &domain, alias).await?;
    }
    rule.updated_at = app.sources.now();
    rule::update(&mut tx, &domain, &rule).await?;
    if change.action.is_some() || config.is_some() {
        forward_targets::ask(app, &mut tx, &domain, rule.action.forward_to()).await?;
    }
    let event = AuditEvent::updated(AuditAction::RuleUpdated, &before, &rule);
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    let changed = view(&mut tx, &domain, rule).await?;
    tx.commit().await?;
    Ok(changed)
}

/// The rule with what its client changes of it alone: alias and webhook are looked for afterwards.
fn changed(before: &InboundRule, change: &RuleChange) -> Result<InboundRule, Invalid> {
    let mut rule = before.clone();
    if let Some(name) = &change.name {
        rule.name = check::name(name)?;
    }
    if let Some(conditions) = &change.conditions {
        rule.conditions = check::conditions(conditions)?;
    }
    if change.action.is_some() || change.config.is_some() {
        let same = before.action.kind().as_str();
        let kind = change.action.as_deref().unwrap_or(same);
        let nothing = ActionConfig::default();
        let is_kept = kind == same && change.config.is_none();
        if !is_kept {
            rule.action = check::action(kind, change.config.as_ref().unwrap_or(&nothing))?;
        }
    }
    if let Some(priority) = change.priority {
        rule.priority = check::priority(priority)?;
    }
    rule.match_mode = change.match_mode.unwrap_or(before.match_mode);
    rule.enabled = change.enabled.unwrap_or(before.enabled);
    Ok(rule)
}
