//! Somebody is taken out of the team, for now or for good, and comes back.
//!
//! One transaction ends everything they could act by: sessions, keys, grants, invitations they sent,
//! webhooks of theirs. What belongs to the organization and may have been copied is listed for people
//! to look at.

use postscale_access::{Caller, Late, action};
use postscale_model::{
    ApiKey, AuditAction, AuditEvent, AuditTarget, Invitation, KeyScope, Role, Timestamp, User,
    UserId, UserStatus, Webhook,
};
use postscale_store::{
    Tx,
    grant::{self, MemberGrant},
    invitation,
    offboarding::{self, Review},
    user::{self, Managed, UserDetails},
};
use serde_json::json;

use super::{access::grant_changed, changed, in_turn, record};
use crate::{App, Result, Rule};

/// What was ended, and what is left to look at.
#[derive(Debug)]
pub struct Receipt {
    /// The user as they are now.
    pub user: UserDetails,
    /// Keys that stopped working.
    pub revoked_keys: Vec<ApiKey>,
    /// Signed-in browsers that are signed out.
    pub ended_sessions: u64,
    /// Invitations they had sent that can no longer be accepted.
    pub revoked_invitations: Vec<Invitation>,
    /// Webhooks of theirs that are told nothing any more.
    pub suspended_webhooks: Vec<Webhook>,
    /// What they may have a copy of.
    pub review: Review,
}

/// What taking a user out of the team would end.
#[derive(Debug)]
pub struct Offboarding {
    /// The user.
    pub user: UserDetails,
    /// Keys that would stop working.
    pub keys: Vec<ApiKey>,
    /// Domains they would lose.
    pub grants: Vec<MemberGrant>,
    /// Invitations of theirs that could no longer be accepted.
    pub invitations: Vec<Invitation>,
    /// Webhooks of theirs that would be told nothing.
    pub webhooks: Vec<Webhook>,
    /// Whether the organization would be left without an owner, so that it will be refused.
    pub is_last_owner: bool,
}

/// What taking a user out of the team would end.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn preview(app: &App, caller: &Caller, id: Option<UserId>) -> Result<Offboarding> {
    let mut tx = app.store.read().await?;
    let mut gate = postscale_access::Gate::open(&mut tx, caller).await?;
    let user = Managed::from(gate.user(action::USER_DEACTIVATE, id).await?);
    would_end(&mut tx, &user, caller.received_at()).await
}

pub(super) async fn would_end(tx: &mut Tx, user: &Managed, now: Timestamp) -> Result<Offboarding> {
    Ok(Offboarding {
        user: user::details(tx, user, now).await?,
        keys: offboarding::keys(tx, user, None).await?,
        grants: grant::list_of(tx, user).await?,
        invitations: invitation::pending_of(tx, user.id).await?,
        webhooks: offboarding::webhooks(tx, user).await?,
        is_last_owner: is_last_owner(tx, user).await?,
    })
}

/// Whether without this user nobody could do everything. Who is no owner is not the last one: the
/// database keeps an active one in every organization.
pub(crate) async fn is_last_owner(tx: &mut Tx, user: &Managed) -> Result<bool> {
    Ok(user::count_other_owners(tx, user).await? == 0)
}

/// Deactivates a user. Once is enough: a second time ends nothing more.
///
/// # Errors
/// [`Rule::LastOwner`].
pub async fn deactivate(
    app: &App,
    caller: &Caller,
    id: Option<UserId>,
    nothing: Late<()>,
) -> Result<Receipt> {
    let mut tx = app.store.write().await?;
    let (_, user) = in_turn(&mut tx, caller, action::USER_DEACTIVATE, id).await?;
    nothing.after(&user)?;
    let end = (UserStatus::Deactivated, AuditAction::UserDeactivated);
    let receipt = off_board(&mut tx, app, user.into(), end, caller.received_at()).await?;
    tx.commit().await?;
    Ok(receipt)
}

/// Deletes a user for good. The person may be invited again, as somebody new.
///
/// # Errors
/// [`Rule::LastOwner`].
pub async fn delete(app: &App, caller: &Caller, id: Option<UserId>) -> Result<Receipt> {
    let mut tx = app.store.write().await?;
    let (_, user) = in_turn(&mut tx, caller, action::USER_DELETE, id).await?;
    let end = (UserStatus::Deleted, AuditAction::UserDeleted);
    let receipt = off_board(&mut tx, app, user.into(), end, caller.received_at()).await?;
    tx.commit().await?;
    Ok(receipt)
}

