//! Looking at what a received message says: the right to, its octets, and the entry in the audit log.

use postscale_access::{Actor, Caller, Gate, Writable, action};
use postscale_model::{AuditAction, AuditEvent, InboundEmail, InboundEmailId};
use postscale_store::{Tx, inbound_email};

use crate::{App, Result, audit, body};

/// The octets of a message for who may read what it says. That they looked is noted, once for a while;
/// the transaction ends before that and before a large message is fetched.
pub(crate) async fn octets(
    app: &App,
    caller: &Caller,
    (mut tx, actor): (Tx, Option<Actor>),
    email: &Writable<InboundEmail>,
) -> Result<Vec<u8>> {
    let kept = inbound_email::body(&mut tx, email).await?;
    let look = (AuditAction::InboundContentViewed, &**email);
    let is_noted = audit::is_noted(app, &mut tx, actor.as_ref(), look).await?;
    drop(tx);
    if !is_noted {
        note(app, caller, email.id).await?;
    }
    body::octets(app, kept).await
}

/// Writes down that the caller looks at what a message says; the right to is decided once more.
async fn note(app: &App, caller: &Caller, id: InboundEmailId) -> Result<()> {
    let mut tx = app.store.write().await?;
    let email = Gate::open(&mut tx, caller)
        .await?
        .object::<InboundEmail, _>(action::INBOUND_CONTENT_READ, Some(id))
        .await?;
    let event = AuditEvent::of(AuditAction::InboundContentViewed, &*email);
    audit::note(app, &mut tx, email.organization_id, event).await?;
    Ok(tx.commit().await?)
}
