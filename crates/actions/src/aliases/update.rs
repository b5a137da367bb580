//! An alias changes.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Address, Alias, AliasAction, AliasId, AuditAction, AuditEvent, Timestamp};
use postscale_store::alias;

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
    let domain = gate
        .domain(action::ALIAS_UPDATE, &alias.domain_id.into())
        .await?;
    let local_part = match &change.address {
        Some(text) => Some(check::local_part(text, &domain.name)?),
        None => None,
    };
    let asks = change.action.is_some() || change.forward_to.is_some();
    let forward_to = change.forward_to.as_ref().unwrap_or(&alias.forward_to);
    let name = local_part.as_ref().unwrap_or(&alias.local_part);
    check::targets(
        change.action.unwrap_or(alias.action),
        name,
        &domain.name,
        forward_to,
    )?;
    check::end(change.expires_at.flatten(), caller.received_at())?;
    let description = change
        .description
        .map(|note| check_note("description", &note))
        .transpose()?;
    let webhook_id = match &change.webhook_id {
        Some(Some(id)) => Some(Some(webhook_of(&mut gate, &domain, id).await?)),
        Some(None) => Some(None),
        None => None,
    };
    let change = alias::AliasChange {
        local_part,
        action: change.action,
        forward_to: change.forward_to,
        webhook_id,
        is_masked: change.is_masked,
        description,
        active: change.active,
        expires_at: change.expires_at,
    };
    let now = app.sources.now();
    let changed = alias::update(&mut tx, &alias, change, now)
        .await
        .map_err(taken)?;
    if asks && changed.action == AliasAction::Forward {
        forward_targets::ask(app, &mut tx, &domain, &changed.forward_to).await?;
    }
    let event = AuditEvent::updated(AuditAction::AliasUpdated, &*alias, &changed);
    audit::note(app, &mut tx, alias.organization_id, event).await?;
    let changed = with_targets(&mut tx, changed).await?;
    tx.commit().await?;
    Ok(changed)
}
