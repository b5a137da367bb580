//! A rule is made.

use postscale_access::{Caller, DomainRef, Late, action};
use postscale_model::{AuditAction, AuditEvent, InboundRule, RuleMatch};
use postscale_store::rule;

use super::{ActionConfig, NewCondition, RULES_MAX, RuleView, check, view};
use crate::{App, Result, Rule, audit, forward_targets, turn};

/// Whose mail a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleAlias {
    /// All mail of the domain.
    Every,
    /// The alias with that id, as its client wrote it.
    Id(String),
    /// The alias with that local part.
    Named(String),
}

/// What to make.
#[derive(Debug)]
pub struct NewRule {
    /// What people call it.
    pub name: String,
    /// Whose mail it is about.
    pub alias: RuleAlias,
    /// What a message is asked.
    pub conditions: Vec<NewCondition>,
    /// How many of them must hold.
    pub match_mode: RuleMatch,
    /// What it does.
    pub action: String,
    /// What belongs to that.
    pub config: ActionConfig,
    /// The lower, the earlier.
    pub priority: i64,
    /// Whether it is asked at all.
    pub enabled: bool,
}

/// Makes a rule of a domain. Targets outside the organization are asked by mail.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for the domain, then for the webhook;
/// [`Rule::TooManyRules`].
pub async fn create(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    new: Late<NewRule>,
) -> Result<RuleView> {
    let mut tx = app.store.write().await?;
    let mut gate = turn::open(&mut tx, caller).await?;
    let domain = gate.domain(action::RULE_CREATE, domain).await?;
    let new = new.after(&domain)?;
    let name = check::name(&new.name)?;
    let conditions = check::conditions(&new.conditions)?;
    let action = check::action(&new.action, &new.config)?;
    let priority = check::priority(new.priority)?;
    let webhook_id = new.config.webhook_id.as_deref();
    let webhook_id = super::webhook_of(&mut gate, &domain, webhook_id).await?;
    let alias_id = super::alias_of(&mut tx, &domain, &new.alias).await?;
    if rule::list(&mut tx, &domain).await?.len() >= RULES_MAX {
        return Err(Rule::TooManyRules.into());
    }
    let now = app.sources.now();
    let rule = InboundRule {
        id: app.sources.id(),
        organization_id: domain.organization_id,
        domain_id: domain.id,
        alias_id,
        name,
        conditions,
        match_mode: new.match_mode,
        action: super::with_webhook(action, webhook_id),
        priority,
        enabled: new.enabled,
        hits: 0,
        last_hit_at: None,
        created_at: now,
        updated_at: now,
    };
    rule::insert(&mut tx, &domain, &rule).await?;
    forward_targets::ask(app, &mut tx, &domain, rule.action.forward_to()).await?;
    let event = AuditEvent::made_of(AuditAction::RuleCreated, &rule);
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    let created = view(&mut tx, &domain, rule).await?;
    tx.commit().await?;
    Ok(created)
}
