//! Somebody whose address is proven becomes a user: the one way from an invitation to a membership.

use postscale_access::Permission;
use postscale_model::{AuditAction, AuditEvent, AuditTarget, Person, Role, User, UserStatus};
use postscale_store::{
    Tx, audit_entry, invitation,
    invitation::Offer,
    person::{self, Membership},
    user,
};

use super::event;
use crate::{App, Error, Result, Rule};

/// Makes the person a user with the offer's role, spends the invitation, grants its domains, and logs
/// by what the address was `proven`. From here on that user acts in the transaction.
pub(super) async fn admit(
    app: &App,
    tx: &mut Tx,
    permission: &Permission,
    offer: &Offer,
    person: &Person,
    proven: AuditAction,
) -> Result<Membership> {
    let (invited, now) = (&offer.invitation, app.sources.now());
    let user = User {
        id: app.sources.id(),
        organization_id: invited.organization_id,
        person_id: person.id,
        email: person.email.clone(),
        name: person.name.clone(),
        role: invited.role,
        status: UserStatus::Active,
        last_active_at: None,
        created_at: now,
    };
    user::insert(tx, &user).await?;
    if !invitation::consume(tx, invited, user.id, now).await? {
        return Err(Rule::NoSuchObject.into());
    }
    let granted = match invited.role {
        Role::Member => invitation::grant_domains(tx, permission, invited, user.id, now).await?,
        Role::Owner | Role::Admin => Vec::new(),
    };
    audit_entry::acts_as(tx, user.id);
    let mut events = vec![event(proven, invited).made(serde_json::json!({
        "user_id": user.id,
        "role": user.role.to_string(),
    }))];
    events.extend(granted.iter().map(|grant| {
        let target = AuditTarget::new("user", user.id, &user.email);
        let after =
            serde_json::json!({ "domain": grant.domain, "access": grant.level.to_string() });
        AuditEvent::new(AuditAction::GrantChanged, target).made(after)
    }));
    for event in events {
        audit_entry::append(tx, &app.sources, invited.organization_id, event).await?;
    }
    let memberships = person::memberships(tx, person.id).await?;
    let joined = memberships.into_iter().find(|m| m.user_id == user.id);
    joined.ok_or_else(|| Error::Broken("a new membership is not one".into()))
}
