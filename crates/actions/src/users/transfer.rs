//! An owner hands the organization on.

use postscale_access::{Actor, Caller, Denied, Gate, Late, Reason, Refusal, action};
use postscale_model::{AuditAction, AuditEvent, Invalid, Role, UserId};
use postscale_store::{
    Tx,
    user::{self, Managed, UserDetails},
};
use serde_json::json;

use super::{in_turn, is_active, record, role, target};
use crate::{App, Error, Result, Rule, auth};

/// Whom the caller could hand the organization on to: an early answer, before it is meant.
///
/// # Errors
/// [`Error::Denied`]; wants a recent sign-in.
pub async fn heir(app: &App, caller: &Caller, id: Option<UserId>) -> Result<UserDetails> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let heir = Managed::from(gate.user(action::OWNERSHIP_TRANSFER, id).await?);
    auth::require_recent(&mut gate, caller).await?;
    Ok(user::details(&mut tx, &heir, caller.received_at()).await?)
}

/// Makes another user owner and the caller admin, in one step.
///
/// # Errors
/// [`Rule::OwnershipChanged`] when somebody was faster, [`Rule::UserDeactivated`],
/// [`Rule::EmailNotVerified`]; wants a recent sign-in.
pub async fn transfer_ownership(
    app: &App,
    caller: &Caller,
    to: Late<Option<UserId>>,
) -> Result<UserDetails> {
    let id = may_transfer(app, caller, to).await?;
    let mut tx = app.store.write().await?;
    let (actor, heir) = match in_turn(&mut tx, caller, action::OWNERSHIP_TRANSFER, id).await {
        // A moment ago the caller was the owner.
        Err(Error::Denied(Denied::Refused(Refusal::Forbidden(Reason::Role)))) => {
            return Err(Rule::OwnershipChanged.into());
        }
        other => other?,
    };
    let (heir, now) = (Managed::from(heir), caller.received_at());
    if heir.id == actor.user() {
        return Err(Invalid::field("user_id", "must be somebody else").into());
    }
    let details = user::details(&mut tx, &heir, now).await?;
    if !is_active(&details) {
        return Err(Rule::UserDeactivated.into());
    }
    if details.email_verified_at.is_none() {
        return Err(Rule::EmailNotVerified.into());
    }
    let before = own_row(&mut tx, caller, actor.user()).await?;
    let mut events = vec![
        AuditEvent::new(AuditAction::OwnershipTransferred, target(&heir)).change(
            json!({ "owner": before.email }),
            json!({ "owner": heir.email }),
        ),
    ];
    if heir.role != Role::Owner {
        events.extend(role::write(&mut tx, &heir, Role::Owner, now).await?);
    }
    events.extend(role::write(&mut tx, &before, Role::Admin, now).await?);
    record(&mut tx, app, heir.organization_id, events).await?;
    let details = user::details(&mut tx, &heir, now).await?;
    tx.commit().await?;
    Ok(details)
}

/// Whether the caller may hand on at all, as asked for: decided in a transaction of its own, so that
/// losing the ownership afterwards can be told from never having had it.
async fn may_transfer(
    app: &App,
    caller: &Caller,
    to: Late<Option<UserId>>,
) -> Result<Option<UserId>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let asked = gate.named(&to, |id| *id)?;
    // Where nobody can be read, it is decided about the caller, whom every owner may change: that the
    // input is wrong is for owners to know.
    let own = gate.actor().map(Actor::user);
    let about = asked.as_ref().map_or(own, |id| *id);
    gate.user(action::OWNERSHIP_TRANSFER, about).await?;
    let id = asked?;
    auth::require_recent(&mut gate, caller).await?;
    Ok(id)
}

/// The caller as a user who may be managed: an owner may change owners.
async fn own_row(tx: &mut Tx, caller: &Caller, id: UserId) -> Result<Managed> {
    let mut gate = Gate::open(tx, caller).await?;
    let own = gate.user(action::OWNERSHIP_TRANSFER, Some(id)).await?;
    Ok(own.into())
}
