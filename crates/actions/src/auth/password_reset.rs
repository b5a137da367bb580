//! A new password for who lost theirs, through a link mailed to their address.
//!
//! Asking answers the same, and takes as long, whether there is such an account or not. The link is
//! good for an hour and once, opening it uses nothing up, and it does not take the second factor
//! away: that is asked for at the next sign-in.

use std::{net::IpAddr, time::Duration};

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Address, AuditAction, EmailChallenge, EmailChallengeKind, Invalid, Person};
use postscale_store::{Tx, email_challenge, person, session};

use super::{
    account::{By, Event, tell, warn},
    check_new_password, credentials,
};
use crate::{App, Result, hash_token, system_mail::Notice};

/// How long a link is good.
const AGE_MAX: Duration = Duration::from_secs(3600);
/// How long a link is not replaced by another.
const QUIET: Duration = Duration::from_secs(5 * 60);

/// Mails a link to the address, if it is somebody's.
///
/// # Errors
/// [`Invalid`] for what is no address; [`Rule::TooManyAttempts`](crate::Rule::TooManyAttempts).
pub async fn request_reset(
    app: &App,
    caller: &Caller,
    email: Late<String>,
    ip: IpAddr,
) -> Result<()> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_PASSWORD_RESET_REQUEST)?;
    let email = email.after(&permission)?;
    let address = email.trim().parse::<Address>();
    let address = address.map_err(|_| Invalid::field("email", "must be an e-mail address"))?;
    app.throttle.letter(&address.key(), ip)?;
    let found = person::find_login(&mut tx, &address).await?;
    let person = found
        .map(|login| login.person)
        .filter(|person| person.email_verified_at.is_some());
    let token = app.sources.hex::<32>();
    let mut is_asked = false;
    if let Some(person) = &person {
        is_asked = ask(app, &mut tx, person, &token).await?;
    }
    if !is_asked {
        // As much work for nobody, and nothing is left of it.
        credentials::count_nobodys_failure(&app.sources, &mut tx).await?;
        let nobody = credentials::decoy(&app.sources).email;
        letter(app, &token).pretend(app, &mut tx, &nobody).await?;
    }
    Ok(tx.commit().await?)
}

/// Opens the challenge and mails its link; `false` while a link of a moment ago is still good. The
/// address written to is the one on record, not the one that was typed.
async fn ask(app: &App, tx: &mut Tx, person: &Person, token: &str) -> Result<bool> {
    let now = app.sources.now();
    let challenge = EmailChallenge {
        id: app.sources.id(),
        kind: EmailChallengeKind::PasswordReset,
        person_id: Some(person.id),
        email: person.email.clone(),
        secret_hash: hash_token(token),
        expires_at: now.plus(AGE_MAX),
        created_at: now,
    };
    if !email_challenge::open(tx, &challenge, QUIET).await? {
        return Ok(false);
    }
    letter(app, token).send(app, tx, &person.email).await?;
    let requested = Event::done(AuditAction::AuthPasswordResetRequested);
    tell(app, tx, person, By::Somebody, requested).await?;
    Ok(true)
}

fn letter(app: &App, token: &str) -> Notice {
    let reset = format!("{}/reset-password/{token}", app.links.public_url);
    Notice::new("Choose a new Postscale password")
        .text("Somebody, most likely you, asked for a new Postscale password.")
        .text("Open this link within an hour to choose one:")
        .link("Choose a new password", reset)
        .text("If it was not you, do nothing: your password stays as it is.")
}

/// Whether a link is good. Nothing is used up.
///
/// # Errors
/// [`Error::Store`](crate::Error::Store).
pub async fn is_reset_open(app: &App, caller: &Caller, token: &str) -> Result<bool> {
    let mut tx = app.store.read().await?;
    Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_PASSWORD_RESET_CONFIRM)?;
    let (kind, now) = (EmailChallengeKind::PasswordReset, app.sources.now());
    let found = email_challenge::find_by_token(&mut tx, kind, &hash_token(token), now).await?;
    Ok(found.is_some())
}

/// What the holder of a link gives.
#[derive(Debug)]
pub struct PasswordReset {
    /// The link's token.
    pub token: String,
    /// The password from now on.
    pub password: String,
}

/// Sets the password of the person a link was mailed to, and ends all their sessions. Tries are not
/// counted: nobody guesses 256 bits, and without a good token nothing is hashed.
///
/// # Errors
/// [`Invalid`] naming `password`, or `token` when the link is no good or no longer.
pub async fn reset_password(app: &App, caller: &Caller, reset: Late<PasswordReset>) -> Result<()> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_PASSWORD_RESET_CONFIRM)?;
    let PasswordReset { token, password } = reset.after(&permission)?;
    check_new_password("password", &password)?;
    let over = || Invalid::field("token", "is not good any more; ask for another link");
    let (kind, token) = (EmailChallengeKind::PasswordReset, hash_token(&token));
    let found = email_challenge::find_by_token(&mut tx, kind, &token, app.sources.now()).await?;
    found.ok_or_else(over)?;
    drop(tx);
    let hash = app.hasher.hash(&app.sources, password).await?;

    let mut tx = app.store.write().await?;
    Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUTH_PASSWORD_RESET_CONFIRM)?;
    let now = app.sources.now();
    let found = email_challenge::find_by_token(&mut tx, kind, &token, now).await?;
    let challenge = found.ok_or_else(over)?;
    if !email_challenge::consume(&mut tx, &challenge).await? {
        return Err(over().into());
    }
    let person = match challenge.person_id {
        Some(id) => person::find_login_of(&mut tx, id).await?,
        None => None,
    };
    let person = person.ok_or_else(over)?.person;
    person::update_password(&mut tx, person.id, &hash, now).await?;
    let ended = session::delete_all(&mut tx, person.id).await?;
    email_challenge::delete_of_person(&mut tx, person.id, None).await?;
    let event = Event::done(AuditAction::AuthPasswordReset).change(
        serde_json::Value::Null,
        serde_json::json!({ "ended_sessions": ended }),
    );
    tell(app, &mut tx, &person, By::Themselves(None), event).await?;
    let what = "Your password was reset by a link we mailed you. Every browser was signed out.";
    warn(app, &mut tx, &person, what).await?;
    Ok(tx.commit().await?)
}
