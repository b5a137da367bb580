//! A received message is processed once more.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent, InboundEmail, InboundEmailId, InboundStatus};
use postscale_store::inbound_email;

use crate::{App, Result, audit};

/// Has a message forwarded and announced once more, as its alias stands now.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn replay(
    app: &App,
    caller: &Caller,
    id: Option<InboundEmailId>,
    nothing: Late<()>,
) -> Result<InboundEmail> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let email = gate
        .object::<InboundEmail, _>(action::INBOUND_REPLAY, id)
        .await?;
    nothing.after(&email)?;
    inbound_email::replay(&mut tx, &email, app.sources.now()).await?;
    let event = AuditEvent::of(AuditAction::InboundReplayed, &*email);
    audit::note(app, &mut tx, email.organization_id, event).await?;
    tx.commit().await?;
    Ok(InboundEmail {
        status: InboundStatus::Received,
        ..email.into_inner()
    })
}