/// Ends a membership: the user first, so that whoever reads their rights from here on finds none.
pub(super) async fn off_board(
    tx: &mut Tx,
    app: &App,
    user: Managed,
    (status, event): (UserStatus, AuditAction),
    now: Timestamp,
) -> Result<Receipt> {
    if is_last_owner(tx, &user).await? {
        return Err(Rule::LastOwner.into());
    }
    let was_manager = user.role != Role::Member;
    let mut events = Vec::new();
    let ends = user.status != status;
    if ends {
        user::update(tx, &user, user.role, status, now).await?;
        let after = User {
            status,
            ..(*user).clone()
        };
        events.push(changed(event, &user, &after));
    }
    let ended_sessions = offboarding::end_sessions(tx, &user).await?;
    let revoked_keys = revoke_keys(tx, &user, None, now, &mut events).await?;
    take_grants(tx, &user, &mut events).await?;
    let revoked_invitations = revoke_invitations(tx, &user, now, &mut events).await?;
    let suspended_webhooks = suspend_webhooks(tx, &user, now, &mut events).await?;
    // Only who looks after the whole organization gets to see what reaches all of it.
    let review = if was_manager || event != AuditAction::UserLeft {
        offboarding::review(tx, &user, now).await?
    } else {
        Review::default()
    };
    let details = user::details(tx, &user, now).await?;
    if let Some(first) = events.first_mut().filter(|_| ends) {
        let left: Vec<_> = review
            .keys
            .iter()
            .map(|key| remaining(&key.thing))
            .collect();
        first.after["ended_sessions"] = json!(ended_sessions);
        first.after["remaining_organization_keys"] = json!(left);
    }
    record(tx, app, user.organization_id, events).await?;
    Ok(Receipt {
        user: details,
        revoked_keys,
        ended_sessions,
        revoked_invitations,
        suspended_webhooks,
        review,
    })
}

/// A key that outlives the membership, for the log.
fn remaining(key: &ApiKey) -> serde_json::Value {
    json!({
        "id": key.id,
        "name": key.name,
        "created_by": key.created_by,
        "last_used_at": key.last_used_at,
    })
}

/// Revokes keys of a user, of one scope or all, and says so in the log.
pub(super) async fn revoke_keys(
    tx: &mut Tx,
    user: &Managed,
    scope: Option<KeyScope>,
    now: Timestamp,
    events: &mut Vec<AuditEvent>,
) -> Result<Vec<ApiKey>> {
    let revoked = offboarding::revoke_keys(tx, user, scope, now).await?;
    events.extend(revoked.iter().map(|key| {
        let before = json!({ "created_by": user.id, "scope": key.scope });
        let target = AuditTarget::new("api_key", key.id, &key.name);
        AuditEvent::new(AuditAction::KeyRevoked, target)
            .change(before, json!({ "revoked_at": key.revoked_at }))
    }));
    Ok(revoked)
}

/// Takes every grant of a user away, and says so in the log.
pub(super) async fn take_grants(
    tx: &mut Tx,
    user: &Managed,
    events: &mut Vec<AuditEvent>,
) -> Result<()> {
    for gone in grant::list_of(tx, user).await? {
        grant::delete(tx, user, gone.domain_id).await?;
        events.push(grant_changed(user, Some(&gone), None));
    }
    Ok(())
}

/// Revokes the invitations a user has sent, and says so in the log.
pub(super) async fn revoke_invitations(
    tx: &mut Tx,
    user: &Managed,
    now: Timestamp,
    events: &mut Vec<AuditEvent>,
) -> Result<Vec<Invitation>> {
    let revoked = invitation::revoke_of(tx, user.id, now).await?;
    events.extend(revoked.iter().map(|invitation| {
        let target = AuditTarget::new("invitation", invitation.id, &invitation.email);
        AuditEvent::new(AuditAction::InvitationRevoked, target).change(
            json!({ "invited_by": user.id, "role": invitation.role }),
            json!({ "state": invitation.state }),
        )
    }));
    Ok(revoked)
}

async fn suspend_webhooks(
    tx: &mut Tx,
    user: &Managed,
    now: Timestamp,
    events: &mut Vec<AuditEvent>,
) -> Result<Vec<Webhook>> {
    let suspended = offboarding::suspend_webhooks(tx, user, now).await?;
    events.extend(suspended.iter().map(|webhook| {
        let target = AuditTarget::new("webhook", webhook.id, &webhook.url);
        AuditEvent::new(AuditAction::WebhookSuspended, target).change(
            json!({ "created_by": user.id }),
            json!({ "suspended_at": webhook.suspended_at }),
        )
    }));
    Ok(suspended)
}

/// Lets a deactivated user sign in again: as a member without any domain, whatever they were.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn reactivate(
    app: &App,
    caller: &Caller,
    id: Option<UserId>,
    nothing: Late<()>,
) -> Result<UserDetails> {
    let mut tx = app.store.write().await?;
    let (_, user) = in_turn(&mut tx, caller, action::USER_REACTIVATE, id).await?;
    nothing.after(&user)?;
    let (user, now) = (Managed::from(user), caller.received_at());
    if user.status == UserStatus::Deactivated {
        let mut events = Vec::new();
        // Whatever was written by a request that overtook the deactivation must not come back.
        offboarding::end_sessions(&mut tx, &user).await?;
        revoke_keys(&mut tx, &user, None, now, &mut events).await?;
        take_grants(&mut tx, &user, &mut events).await?;
        user::update(&mut tx, &user, Role::Member, UserStatus::Active, now).await?;
        let after = User {
            role: Role::Member,
            status: UserStatus::Active,
            ..(*user).clone()
        };
        events.insert(0, changed(AuditAction::UserReactivated, &user, &after));
        record(&mut tx, app, user.organization_id, events).await?;
    }
    let details = user::details(&mut tx, &user, now).await?;
    tx.commit().await?;
    Ok(details)
}
