//! Looking at what a received message says: the right to, and the entry in the audit log.

use postscale_access::{Caller, Gate, action};
use postscale_model::{AuditAction, AuditEvent, InboundEmail, InboundEmailId};

use crate::{App, Result, audit};

/// Writes down that the caller looks at what a message says; the right to is decided once more.
pub(crate) async fn note(app: &App, caller: &Caller, id: InboundEmailId) -> Result<()> {
    let mut tx = app.store.write().await?;
    let email = Gate::open(&mut tx, caller)
        .await?
        .object::<InboundEmail, _>(action::INBOUND_CONTENT_READ, Some(id))
        .await?;
    let event = AuditEvent::of(AuditAction::InboundContentViewed, &*email);
    audit::note(app, &mut tx, email.organization_id, event).await?;
    Ok(tx.commit().await?)
}
