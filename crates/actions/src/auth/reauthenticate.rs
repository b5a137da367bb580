//! Giving the password again before what could lock a person out or hand the organization over.

use std::{net::IpAddr, time::Duration};

use postscale_access::{Caller, Gate, Late, Means, action};
use postscale_model::{PersonId, SessionId};
use postscale_store::{Tx, person, session};

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
fn session_of(gate: &Gate<'_, Tx>) -> Result<(SessionId, PersonId)> {
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
}

/// Renews the session's proof. The session gets another token: the old one is worth nothing any
/// more.
///
/// # Errors
/// [`Rule::InvalidCredentials`], [`Rule::TooManyAttempts`], [`Error::Denied`].
pub async fn reauthenticate(
    app: &App,
    caller: &Caller,
    given: Late<Reauthentication>,
    ip: IpAddr,
) -> Result<SessionToken> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_UPDATE)?;
    let (_, person) = session_of(&gate)?;
    let given = given.after(&permission)?;
    let login = person::find_login_of(&mut tx, person)
        .await?
        .ok_or(Rule::InvalidCredentials)?;
    drop(tx);
    app.throttle.attempt(&login.person.email.key(), ip)?;
    if !app
        .hasher
        .verify(given.password, login.password_hash)
        .await?
    {
        return Err(Rule::InvalidCredentials.into());
    }
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SELF_UPDATE)?;
    let (session, _) = session_of(&gate)?;
    let token = SessionToken::new(&app.sources);
    session::renew(&mut tx, session, &token.hash(), app.sources.now()).await?;
    tx.commit().await?;
    Ok(token)
}
