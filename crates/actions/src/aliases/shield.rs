//! Masked addresses on the instance's shared domain: an organization's, and none of its domains'.
//!
//! They are made up, never chosen: nobody learns by trying which ones others have.

use postscale_access::{Caller, Gate, Late, Permission, action};
use postscale_model::{
    Address, Alias, AliasAction, AliasId, AuditAction, AuditEvent, DomainId, Timestamp,
};
use postscale_store::{Listed, Page, alias, forward_target::ForwardedBy};

use super::{
    AliasChange, AliasFilter, AliasWithTargets, all_with_targets, check, update, with_targets,
};
use crate::{App, Result, Rule, audit, forward_targets, note::check_note};

/// What to make.
#[derive(Debug)]
pub struct NewShieldAlias {
    /// Where its mail goes.
    pub forward_to: Vec<Address>,
    /// Note.
    pub description: String,
    /// End.
    pub expires_at: Option<Timestamp>,
    /// `false` makes it paused.
    pub active: bool,
}

/// The organization's aliases on the shared domain, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for everybody but owners, admins and their
/// organization-wide keys.
pub async fn list_shield(
    app: &App,
    caller: &Caller,
    input: Late<(AliasFilter, Page)>,
) -> Result<(Page, Listed<AliasWithTargets>)> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SHIELD_ALIAS_LIST)?;
    let (filter, page) = input.after(&permission)?;
    let Listed { rows, total } = alias::list_shield(&mut tx, &permission, &filter, page).await?;
    let rows = all_with_targets(&mut tx, rows).await?;
    Ok((page, Listed { rows, total }))
}

/// Makes an alias on the shared domain. Targets outside the organization are asked by mail.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn create_shield(
    app: &App,
    caller: &Caller,
    new: Late<NewShieldAlias>,
) -> Result<AliasWithTargets> {
    let mut tx = app.store.write().await?;
    let permission: Permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SHIELD_ALIAS_CREATE)?;
    let new = new.after(&permission)?;
    let (local_part, host) = (check::made_up(&app.sources), &app.hosts.shield);
    check::targets(AliasAction::Forward, &local_part, host, &new.forward_to)?;
    check::end(new.expires_at, caller.received_at())?;
    let now = app.sources.now();
    let alias = Alias {
        id: app.sources.id(),
        organization_id: permission.organization(),
        domain_id: DomainId::SHIELD,
        domain: host.clone(),
        local_part,
        action: AliasAction::Forward,
        forward_to: new.forward_to,
        webhook_id: None,
        is_masked: true,
        description: check_note("description", &new.description)?,
        emails_received: 0,
        active: new.active,
        expires_at: new.expires_at,
        created_at: now,
        updated_at: now,
    };
    alias::insert_shield(&mut tx, &permission, &alias).await?;
    let by = ForwardedBy::Shield(&permission);
    forward_targets::ask_as(app, &mut tx, by, host, &alias.forward_to).await?;
    let event = AuditEvent::made_of(AuditAction::AliasCreated, &alias);
    audit::note(app, &mut tx, alias.organization_id, event).await?;
    let created = with_targets(&mut tx, alias).await?;
    tx.commit().await?;
    Ok(created)
}

/// One of them.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied); [`Rule::NoSuchObject`] for any other alias.
pub async fn get_shield(
    app: &App,
    caller: &Caller,
    id: Option<AliasId>,
) -> Result<AliasWithTargets> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SHIELD_ALIAS_LIST)?;
    let alias = gate.object::<Alias, _>(action::ALIAS_READ, id).await?;
    if !alias.is_shield() {
        return Err(Rule::NoSuchObject.into());
    }
    with_targets(&mut tx, alias.into_inner()).await
}

/// Changes one of them: everything but its address.
///
/// # Errors
/// As [`get_shield`].
pub async fn update_shield(
    app: &App,
    caller: &Caller,
    id: Option<AliasId>,
    change: Late<AliasChange>,
) -> Result<AliasWithTargets> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SHIELD_ALIAS_CREATE)?;
    let alias = gate.object::<Alias, _>(action::ALIAS_UPDATE, id).await?;
    if !alias.is_shield() {
        return Err(Rule::NoSuchObject.into());
    }
    let change = change.after(&alias)?;
    let changed = update::shield(app, &mut tx, caller, &alias, change).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Deletes one of them. Mail it received stays.
///
/// # Errors
/// As [`get_shield`].
pub async fn delete_shield(app: &App, caller: &Caller, id: Option<AliasId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SHIELD_ALIAS_DELETE)?;
    let alias = gate.object::<Alias, _>(action::ALIAS_DELETE, id).await?;
    if !alias.is_shield() {
        return Err(Rule::NoSuchObject.into());
    }
    alias::delete(&mut tx, &alias).await?;
    let event = AuditEvent::of(AuditAction::AliasDeleted, &*alias);
    audit::note(app, &mut tx, alias.organization_id, event).await?;
    Ok(tx.commit().await?)
}
