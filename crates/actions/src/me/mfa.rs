//! A person sets a second factor up, and takes it away.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, Invalid, SessionId};
use postscale_store::{
    Tx,
    person::{self, Login},
    recovery_code, session,
};
use serde_json::{Value, json};

use crate::{
    App, Error, Result, Rule,
    auth::{
        self,
        account::{By, Event, tell, warn},
        credentials::{self, From},
        second_factor,
    },
};

/// A second factor that is being set up. Shown to its person only.
#[derive(Debug)]
pub struct Enrollment {
    /// The secret in base32, for typing.
    pub secret: String,
    /// The same for an authenticator to read.
    pub otpauth_uri: String,
}

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MfaState {
    /// Sign-in asks for a code.
    pub is_enabled: bool,
    /// Recovery codes not used yet.
    pub recovery_codes_left: i64,
}

/// The state of the caller's second factor.
///
/// # Errors
/// [`Error::Denied`].
pub async fn mfa_state(app: &App, caller: &Caller) -> Result<MfaState> {
    let mut tx = app.store.read().await?;
    let login = permitted(&mut tx, caller).await?.login;
    Ok(MfaState {
        is_enabled: second_factor::is_enabled(&login),
        recovery_codes_left: recovery_code::count_left(&mut tx, login.person.id).await?,
    })
}

/// A caller who may manage their second factor.
struct Permitted {
    login: Login,
    session: SessionId,
}

async fn permitted(tx: &mut Tx, caller: &Caller) -> Result<Permitted> {
    let mut gate = Gate::open(tx, caller).await?;
    gate.permit(action::SELF_MFA_MANAGE)?;
    let (session, person) = auth::session_of(&gate)?;
    let login = person::find_login_of(tx, person).await?;
    let login = login.ok_or_else(|| Error::Broken("a session without person".into()))?;
    Ok(Permitted { login, session })
}

async fn permitted_recently(tx: &mut Tx, caller: &Caller) -> Result<Permitted> {
    let mut gate = Gate::open(tx, caller).await?;
    gate.permit(action::SELF_MFA_MANAGE)?;
    auth::require_recent(&mut gate, caller).await?;
    permitted(tx, caller).await
}

/// Begins to set a second factor up; one that was begun before is forgotten. It counts once
/// [`confirm_mfa`] saw its first code.
///
/// # Errors
/// [`Rule::SecondFactorExists`], [`Rule::ReauthenticationRequired`].
pub async fn begin_mfa(app: &App, caller: &Caller, nothing: Late<()>) -> Result<Enrollment> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_MFA_MANAGE)?;
    nothing.after(&permission)?;
    let Permitted { login, .. } = permitted_recently(&mut tx, caller).await?;
    let person = &login.person;
    let secret: [u8; second_factor::SECRET_BYTES] = app.sources.bytes();
    let place = second_factor::place(person.id);
    let sealed = app.seal.seal(&app.sources, &place, &secret);
    if !person::begin_totp(&mut tx, person.id, &sealed, app.sources.now()).await? {
        return Err(Rule::SecondFactorExists.into());
    }
    let enrollment = enrollment(&second_factor::generator(
        &secret,
        &person.email.to_string(),
    )?)?;
    tx.commit().await?;
    Ok(enrollment)
}

fn enrollment(totp: &totp_rs::Totp) -> Result<Enrollment> {
    let url = totp.to_url();
    Ok(Enrollment {
        secret: totp.secret().to_base32(),
        otpauth_uri: url.map_err(|error| Error::Broken(format!("a second factor: {error}")))?,
    })
}

/// The second factor that is being set up, if one is.
///
/// # Errors
/// [`Rule::ReauthenticationRequired`], [`Error::Denied`].
pub async fn pending_mfa(app: &App, caller: &Caller) -> Result<Option<Enrollment>> {
    let mut tx = app.store.read().await?;
    let Permitted { login, .. } = permitted_recently(&mut tx, caller).await?;
    if second_factor::is_enabled(&login) {
        return Ok(None);
    }
    let totp = second_factor::open(app, &login)?;
    totp.as_ref().map(enrollment).transpose()
}

