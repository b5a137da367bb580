//! An alias is made.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{Address, Alias, AliasAction, AuditAction, AuditEvent, Invalid, Timestamp};
use postscale_store::alias;

use super::{AliasWithTargets, check, taken, webhook_of, with_targets};
use crate::{App, Result, audit, forward_targets, note::check_note};

/// What to make: for which domain, and the rest, which is judged after the domain.
#[derive(Debug)]
pub struct NewAlias {
    /// The domain.
    pub domain: DomainRef,
    /// Everything else.
    pub rest: Late<NewAliasRest>,
}

/// Everything but the domain.
#[derive(Debug)]
pub struct NewAliasRest {
    /// Local part; made up when absent, for masked addresses only.
    pub address: Option<String>,
    /// What happens to its mail.
    pub action: AliasAction,
    /// Where `forward` goes.
    pub forward_to: Vec<Address>,
    /// Id of the one webhook that is told, as the client wrote it.
    pub webhook_id: Option<String>,
    /// Note.
    pub description: String,
    /// A masked address.
    pub is_masked: bool,
    /// End.
    pub expires_at: Option<Timestamp>,
    /// `false` makes it paused.
    pub active: bool,
}

/// Makes an alias. Targets outside the organization are asked by mail.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for the domain before anything else is judged, then for
/// the webhook; [`Rule::AliasTaken`](crate::Rule::AliasTaken).
pub async fn create(app: &App, caller: &Caller, new: Late<NewAlias>) -> Result<AliasWithTargets> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let named = gate.named(&new, |new| new.domain.clone())??;
    let domain = gate.domain(action::ALIAS_CREATE, &named).await?;
    let new = new.after(&domain)?.rest.after(&domain)?;
    let local_part = match &new.address {
        Some(text) => check::local_part(text, &domain.name)?,
        None if new.is_masked => check::made_up(&app.sources),
        None => {
            return Err(Invalid::field("address", "is required unless is_masked is true").into());
        }
    };
    check::targets(
        new.action,
        &local_part,
        domain.name.as_str(),
        &new.forward_to,
    )?;
    check::end(new.expires_at, caller.received_at())?;
    let description = check_note("description", &new.description)?;
    let webhook_id = match &new.webhook_id {
        Some(id) => Some(webhook_of(&mut gate, &domain, id).await?),
        None => None,
    };
    let now = app.sources.now();
    let alias = Alias {
        id: app.sources.id(),
        organization_id: domain.organization_id,
        domain_id: domain.id,
        domain: domain.name.to_string(),
        local_part,
        action: new.action,
        forward_to: new.forward_to,
        webhook_id,
        is_masked: new.is_masked,
        description,
        emails_received: 0,
        active: new.active,
        expires_at: new.expires_at,
        created_at: now,
        updated_at: now,
    };
    alias::insert(&mut tx, &domain, &alias)
        .await
        .map_err(taken)?;
    if alias.action == AliasAction::Forward {
        forward_targets::ask(app, &mut tx, &domain, &alias.forward_to).await?;
    }
    let event = AuditEvent::made_of(AuditAction::AliasCreated, &alias);
    audit::note(app, &mut tx, alias.organization_id, event).await?;
    let created = with_targets(&mut tx, alias).await?;
    tx.commit().await?;
    Ok(created)
}
