//! Somebody new proves the invited address by the mailed code, and is a user from then on.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, Invalid, Person};
use postscale_store::{
    Tx,
    invitation::{self, Claim, Offer},
    person::{self, Membership, SecondFactor},
};

use super::{
    accept::{CODE_PURPOSE, attempts_on, check_open},
    admit,
};
use crate::{
    App, Error, Result, Rule,
    auth::{Browser, SignedIn, code, start_session},
    hash_token,
};

/// A code that came by mail, and the link it belongs to.
#[derive(Debug)]
pub struct Verification {
    /// The link's token.
    pub token: String,
    /// The code.
    pub code: String,
}

/// Somebody who joined.
#[derive(Debug)]
pub struct Verified {
    /// The membership it became.
    pub membership: Membership,
    /// The session; none for a login with a second factor, which is asked on signing in.
    pub signed_in: Option<SignedIn>,
}

/// Takes a code: makes the login, the user and the grants, spends the invitation, signs in.
///
/// # Errors
/// [`Rule::NoSuchObject`] for every link that is no good; [`Invalid`] naming `code`, one answer for a
/// wrong, an ended and an unasked one; else as [`accept`](super::accept).
pub async fn verify_email(
    app: &App,
    caller: &Caller,
    input: Late<Verification>,
    browser: &Browser<'_>,
) -> Result<Verified> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::INVITATION_VERIFY_EMAIL)?;
    let input = input.after(&permission)?;
    let now = app.sources.now();
    let offer = invitation::lock_by_token(&mut tx, &hash_token(&input.token), now)
        .await?
        .ok_or(Rule::NoSuchObject)?;
    app.throttle.attempt(&attempts_on(&offer), browser.ip)?;
    check_open(&mut tx, &offer).await?;
    let invited = &offer.invitation;
    let wrong = || Error::from(Invalid::field("code", "is wrong or has expired"));
    let given = invitation::find_claim(&mut tx, invited, now)
        .await?
        .ok_or_else(wrong)?;
    let typed: String = input.code.split_whitespace().collect();
    let hash = code::code_mac(&app.link_key, CODE_PURPOSE, &invited.id.to_string(), &typed);
    if hash != given.code_hash {
        invitation::count_wrong_code(&mut tx, invited, now).await?;
        tx.commit().await?;
        return Err(wrong());
    }
    let (person, second_factor) = settle(app, &mut tx, &offer, given).await?;
    let membership = admit::admit(
        app,
        &mut tx,
        &permission,
        &offer,
        &person,
        AuditAction::InvitationVerified,
    )
    .await?;
    tx.commit().await?;
    let signed_in = match second_factor {
        SecondFactor::None => Some(start_session(app, caller, &person, browser).await?),
        SecondFactor::Kept => None,
    };
    Ok(Verified {
        membership,
        signed_in,
    })
}

/// The person of the proven address: a new one, or one who can sign in nowhere and starts over. Either
/// way nothing that was set up for the address before it was proven is left.
async fn settle(
    app: &App,
    tx: &mut Tx,
    offer: &Offer,
    given: Claim,
) -> Result<(Person, SecondFactor)> {
    let (email, now) = (&offer.invitation.email, app.sources.now());
    person::forget_challenges(tx, email).await?;
    if let Some(known) = person::find_login(tx, email).await? {
        let (name, hash) = (&given.name, &given.password_hash);
        return Ok(person::start_over(tx, known.person.id, (name, hash), now).await?);
    }
    let person = Person {
        id: app.sources.id(),
        email: email.clone(),
        name: given.name,
        email_verified_at: Some(now),
        created_at: now,
    };
    match person::insert(tx, &person, Some(&given.password_hash)).await {
        Ok(()) => Ok((person, SecondFactor::None)),
        // Somebody made a login of the address at this very moment.
        Err(error) if error.is_conflict_on(person::EMAIL_KEY) => Err(Rule::SignInRequired.into()),
        Err(error) => Err(error.into()),
    }
}
