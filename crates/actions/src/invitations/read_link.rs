//! The holder of a link looks at it. Looking changes nothing.

use postscale_access::{Caller, Gate, Means, Permission, action};
use postscale_model::{Address, Person, Role, Timestamp};
use postscale_store::{Tx, invitation, invitation::Offer, person};

use crate::{App, Result, Rule, hash_token};

/// What a link offers its holder.
#[derive(Debug)]
pub struct Link {
    /// Name of the organization.
    pub organization: String,
    /// The invited address.
    pub email: Address,
    /// The role offered.
    pub role: Role,
    /// Name of who invited.
    pub inviter: String,
    /// End of the offer.
    pub expires_at: Timestamp,
    /// How this caller goes on.
    pub next: Next,
}

/// How the holder of a link goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nobody has a login of the address: choose a name and a password.
    Register,
    /// The address has a login: sign in, then join.
    SignIn,
    /// Signed in with the invited address: join.
    Join,
    /// Signed in with another address, this one: sign out first.
    OtherAccount(Address),
}

/// What a link offers, if it is good.
///
/// # Errors
/// [`Rule::NoSuchObject`] for every link that is not, whatever the cause.
pub async fn read_link(app: &App, caller: &Caller, token: &str) -> Result<Link> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_ACCEPT)?;
    let offer = invitation::find_by_token(&mut tx, &hash_token(token), caller.received_at())
        .await?
        .ok_or(Rule::NoSuchObject)?;
    let next = next(&mut tx, &permission, &offer).await?;
    Ok(Link {
        next,
        organization: offer.organization,
        email: offer.invitation.email,
        role: offer.invitation.role,
        inviter: offer.inviter,
        expires_at: offer.invitation.expires_at,
    })
}

async fn next(tx: &mut Tx, permission: &Permission, offer: &Offer) -> Result<Next> {
    let invited = &offer.invitation.email;
    if let Some(signed_in) = signed_in(tx, permission).await? {
        return Ok(if owns(&signed_in, invited) {
            Next::Join
        } else {
            Next::OtherAccount(signed_in.email)
        });
    }
    Ok(match has_login(tx, invited).await? {
        true => Next::SignIn,
        false => Next::Register,
    })
}

/// The person at the browser, if one is signed in. A key is nobody here.
pub(super) async fn signed_in(tx: &mut Tx, permission: &Permission) -> Result<Option<Person>> {
    let Some(Means::Session { person, .. }) = permission.actor().map(|actor| actor.means()) else {
        return Ok(None);
    };
    let login = person::find_login_of(tx, *person).await?;
    Ok(login.map(|login| login.person))
}

/// Whether the invited address is the person's own and proven.
pub(super) fn owns(person: &Person, invited: &Address) -> bool {
    person.email_verified_at.is_some() && person.email.key() == invited.key()
}

/// Whether somebody can sign in with the address: a proven one of an active user anywhere. Anybody
/// else proves it anew.
pub(super) async fn has_login(tx: &mut Tx, email: &Address) -> Result<bool> {
    let Some(login) = person::find_login(tx, email).await? else {
        return Ok(false);
    };
    Ok(login.person.email_verified_at.is_some()
        && !person::memberships(tx, login.person.id).await?.is_empty())
}
