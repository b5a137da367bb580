//! A received message is deleted.

use postscale_access::{Caller, Gate, action};
use postscale_model::{AuditAction, AuditEvent, InboundEmail, InboundEmailId};
use postscale_store::{Body, inbound_email};

use crate::{App, Result, audit};

/// Deletes a received message with its attachments.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn delete(app: &App, caller: &Caller, id: Option<InboundEmailId>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let email = Gate::open(&mut tx, caller)
        .await?
        .object::<InboundEmail, _>(action::INBOUND_DELETE, id)
        .await?;
    let body = inbound_email::delete(&mut tx, &email).await?;
    let event = AuditEvent::of(AuditAction::InboundDeleted, &*email);
    audit::note(app, &mut tx, email.organization_id, event).await?;
    tx.commit().await?;
    if let Body::Blob(key) = body
        && let Err(error) = app.blobs.delete(&key).await
    {
        // The message is gone for everybody; only room on the disk is lost.
        tracing::warn!(blob.key = %key, %error, "the blob {key} of a deleted message stays");
    }
    Ok(())
}
