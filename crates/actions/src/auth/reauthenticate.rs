//! Giving the password again before what could lock a person out or hand the organization over.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use postscale_access::{Caller, Gate, Late, Means, action};
use postscale_model::{AuditAction, PersonId, SessionId};
use postscale_store::{
    Tx,
    person::{self, Login},
    session,
};

use super::credentials::{self, From, count_failure, is_locked};
use crate::{App, Error, Result, Rule, SessionToken};

/// How long a proof of who sits at the browser counts.
const RECENT: Duration = Duration::from_secs(10 * 60);

/// Whether the gate's actor, a person, proved who they are in the last ten minutes. To be asked
/// once the action is permitted and before its input is looked at.
///
/// # Errors
/// [`Rule::ReauthenticationRequired`] when it is longer ago.
pub async fn require_recent(gate: &mut Gate<'_, Tx>, caller: &Caller) -> Result<()> {
    let (session, _) = session_of(gate)?;
    let at = session::authenticated_at(gate.rights(), session).await?;
    if at.is_some_and(|at| caller.received_at() < at.plus(RECENT)) {
        Ok(())
    } else {
        Err(Rule::ReauthenticationRequired.into())
    }
}

/// The session and person behind a gate that permitted something to persons only.
pub(crate) fn session_of(gate: &Gate<'_, Tx>) -> Result<(SessionId, PersonId)> {
    match gate.actor().map(|actor| actor.means()) {
        Some(Means::Session { session, person }) => Ok((*session, *person)),
        Some(Means::Key { .. }) | None => Err(Error::Broken(
            "a person-only action without a session".into(),
        )),
    }
}

/// Whether the caller's proof of who they are is recent, for pages that ask first.
///
/// # Errors
/// [`Rule::ReauthenticationRequired`]; [`Error::Denied`].
pub async fn check_recent(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SELF_READ)?;
    require_recent(&mut gate, caller).await
}

/// What a person gives to prove who they are again.
#[derive(Debug)]
pub struct Reauthentication {
    /// Their password.
    pub password: String,
    /// A code of their second factor, when they have one.
    pub code: Option<String>,
}

/// Checks the password of a person who is signed in. Gives what is known of them when it is right;
/// a wrong one is counted.
pub(crate) async fn check_password(
    app: &App,
    caller: &Caller,
    person: PersonId,
    password: String,
) -> Result<Option<Login>> {
    let mut tx = app.store.read().await?;
    let login = person::find_login_of(&mut tx, person)
        .await?
        .ok_or(Rule::InvalidCredentials)?;
    drop(tx);
    let ip = caller.origin().ip.unwrap_or(NOWHERE);
    app.throttle.attempt(&login.person.id.to_string(), ip)?;
    let hash = login.password_hash.clone();
    let matches = app.hasher.verify(password, hash).await?;
    if matches && !is_locked(&login, From::SignedIn) {
        return Ok(Some(login));
    }
    let mut tx = app.store.write().await?;
    Gate::open(&mut tx, caller).await?;
    count_failure(
        app,
        &mut tx,
        &login,
        From::SignedIn,
        AuditAction::AuthLoginFail,
    )
    .await?;
    tx.commit().await?;
    Ok(None)
}

/// What the throttle knows a request by that came over no network.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Renews the session's proof. The session gets another token: the old one is worth nothing any
/// more.
///
/// # Errors
/// [`Rule::InvalidCredentials`], [`Rule::SecondFactorRequired`], [`Rule::InvalidCode`],
/// [`Rule::TooManyAttempts`], [`Error::Denied`].
pub async fn reauthenticate(
    app: &App,
    caller: &Caller,
    given: Late<Reauthentication>,
) -> Result<SessionToken> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_UPDATE)?;
    let (_, person) = session_of(&gate)?;
    let given = given.after(&permission)?;
    drop(tx);
    let checked = check_password(app, caller, person, given.password).await?;
    let checked = checked.ok_or(Rule::InvalidCredentials)?;
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SELF_UPDATE)?;
    let (session, _) = session_of(&gate)?;
    let login = unchanged(&mut tx, &checked).await?;
    let code = given.code.as_deref();
    let taken = credentials::take_code(app, &mut tx, &login, code, From::SignedIn).await;
    if let Err(error) = taken {
        return Err(kept(tx, error).await);
    }
    person::forget_failures(&mut tx, person).await?;
    let token = SessionToken::new(&app.sources);
    session::renew(&mut tx, session, &token.hash(), app.sources.now()).await?;
    tx.commit().await?;
    Ok(token)
}

/// The person as they are now and stay, whose password was checked a moment ago.
pub(crate) async fn unchanged(tx: &mut Tx, checked: &Login) -> Result<Login> {
    let now = person::keep_login_of(tx, checked.person.id).await?;
    let same = now.filter(|now| now.password_hash == checked.password_hash);
    Ok(same.ok_or(Rule::InvalidCredentials)?)
}

/// Commits what a refused code left to be counted, and gives the refusal.
pub(crate) async fn kept(tx: Tx, error: Error) -> Error {
    match error {
        Error::Rule(rule) => match tx.commit().await {
            Ok(()) => rule.into(),
            Err(error) => error.into(),
        },
        other => other,
    }
}
