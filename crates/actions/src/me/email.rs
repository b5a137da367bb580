//! A person changes the address they sign in with.
//!
//! A code goes to the new address, a warning to the old one. Whether the new one is somebody's
//! already is told to nobody: then no code is mailed, and none is right.

use std::{net::IpAddr, time::Duration};

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{
    Address, AuditAction, EmailChallenge, EmailChallengeId, EmailChallengeKind, Invalid, Person,
    TokenHash,
};
use postscale_store::{Tx, email_challenge, person, session};
use serde_json::json;

use crate::{
    App, Error, Result,
    auth::{
        self,
        account::{By, Event, tell, warn},
        code::{code_mac, new_code},
        credentials,
    },
    system_mail::Notice,
};

/// How long a code is good.
const AGE_MAX: Duration = Duration::from_secs(15 * 60);
/// Tries at one code.
const TRIES_MAX: i64 = 5;
const KIND: EmailChallengeKind = EmailChallengeKind::EmailChange;

/// A change of address.
#[derive(Debug)]
pub struct EmailChange {
    /// The address from now on.
    pub email: String,
    /// The person's password.
    pub password: String,
}

/// What a code is mailed for.
const PURPOSE: &str = "email_change";

fn code_hash(app: &App, challenge: EmailChallengeId, code: &str) -> TokenHash {
    code_mac(&app.link_key, PURPOSE, &challenge.to_string(), code)
}

/// Mails a code to the new address and a warning to the old one.
///
/// # Errors
/// [`Invalid`] naming the field that is wrong; [`Rule::ReauthenticationRequired`](crate::Rule).
pub async fn change_email(
    app: &App,
    caller: &Caller,
    change: Late<EmailChange>,
    ip: IpAddr,
) -> Result<()> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_EMAIL_CHANGE)?;
    auth::require_recent(&mut gate, caller).await?;
    let (_, person) = auth::session_of(&gate)?;
    let change = change.after(&permission)?;
    let email = change.email.trim().parse::<Address>();
    let email = email.map_err(|_| Invalid::field("email", "must be an e-mail address"))?;
    auth::check_login_address("email", &email)?;
    drop(tx);
    let checked = auth::check_password(app, caller, person, change.password).await?;
    let checked = checked.ok_or_else(|| Invalid::field("password", "is wrong"))?;
    if checked.person.email.key() == email.key() {
        return Err(Invalid::field("email", "is your address already").into());
    }
    app.throttle.letter(&email.key(), ip)?;

    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SELF_EMAIL_CHANGE)?;
    let person = auth::unchanged(&mut tx, &checked).await?.person;
    email_challenge::delete_of_person(&mut tx, person.id, Some(KIND)).await?;
    let taken = person::find_login(&mut tx, &email).await?.is_some();
    ask(app, &mut tx, &person, &email, taken).await?;
    let what = format!("Somebody asked to make {email} the address you sign in with.");
    warn(app, &mut tx, &person, &what).await?;
    Ok(tx.commit().await?)
}

/// Opens the challenge and mails its code. For an address that is somebody's the code is never
/// mailed, and as much is done.
async fn ask(app: &App, tx: &mut Tx, person: &Person, email: &Address, taken: bool) -> Result<()> {
    let (id, code, now) = (app.sources.id(), new_code(&app.sources), app.sources.now());
    let challenge = EmailChallenge {
        id,
        kind: KIND,
        person_id: Some(person.id),
        email: if taken {
            credentials::decoy(&app.sources).email
        } else {
            email.clone()
        },
        secret_hash: code_hash(app, id, &code),
        expires_at: now.plus(AGE_MAX),
        created_at: now,
    };
    email_challenge::open(tx, &challenge, Duration::ZERO).await?;
    let letter = Notice::new("Confirm your address for Postscale")
        .text("Type this code in Postscale to sign in with this address from now on:")
        .code(&code)
        .text("It is good for 15 minutes. If you did not ask for it, do nothing.");
    match taken {
        true => letter.pretend(app, tx, &challenge.email).await,
        false => letter.send(app, tx, &challenge.email).await,
    }
}

/// Whether a code is waited for.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn pending_email(app: &App, caller: &Caller) -> Result<bool> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SELF_EMAIL_CHANGE)?;
    let (_, person) = auth::session_of(&gate)?;
    let now = app.sources.now();
    let found = email_challenge::find_of_person(&mut tx, KIND, person, now).await?;
    Ok(found.is_some())
}

/// Makes the new address count, and ends every other session.
///
/// # Errors
/// [`Invalid`] naming `code`: wrong, over, tried too often, or never mailed.
pub async fn confirm_email(app: &App, caller: &Caller, code: Late<String>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_EMAIL_CHANGE)?;
    let (session, person) = auth::session_of(&gate)?;
    let code = code.after(&permission)?;
    let wrong = || Invalid::field("code", "is wrong or not good any more");
    let now = app.sources.now();
    let found = email_challenge::count_try(&mut tx, KIND, person, TRIES_MAX, now).await?;
    let challenge = found.ok_or_else(wrong)?;
    if challenge.secret_hash != code_hash(app, challenge.id, code.trim()) {
        tx.commit().await?;
        return Err(wrong().into());
    }
    let login = person::find_login_of(&mut tx, person).await?;
    let before = login.ok_or_else(wrong)?.person;
    email_challenge::consume(&mut tx, &challenge).await?;
    let updated = person::update_email(&mut tx, person, &challenge.email, now).await;
    updated.map_err(|error| match error.is_conflict_on(person::EMAIL_KEY) {
        true => Error::Invalid(wrong()),
        false => error.into(),
    })?;
    let ended = session::delete_others(&mut tx, person, session).await?;
    email_challenge::delete_of_person(&mut tx, person, None).await?;
    let after = Person {
        email: challenge.email,
        ..before.clone()
    };
    let event = Event::done(AuditAction::AuthEmailChanged).change(
        json!({ "email": before.email.to_string() }),
        json!({ "email": after.email.to_string(), "ended_sessions": ended }),
    );
    tell(app, &mut tx, &after, By::Themselves(Some(session)), event).await?;
    let what = format!(
        "You sign in with {} from now on, not with this address.",
        after.email
    );
    warn(app, &mut tx, &before, &what).await?;
    Ok(tx.commit().await?)
}
