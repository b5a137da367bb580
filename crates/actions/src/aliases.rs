//! Aliases: receiving addresses of a domain.

mod check;
mod create;
mod delete;
mod get;
mod list;
mod update;

use postscale_access::{Gate, action};
use postscale_model::{Address, Alias, Domain, Invalid};
pub use postscale_store::alias::AliasFilter;
use postscale_store::{Tx, alias::LOCAL_PART_KEY, forward_target};

pub use create::{NewAlias, NewAliasRest, create};
pub use delete::delete;
pub use get::{AliasView, get};
pub use list::list;
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
}

async fn with_targets(tx: &mut Tx, alias: Alias) -> Result<AliasWithTargets> {
    let waiting = forward_target::unconfirmed(tx, std::slice::from_ref(&alias)).await?;
    let unconfirmed = waiting.into_iter().next().unwrap_or_default();
    Ok(AliasWithTargets { alias, unconfirmed })
}

/// The webhook an alias announces to, by the id as its client wrote it: it must be visible and speak
/// for the alias's domain.
async fn webhook_of(
    gate: &mut Gate<'_, Tx>,
    domain: &Domain,
    id: &str,
) -> Result<postscale_model::WebhookId> {
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
