//! One message, what became of it, and – for who may write its domain – what it says.

use postscale_access::{Caller, Gate, action};
use postscale_mail::{
    parse::{Parsed, parse},
    safe_html::{self, SafeHtml},
};
use postscale_model::{AuditAction, AuditEvent, Email, EmailEvent, EmailId, Recipient};
use postscale_store::email;

use crate::{App, Error, Result, Rule, audit, body};

/// A message as its viewer may see it.
#[derive(Debug)]
pub struct EmailView {
    /// The message.
    pub email: Email,
    /// Its recipients.
    pub recipients: Vec<Recipient>,
    /// What it says: only for viewers with write access to its domain.
    pub content: Option<Parsed>,
}

/// One message. That its reader saw what it says goes into the audit log.
///
/// # Errors
/// [`Error::Denied`].
pub async fn get(app: &App, caller: &Caller, id: Option<EmailId>) -> Result<EmailView> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let email = gate.object(action::MESSAGE_READ, id).await?;
    let may_read_content = gate.also(action::MESSAGE_CONTENT_READ, &email);
    let recipients = email::recipients(gate.rights(), &email).await?;
    if !may_read_content {
        return Ok(EmailView {
            email: email.into_inner(),
            recipients,
            content: None,
        });
    }
    let email = gate.upgrade(action::MESSAGE_CONTENT_READ, email)?;
    let actor = gate.actor().cloned();
    let kept = email::body(&mut tx, &email).await?;
    let look = (AuditAction::MessageContentViewed, &*email);
    let is_noted = audit::is_noted(app, &mut tx, actor.as_ref(), look).await?;
    drop(tx);
    if !is_noted {
        note_look(app, caller, email.id).await?;
    }
    let content = parse(&body::octets(app, kept).await?);
    Ok(EmailView {
        email: email.into_inner(),
        recipients,
        content: Some(content),
    })
}

/// The HTML of a message, without anything that runs, loads or leads elsewhere.
///
/// # Errors
/// [`Error::Denied`] without write access to its domain; [`Rule::NoSuchObject`] when it has none.
pub async fn html(app: &App, caller: &Caller, id: Option<EmailId>) -> Result<SafeHtml> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let email = gate
        .object::<Email, _>(action::MESSAGE_CONTENT_READ, id)
        .await?;
    let actor = gate.actor().cloned();
    let kept = email::body(&mut tx, &email).await?;
    let look = (AuditAction::MessageContentViewed, &*email);
    let is_noted = audit::is_noted(app, &mut tx, actor.as_ref(), look).await?;
    drop(tx);
    if !is_noted {
        note_look(app, caller, email.id).await?;
    }
    let octets = body::octets(app, kept).await?;
    let shown = tokio::task::spawn_blocking(move || {
        let html = parse(&octets).html?;
        Some(safe_html::of_message(&octets, &html))
    });
    let shown = shown.await.map_err(|e| Error::Broken(e.to_string()))?;
    Ok(shown.ok_or(Rule::NoSuchObject)?)
}

/// Writes down that the caller looks at what a message says; the right to is decided once more.
async fn note_look(app: &App, caller: &Caller, id: EmailId) -> Result<()> {
    let mut tx = app.store.write().await?;
    let email = Gate::open(&mut tx, caller)
        .await?
        .object::<Email, _>(action::MESSAGE_CONTENT_READ, Some(id))
        .await?;
    let event = AuditEvent::of(AuditAction::MessageContentViewed, &*email);
    audit::note(app, &mut tx, email.organization_id, event).await?;
    Ok(tx.commit().await?)
}

/// What happened to a message, oldest first.
///
/// # Errors
/// [`Error::Denied`].
pub async fn events(app: &App, caller: &Caller, id: Option<EmailId>) -> Result<Vec<EmailEvent>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let email = gate.object(action::MESSAGE_READ, id).await?;
    Ok(email::events(&mut tx, &email).await?)
}
