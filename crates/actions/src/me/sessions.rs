//! A person's own signed-in browsers.

use postscale_access::{Caller, Gate, action};
use postscale_model::{AuditAction, PersonId, Session, SessionId};
use postscale_store::{Tx, person, session};
use serde_json::{Value, json};

use crate::{
    App, Result, Rule,
    auth::{
        self,
        account::{By, Event, tell},
    },
};

/// The caller's sessions and which of them is asking.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list_sessions(app: &App, caller: &Caller) -> Result<(Vec<Session>, SessionId)> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_SESSION_LIST)?;
    let (current, person) = auth::session_of(&gate)?;
    let sessions = session::list(&mut tx, person, &permission, caller.received_at()).await?;
    Ok((sessions, current))
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// [`Rule::NoSuchObject`] when it is not one of theirs.
pub async fn revoke_session(app: &App, caller: &Caller, id: Option<SessionId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_SESSION_REVOKE)?;
    let (current, person) = auth::session_of(&gate)?;
    let id = id.ok_or(Rule::NoSuchObject)?;
    if !session::delete(&mut tx, person, id, &permission).await? {
        return Err(Rule::NoSuchObject.into());
    }
    tell_ended(
        app,
        &mut tx,
        person,
        current,
        json!({ "session": id.to_string() }),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Ends every session of the caller but the one that asks. Gives how many.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn revoke_other_sessions(app: &App, caller: &Caller) -> Result<u64> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SELF_SESSION_REVOKE)?;
    let (current, person) = auth::session_of(&gate)?;
    let ended = session::delete_others(&mut tx, person, current).await?;
    if ended > 0 {
        tell_ended(
            app,
            &mut tx,
            person,
            current,
            json!({ "ended_sessions": ended }),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(ended)
}

async fn tell_ended(
    app: &App,
    tx: &mut Tx,
    person: PersonId,
    current: SessionId,
    what: Value,
) -> Result<()> {
    let login = person::find_login_of(tx, person).await?;
    let login = login.ok_or(Rule::NoSuchObject)?;
    let event = Event::done(AuditAction::SessionRevoked).change(what, Value::Null);
    tell(app, tx, &login.person, By::Themselves(Some(current)), event).await
}
