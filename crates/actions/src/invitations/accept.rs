//! The holder of a link accepts.

use std::net::IpAddr;

use postscale_access::{Caller, Gate, Late, Means, Permission, action};
use postscale_model::{Address, AuditAction, AuditOutcome, Timestamp, TokenHash};
use postscale_store::{
    Tx, audit_entry,
    invitation::{self, Claim, Offer},
    person::Membership,
    session,
};

use super::{
    CODE_LIFETIME, admit,
    create::check_standing,
    event, mail,
    read_link::{has_login, owns, signed_in},
};
use crate::{
    App, Error, Result, Rule,
    auth::{check_name, check_new_password, code},
    hash_token,
};

/// What the holder of a link sends.
#[derive(Debug)]
pub struct Acceptance {
    /// The link's token.
    pub token: String,
    /// Somebody new: their name.
    pub name: String,
    /// Somebody new: the password they will sign in with.
    pub password: String,
}

/// What became of it.
#[derive(Debug)]
pub enum Accepted {
    /// The person joined, and works there now.
    Joined(Membership),
    /// A code was mailed to the invited address, which is to be proven.
    CodeMailed {
        /// The address.
        email: Address,
        /// End of the code.
        expires_at: Timestamp,
    },
}

/// What a code of this kind proves.
pub(super) const CODE_PURPOSE: &str = "invitation";
/// Codes mailed for one link.
const CODES_MAX: i64 = 10;

/// Accepts an invitation. Whoever is signed in with the invited address joins at once; somebody new
/// gives a name and a password, which count once the mailed code is given.
///
/// # Errors
/// [`Rule::NoSuchObject`] for every link that is no good; [`Rule::WrongAccount`] for somebody signed
/// in with another address; [`Rule::SignInRequired`] when the address has a login;
/// [`Rule::AlreadyMember`], [`Rule::InvitedDeactivated`], [`Rule::TooManyCodes`],
/// [`Rule::TooManyAttempts`].
pub async fn accept(
    app: &App,
    caller: &Caller,
    input: Late<Acceptance>,
    ip: IpAddr,
) -> Result<Accepted> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_ACCEPT)?;
    let input = input.after(&permission)?;
    let token = hash_token(&input.token);
    let offer = invitation::find_by_token(&mut tx, &token, app.sources.now())
        .await?
        .ok_or(Rule::NoSuchObject)?;
    let is_signed_in = signed_in(&mut tx, &permission).await?.is_some();
    app.throttle.attempt(&attempts_on(&offer), ip)?;
    if is_signed_in {
        drop(tx);
        return join(app, caller, &token).await.map(Accepted::Joined);
    }
    check_open(&mut tx, &offer).await?;
    drop(tx);
    let name = check_name("name", &input.name)?;
    check_new_password("password", &input.password)?;
    let password_hash = app.hasher.hash(&app.sources, input.password).await?;
    claim(app, caller, &token, (name, password_hash)).await
}

/// A key of the throttle apart from that of signing in.
pub(super) fn attempts_on(offer: &Offer) -> String {
    format!("invitation {}", offer.invitation.id)
}

/// Whether somebody new may go on with the offer.
pub(super) async fn check_open(tx: &mut Tx, offer: &Offer) -> Result<()> {
    check_standing(tx, &offer.invitation).await?;
    match has_login(tx, &offer.invitation.email).await? {
        true => Err(Rule::SignInRequired.into()),
        false => Ok(()),
    }
}

/// A person who is signed in joins.
async fn join(app: &App, caller: &Caller, token: &TokenHash) -> Result<Membership> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_ACCEPT)?;
    let offer = invitation::lock_by_token(&mut tx, token, app.sources.now())
        .await?
        .ok_or(Rule::NoSuchObject)?;
    let session = session_of(&permission)?;
    let person = signed_in(&mut tx, &permission)
        .await?
        .ok_or_else(|| Error::Broken("a session without person".into()))?;
    if !owns(&person, &offer.invitation.email) {
        let refused = event(AuditAction::InvitationWrongAccount, &offer.invitation)
            .ended(AuditOutcome::Denied);
        let organization = offer.invitation.organization_id;
        audit_entry::append(&mut tx, &app.sources, organization, refused).await?;
        tx.commit().await?;
        return Err(Rule::WrongAccount.into());
    }
    check_standing(&mut tx, &offer.invitation).await?;
    let membership = admit::admit(
        app,
        &mut tx,
        &permission,
        &offer,
        &person,
        AuditAction::InvitationAccepted,
    )
    .await?;
    session::switch(&mut tx, session, membership.user_id, app.sources.now()).await?;
    tx.commit().await?;
    Ok(membership)
}

fn session_of(permission: &Permission) -> Result<postscale_model::SessionId> {
    match permission.actor().map(|actor| actor.means()) {
        Some(Means::Session { session, .. }) => Ok(*session),
        // Signed out between two questions.
        Some(Means::Key { .. }) | None => Err(Rule::SignInRequired.into()),
    }
}

/// Somebody new: what they gave waits for the code.
async fn claim(
    app: &App,
    caller: &Caller,
    token: &TokenHash,
    (name, password_hash): (String, String),
) -> Result<Accepted> {
    let mut tx = app.store.write().await?;
    Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_ACCEPT)?;
    let now = app.sources.now();
    let offer = invitation::lock_by_token(&mut tx, token, now)
        .await?
        .ok_or(Rule::NoSuchObject)?;
    check_open(&mut tx, &offer).await?;
    let invited = &offer.invitation;
    let digits = code::new_code(&app.sources);
    let code_hash = code::code_mac(
        &app.link_key,
        CODE_PURPOSE,
        &invited.id.to_string(),
        &digits,
    );
    let expires_at = now.plus(CODE_LIFETIME);
    let given = Claim {
        name,
        password_hash,
        code_hash,
    };
    if !invitation::claim(&mut tx, invited, &given, (CODES_MAX, expires_at), now).await? {
        return Err(Rule::TooManyCodes.into());
    }
    mail::code(&offer.organization, invited, &given.name, &digits)
        .send(app, &mut tx, &invited.email)
        .await?;
    let accepted = event(AuditAction::InvitationAccepted, invited)
        .made(serde_json::json!({ "name": given.name, "proven": false }));
    audit_entry::append(&mut tx, &app.sources, invited.organization_id, accepted).await?;
    tx.commit().await?;
    Ok(Accepted::CodeMailed {
        email: offer.invitation.email,
        expires_at,
    })
}
