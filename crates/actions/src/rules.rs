//! Inbound rules of a domain: what happens to received mail before its alias has a say.

mod check;
mod create;
mod delete;
mod get;
mod list;
mod test;
mod update;

use std::collections::BTreeMap;

use postscale_access::{Gate, Granted, Writable, action};
use postscale_model::{Address, AliasId, Domain, InboundRule, Invalid, RuleAction, WebhookId};
use postscale_store::{Tx, forward_target, rule, webhook};

pub use check::{ActionConfig, NewCondition};
pub use create::{NewRule, RuleAlias, create};
pub use delete::delete;
pub use get::{FormOf, RulePage, form, get};
pub use list::{RuleList, list};
pub use postscale_mail::rules::Looked;
pub use test::{GivenMessage, Sample, Tried, TriedRule, test};
pub use update::{RuleChange, update};

use crate::{Result, webhooks};

/// Rules of one domain at most: each message for it is held against all of them.
pub const RULES_MAX: usize = 100;
/// Conditions of one rule at most.
pub const CONDITIONS_MAX: usize = 20;
/// Priority of a rule that names none.
pub const PRIORITY_DEFAULT: i64 = 100;

/// A rule as people see it.
#[derive(Debug)]
pub struct RuleView {
    /// The rule.
    pub rule: InboundRule,
    /// Local part of the alias it is about.
    pub alias: Option<String>,
    /// Targets that have not agreed yet: nothing is forwarded to them.
    pub unconfirmed: Vec<Address>,
    /// The one webhook it announces to was deleted: nobody is told.
    pub webhook_is_gone: bool,
}

/// The rules as people see them, in their order.
async fn views<C>(
    tx: &mut Tx,
    domain: &Granted<Domain, C>,
    rules: Vec<InboundRule>,
) -> Result<Vec<RuleView>> {
    let names: BTreeMap<AliasId, String> = rule::alias_names(tx, domain).await?;
    let targets = rules.iter().flat_map(|rule| rule.action.forward_to());
    let targets: Vec<Address> = targets.cloned().collect();
    let waiting = forward_target::waiting(tx, domain, &targets).await?;
    let named = rules.iter().filter_map(|rule| rule.action.webhook_id());
    let named: Vec<WebhookId> = named.collect();
    let gone = webhook::gone(tx, &named).await?;
    let view = |rule: InboundRule| {
        let targets = rule.action.forward_to().iter();
        RuleView {
            unconfirmed: targets
                .filter(|target| waiting.contains(target))
                .cloned()
                .collect(),
            webhook_is_gone: rule
                .action
                .webhook_id()
                .is_some_and(|id| gone.contains(&id)),
            alias: rule.alias_id.and_then(|id| names.get(&id).cloned()),
            rule,
        }
    };
    Ok(rules.into_iter().map(view).collect())
}

/// One rule as people see it.
async fn view<C>(tx: &mut Tx, domain: &Granted<Domain, C>, rule: InboundRule) -> Result<RuleView> {
    let mut all = views(tx, domain, vec![rule]).await?;
    Ok(all.remove(0))
}

/// The webhook an action names, by the id as its client wrote it.
async fn webhook_of(
    gate: &mut Gate<'_, Tx>,
    domain: &Domain,
    id: Option<&str>,
) -> Result<Option<WebhookId>> {
    let Some(id) = id else { return Ok(None) };
    let webhook = gate.object(action::WEBHOOK_READ, id.parse().ok()).await?;
    if !webhooks::is_told_of(&webhook, domain.id) {
        let problem = "is not told about the domain";
        return Err(Invalid::field("action_config.webhook_id", problem).into());
    }
    Ok(Some(webhook.id))
}

/// The alias a rule is about, one of the domain's.
async fn alias_of(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    alias: &RuleAlias,
) -> Result<Option<AliasId>> {
    let found = match alias {
        RuleAlias::Every => return Ok(None),
        RuleAlias::Id(id) => match id.parse() {
            Ok(id) => rule::alias_of(tx, domain, id).await?,
            Err(_) => None,
        },
        RuleAlias::Named(local_part) => rule::alias_named(tx, domain, local_part).await?,
    };
    let none = || Invalid::field("alias_id", "is no alias of the domain");
    Ok(Some(found.ok_or_else(none)?))
}

/// The action with the webhook it names.
fn with_webhook(action: RuleAction, webhook_id: Option<WebhookId>) -> RuleAction {
    match action {
        RuleAction::Webhook { .. } => RuleAction::Webhook { webhook_id },
        other => other,
    }
}
