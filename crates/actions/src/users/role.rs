//! A user gets another role.

use postscale_access::{Caller, Gate, Late, UserAction, action};
use postscale_model::{AuditAction, AuditEvent, Role, Timestamp, User, UserId, UserStatus};
use postscale_store::{
    Tx, session,
    user::{self, Managed, UserDetails},
};

use super::{
    changed,
    ends::Ends,
    in_turn, is_active,
    offboard::{is_last_owner, revoke_invitations, revoke_keys, take_grants},
    record,
};
use crate::{App, Result, Rule, auth};

/// Each role is another action to give.
pub(crate) const fn action_of(role: Role) -> UserAction {
    match role {
        Role::Owner => action::USER_ROLE_SET_OWNER,
        Role::Admin => action::USER_ROLE_SET_ADMIN,
        Role::Member => action::USER_ROLE_SET_MEMBER,
    }
}

/// Whether the new role reaches further.
fn is_promotion(from: Role, to: Role) -> bool {
    match to {
        Role::Owner => from != Role::Owner,
        Role::Admin => from == Role::Member,
        Role::Member => false,
    }
}

/// Gives a user a role. It counts from the next request on.
///
/// # Errors
/// [`Rule::LastOwner`], [`Rule::UserDeactivated`]; making an owner wants a recent sign-in.
pub async fn set_role(
    app: &App,
    caller: &Caller,
    id: Option<UserId>,
    role: Late<Role>,
) -> Result<UserDetails> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let asked = gate.named(&role, |role| *role)?;
    let action = action_of(*asked.as_ref().unwrap_or(&Role::Member));
    if asked == Ok(Role::Owner) {
        gate.user(action, id).await?;
        auth::require_recent(&mut gate, caller).await?;
    }
    let (_, user) = in_turn(&mut tx, caller, action, id).await?;
    let role = role.after(&user)?;
    let (user, now) = (Managed::from(user), caller.received_at());
    let details = check(&mut tx, &user, role, now).await?;
    if role == user.role {
        return Ok(details);
    }
    let events = write(&mut tx, &user, role, now).await?;
    record(&mut tx, app, user.organization_id, events).await?;
    let details = user::details(&mut tx, &user, now).await?;
    tx.commit().await?;
    Ok(details)
}

/// Whether the user may be given the role, and how they are now.
///
/// # Errors
/// [`Rule::UserDeactivated`], [`Rule::EmailNotVerified`], [`Rule::LastOwner`].
pub(crate) async fn check(
    tx: &mut Tx,
    user: &Managed,
    role: Role,
    now: Timestamp,
) -> Result<UserDetails> {
    let details = user::details(tx, user, now).await?;
    if !is_active(&details) {
        return Err(Rule::UserDeactivated.into());
    }
    if role == Role::Owner && details.email_verified_at.is_none() {
        return Err(Rule::EmailNotVerified.into());
    }
    if role != user.role && is_last_owner(tx, user).await? {
        return Err(Rule::LastOwner.into());
    }
    Ok(details)
}

/// Writes a role and what ends with it.
pub(super) async fn write(
    tx: &mut Tx,
    user: &Managed,
    role: Role,
    now: Timestamp,
) -> Result<Vec<AuditEvent>> {
    user::update(tx, user, role, UserStatus::Active, now).await?;
    let after = User {
        role,
        ..(**user).clone()
    };
    let mut events = vec![changed(AuditAction::UserRoleChanged, user, &after)];
    if is_promotion(user.role, role) {
        session::want_renewal(tx, user).await?;
    }
    let ends = Ends::with_role(user.role, role);
    if ends.grants {
        take_grants(tx, user, &mut events).await?;
    }
    if let Some(scope) = ends.keys.scope() {
        revoke_keys(tx, user, scope, now, &mut events).await?;
    }
    if ends.invitations {
        revoke_invitations(tx, user, now, &mut events).await?;
    }
    Ok(events)
}
