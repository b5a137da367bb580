//! An alias changes.

use postscale_access::{Caller, Gate, Late, Writable, action};
use postscale_model::{Address, Alias, AliasAction, AliasId, AuditAction, AuditEvent, Timestamp};
use postscale_store::{Tx, alias, alias_bounce, forward_target::ForwardedBy};

use super::{AliasWithTargets, check, taken, webhook_of, with_targets};
use crate::{App, Result, audit, forward_targets, note::check_note};

/// What to change; `None` leaves as it is. The domain never changes.
#[derive(Debug, Default)]
pub struct AliasChange {
    /// Local part.
    pub address: Option<String>,
    /// What happens to its mail.
    pub action: Option<AliasAction>,
    /// Where `forward` goes. Naming a target again asks it again when it has not agreed.
    pub forward_to: Option<Vec<Address>>,
    /// Id of the one webhook that is told, as the client wrote it, or none.
    pub webhook_id: Option<Option<String>>,
    /// Note.
    pub description: Option<String>,
    /// A masked address.
    pub is_masked: Option<bool>,
    /// End, or none.
    pub expires_at: Option<Option<Timestamp>>,
    /// Pause or resume.
    pub active: Option<bool>,
}

/// Changes an alias.
///
/// # Errors
/// As [`create`](super::create).
pub async fn update(
    app: &App,
    caller: &Caller,
    id: Option<AliasId>,
    change: Late<AliasChange>,
) -> Result<AliasWithTargets> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let alias = gate.object::<Alias, _>(action::ALIAS_UPDATE, id).await?;
    let change = change.after(&alias)?;
    if alias.is_shield() {
        let changed = shield(app, &mut tx, caller, &alias, change).await?;
        tx.commit().await?;
        return Ok(changed);
    }
    let domain = gate
        .domain(action::ALIAS_UPDATE, &alias.domain_id.into())
        .await?;
    let local_part = match &change.address {
        Some(text) => Some(check::local_part(text, &domain.name)?),
        None => None,
    };
    let webhook_id = match &change.webhook_id {
        // The one it has may stay, whoever sees it, also after it was deleted.
        Some(Some(id)) if alias.webhook_id.is_some_and(|kept| kept.to_string() == *id) => None,
        Some(Some(id)) => Some(Some(webhook_of(&mut gate, &domain, id).await?)),
        Some(None) => Some(None),
        None => None,
    };
    let change = alias::AliasChange {
        local_part,
        webhook_id,
        ..change.into_plain()
    };
    let changed = apply(app, &mut tx, caller, &alias, change).await?;
    tx.commit().await?;
    Ok(changed)
}

impl AliasChange {
    /// What needs no look at the domain.
    fn into_plain(self) -> alias::AliasChange {
        alias::AliasChange {
            action: self.action,
            forward_to: self.forward_to,
            is_masked: self.is_masked,
            description: self.description,
            active: self.active,
            expires_at: self.expires_at,
            ..alias::AliasChange::default()
        }
    }
}

/// Changes an alias of the shared domain.
pub(super) async fn shield(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    alias: &Writable<Alias>,
    change: AliasChange,
) -> Result<AliasWithTargets> {
    check::shield(&change)?;
    apply(app, tx, caller, alias, change.into_plain()).await
}

/// Judges what needs no look at the domain, and changes the alias.
async fn apply(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    alias: &Writable<Alias>,
    mut change: alias::AliasChange,
) -> Result<AliasWithTargets> {
    let forward_to = change.forward_to.as_ref().unwrap_or(&alias.forward_to);
    let name = change.local_part.as_ref().unwrap_or(&alias.local_part);
    let action = change.action.unwrap_or(alias.action);
    check::targets(action, name, &alias.domain, forward_to)?;
    check::end(change.expires_at.flatten(), caller.received_at())?;
    change.description = change
        .description
        .map(|note| check_note("description", &note))
        .transpose()?;
    let asks = change.action.is_some() || change.forward_to.is_some();
    let is_another_chance = change.forward_to.is_some();
    let changed = alias::update(tx, alias, change, app.sources.now())
        .await
        .map_err(taken)?;
    if is_another_chance {
        alias_bounce::forget(tx, alias).await?;
    }
    if asks && changed.action == AliasAction::Forward {
        let by = ForwardedBy::Alias(alias);
        forward_targets::ask_as(app, tx, by, &alias.domain, &changed.forward_to).await?;
    }
    let event = AuditEvent::updated(AuditAction::AliasUpdated, &**alias, &changed);
    audit::note(app, tx, alias.organization_id, event).await?;
    with_targets(tx, changed).await
}