/// Sees the first code: from now on sign-in asks for one. Every other session ends. Gives the
/// recovery codes, once.
///
/// # Errors
/// [`Invalid`] naming `code`; [`Rule::NoSecondFactor`] when none is being set up.
pub async fn confirm_mfa(app: &App, caller: &Caller, code: Late<String>) -> Result<Vec<String>> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_MFA_MANAGE)?;
    let code = code.after(&permission)?;
    let Permitted { login, session } = permitted_recently(&mut tx, caller).await?;
    let person = &login.person;
    app.throttle.code(person.id, None)?;
    let begun = login.totp.as_ref().filter(|totp| !totp.is_enabled);
    let sealed = &begun.ok_or(Rule::NoSecondFactor)?.sealed_secret;
    let totp = second_factor::open(app, &login)?.ok_or(Rule::NoSecondFactor)?;
    let now = app.sources.now();
    let step = second_factor::step(&totp, code.trim(), now);
    let step = step.ok_or_else(|| Invalid::field("code", "is wrong"))?;
    if !person::enable_totp(&mut tx, person.id, sealed, step, now).await? {
        return Err(Rule::NoSecondFactor.into());
    }
    let (shown, kept) = second_factor::recovery_codes(app);
    recovery_code::replace_all(&mut tx, person.id, &kept).await?;
    let ended = session::delete_others(&mut tx, person.id, session).await?;
    let event = Event::done(AuditAction::AuthMfaEnrolled)
        .change(Value::Null, json!({ "ended_sessions": ended }));
    tell(app, &mut tx, person, By::Themselves(Some(session)), event).await?;
    let what = "A second factor was set up: sign-in asks for a code from now on.";
    warn(app, &mut tx, person, what).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Replaces the recovery codes. Gives the new ones, once.
///
/// # Errors
/// [`Rule::NoSecondFactor`], [`Rule::ReauthenticationRequired`].
pub async fn renew_recovery_codes(
    app: &App,
    caller: &Caller,
    nothing: Late<()>,
) -> Result<Vec<String>> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_MFA_MANAGE)?;
    nothing.after(&permission)?;
    let Permitted { login, session } = permitted_recently(&mut tx, caller).await?;
    if !second_factor::is_enabled(&login) {
        return Err(Rule::NoSecondFactor.into());
    }
    let (shown, kept) = second_factor::recovery_codes(app);
    recovery_code::replace_all(&mut tx, login.person.id, &kept).await?;
    let event = Event::done(AuditAction::AuthMfaReset)
        .change(Value::Null, json!({ "recovery_codes": kept.len() }));
    tell(
        app,
        &mut tx,
        &login.person,
        By::Themselves(Some(session)),
        event,
    )
    .await?;
    let what = "Your recovery codes were replaced. The old ones work no more.";
    warn(app, &mut tx, &login.person, what).await?;
    tx.commit().await?;
    Ok(shown)
}

/// What a person gives to take their second factor away.
#[derive(Debug)]
pub struct MfaRemoval {
    /// Their password.
    pub password: String,
    /// A code, of the second factor or a recovery code.
    pub code: String,
}

/// Takes the second factor away. Every other session ends. Password and code are given with it, so
/// nothing older has to be.
///
/// # Errors
/// [`Invalid`] naming `password`; [`Rule::InvalidCode`], [`Rule::NoSecondFactor`],
/// [`Rule::TooManyAttempts`].
pub async fn remove_mfa(app: &App, caller: &Caller, removal: Late<MfaRemoval>) -> Result<()> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_MFA_MANAGE)?;
    let (_, person) = auth::session_of(&gate)?;
    let MfaRemoval { password, code } = removal.after(&permission)?;
    drop(tx);
    let checked = auth::check_password(app, caller, person, password).await?;
    let checked = checked.ok_or_else(|| Invalid::field("password", "is wrong"))?;

    let mut tx = app.store.write().await?;
    let Permitted { session, .. } = permitted(&mut tx, caller).await?;
    let login = auth::unchanged(&mut tx, &checked).await?;
    if !second_factor::is_enabled(&login) {
        return Err(Rule::NoSecondFactor.into());
    }
    let taken = credentials::take_code(app, &mut tx, &login, Some(&code), From::SignedIn).await;
    if let Err(error) = taken {
        return Err(auth::kept(tx, error).await);
    }
    person::remove_totp(&mut tx, person, app.sources.now()).await?;
    let ended = session::delete_others(&mut tx, person, session).await?;
    let event = Event::done(AuditAction::AuthMfaRemoved)
        .change(Value::Null, json!({ "ended_sessions": ended }));
    tell(
        app,
        &mut tx,
        &login.person,
        By::Themselves(Some(session)),
        event,
    )
    .await?;
    let what = "Your second factor was taken away: sign-in asks for the password only.";
    warn(app, &mut tx, &login.person, what).await?;
    Ok(tx.commit().await?)
}
