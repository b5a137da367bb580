//! A person changes their password.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, Invalid};
use postscale_store::{email_challenge, person, session};
use serde_json::{Value, json};

use crate::{
    App, Result,
    auth::{
        self,
        account::{By, Event, tell, warn},
    },
};

/// A change of password.
#[derive(Debug)]
pub struct PasswordChange {
    /// The password now.
    pub current_password: String,
    /// The password from now on.
    pub new_password: String,
}

/// Changes the caller's password and ends all their other sessions, and whatever was mailed to them
/// and not used yet.
///
/// # Errors
/// [`Invalid`] naming the field that is wrong; [`Rule::ReauthenticationRequired`](crate::Rule).
pub async fn change_password(
    app: &App,
    caller: &Caller,
    change: Late<PasswordChange>,
) -> Result<()> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::SELF_PASSWORD_CHANGE)?;
    auth::require_recent(&mut gate, caller).await?;
    let (_, person) = auth::session_of(&gate)?;
    let change = change.after(&permission)?;
    auth::check_new_password("new_password", &change.new_password)?;
    drop(tx);
    let checked = auth::check_password(app, caller, person, change.current_password).await?;
    let checked = checked.ok_or_else(|| Invalid::field("current_password", "is wrong"))?;
    let hash = app.hasher.hash(&app.sources, change.new_password).await?;
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    gate.permit(action::SELF_PASSWORD_CHANGE)?;
    let (session, _) = auth::session_of(&gate)?;
    let person = auth::unchanged(&mut tx, &checked).await?.person;
    person::update_password(&mut tx, person.id, &hash, app.sources.now()).await?;
    let ended = session::delete_others(&mut tx, person.id, session).await?;
    email_challenge::delete_of_person(&mut tx, person.id, None).await?;
    let event = Event::done(AuditAction::AuthPasswordChanged)
        .change(Value::Null, json!({ "ended_sessions": ended }));
    tell(app, &mut tx, &person, By::Themselves(Some(session)), event).await?;
    let what = "Your password was changed. Every other browser was signed out.";
    warn(app, &mut tx, &person, what).await?;
    Ok(tx.commit().await?)
}
