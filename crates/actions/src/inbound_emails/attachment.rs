//! An attachment of a received message is downloaded.

use postscale_access::{Caller, Gate, action};
use postscale_mail::parse;
use postscale_model::{
    Attachment, AttachmentId, AuditAction, AuditEvent, InboundEmail, InboundEmailId,
};
use postscale_store::inbound_email;

use crate::{App, Error, Result, Rule, audit, body};

/// An attachment with its octets.
#[derive(Debug)]
pub struct Download {
    /// Its name and declared type.
    pub attachment: Attachment,
    /// The octets, decoded.
    pub octets: Vec<u8>,
}

/// One attachment, cut out of the stored message. That its reader had it goes into the audit log.
///
/// # Errors
/// [`Error::Denied`]; [`Rule::NoSuchObject`] when the message has no such attachment.
pub async fn attachment(
    app: &App,
    caller: &Caller,
    email: Option<InboundEmailId>,
    id: Option<AttachmentId>,
) -> Result<Download> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let email = gate
        .object::<InboundEmail, _>(action::INBOUND_CONTENT_READ, email)
        .await?;
    let actor = gate.actor().cloned();
    let id = id.ok_or(Rule::NoSuchObject)?;
    let found = inbound_email::find_attachment(&mut tx, &email, id).await?;
    let attachment = found.ok_or(Rule::NoSuchObject)?;
    let kept = inbound_email::body(&mut tx, &email).await?;
    let look = (AuditAction::InboundContentViewed, &attachment);
    let is_noted = audit::is_noted(app, &mut tx, actor.as_ref(), look).await?;
    drop(tx);
    if !is_noted {
        note_look(app, caller, email.id, &attachment).await?;
    }
    let message = body::octets(app, kept).await?;
    let part = attachment.part;
    let octets = tokio::task::spawn_blocking(move || parse::attachment(&message, part))
        .await
        .map_err(|e| Error::Broken(e.to_string()))?
        .ok_or_else(|| Error::Broken("a message lost one of its parts".into()))?;
    Ok(Download { attachment, octets })
}

/// Writes down that the caller downloads an attachment; the right to is decided once more.
async fn note_look(
    app: &App,
    caller: &Caller,
    id: InboundEmailId,
    attachment: &Attachment,
) -> Result<()> {
    let mut tx = app.store.write().await?;
    let email = Gate::open(&mut tx, caller)
        .await?
        .object::<InboundEmail, _>(action::INBOUND_CONTENT_READ, Some(id))
        .await?;
    let event = AuditEvent::of(AuditAction::InboundContentViewed, attachment)
        .made(serde_json::json!({"inbound_email_id": email.id.to_string()}));
    audit::note(app, &mut tx, email.organization_id, event).await?;
    Ok(tx.commit().await?)
}
