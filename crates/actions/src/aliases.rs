//! Aliases: receiving addresses of a domain.

mod bulk;
mod check;
pub mod contacts;
mod create;
mod delete;
mod export;
mod get;
mod list;
mod shield;
mod update;

use postscale_access::{Gate, action};
use postscale_model::{Address, Alias, AliasAction, Domain, Invalid, WebhookId};
pub use postscale_store::alias::AliasFilter;
use postscale_store::{Tx, alias::LOCAL_PART_KEY, alias_bounce, forward_target, webhook};

pub use bulk::{BULK_MAX, create_many};
pub use create::{NewAlias, NewAliasRest, create};
pub use delete::delete;
pub use export::{Export, export};
pub use get::{AliasView, get};
pub use list::list;
pub use shield::{
    NewShieldAlias, create_shield, delete_shield, get_shield, list_shield, update_shield,
};
pub use update::{AliasChange, update};

use crate::{Error, Result, Rule, webhooks};

/// Targets of one alias at most.
pub const TARGETS_MAX: usize = 20;

/// An alias and why some of its mail may not flow.
#[derive(Debug)]
pub struct AliasWithTargets {
    /// The alias.
    pub alias: Alias,
    /// Targets that have not agreed yet: nothing is forwarded to them.
    pub unconfirmed: Vec<Address>,
    /// Targets that turned out not to exist: nothing is forwarded to them until they are named again.
    pub bouncing: Vec<Address>,
    /// The one webhook it announces to was deleted: nobody is told.
    pub webhook_is_gone: bool,
}

impl AliasWithTargets {
    /// Whether some of its mail does not flow though it is meant to.
    #[must_use]
    pub fn is_held_up(&self) -> bool {
        match self.alias.action {
            AliasAction::Forward => !(self.unconfirmed.is_empty() && self.bouncing.is_empty()),
            AliasAction::Webhook => self.webhook_is_gone,
            AliasAction::Store | AliasAction::Drop => false,
        }
    }
}

async fn with_targets(tx: &mut Tx, alias: Alias) -> Result<AliasWithTargets> {
    let mut all = all_with_targets(tx, vec![alias]).await?;
    Ok(all.pop().expect("BUG: one alias makes one"))
}

async fn all_with_targets(tx: &mut Tx, aliases: Vec<Alias>) -> Result<Vec<AliasWithTargets>> {
    let waiting = forward_target::unconfirmed(tx, &aliases).await?;
    let bouncing = alias_bounce::bouncing(tx, &aliases).await?;
    let named: Vec<WebhookId> = aliases
        .iter()
        .filter_map(|alias| alias.webhook_id)
        .collect();
    let gone = webhook::gone(tx, &named).await?;
    let targets = waiting.into_iter().zip(bouncing);
    let all = aliases.into_iter().zip(targets);
    Ok(all
        .map(|(alias, (unconfirmed, bouncing))| AliasWithTargets {
            webhook_is_gone: alias.webhook_id.is_some_and(|id| gone.contains(&id)),
            alias,
            unconfirmed,
            bouncing,
        })
        .collect())
}

/// The webhook an alias announces to, by the id as its client wrote it: it must be visible and speak
/// for the alias's domain.
async fn webhook_of(gate: &mut Gate<'_, Tx>, domain: &Domain, id: &str) -> Result<WebhookId> {
    let webhook = gate.object(action::WEBHOOK_READ, id.parse().ok()).await?;
    if !webhooks::is_told_of(&webhook, domain.id) {
        return Err(Invalid::field("webhook_id", "is not told about the alias's domain").into());
    }
    Ok(webhook.id)
}

fn taken(error: postscale_store::Error) -> Error {
    if error.is_conflict_on(LOCAL_PART_KEY) {
        Rule::AliasTaken.into()
    } else {
        error.into()
    }
}
