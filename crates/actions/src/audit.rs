//! The audit log: what use cases write into it, and its reading.

mod export;
mod list;

use std::time::Duration;

use postscale_access::Actor;
use postscale_model::{AuditAction, AuditEvent, Audited, OrganizationId};
use postscale_store::{Tx, audit_entry};

pub use export::{Export, export};
pub use list::list;
pub use postscale_store::audit_entry::AuditFilter;

use crate::{App, Error, Result};

/// The looks of one reader at one thing within this long are one entry: a page asks for a message in
/// several parts, and programs ask for it again and again.
const ONE_LOOK: Duration = Duration::from_secs(3600);

/// Writes down what the transaction's caller did, in the same transaction and after its other
/// writes.
pub(crate) async fn note(
    app: &App,
    tx: &mut Tx,
    organization: OrganizationId,
    event: AuditEvent,
) -> Result<()> {
    Ok(audit_entry::append(tx, &app.sources, organization, event).await?)
}

/// Whether the log has already that the actor looked at the thing a moment ago.
pub(crate) async fn is_noted(
    app: &App,
    tx: &mut Tx,
    actor: Option<&Actor>,
    (action, thing): (AuditAction, &impl Audited),
) -> Result<bool> {
    let actor = actor.ok_or_else(|| Error::Broken("granted without actor".into()))?;
    let since = app.sources.now().minus(ONE_LOOK);
    Ok(audit_entry::has_since(tx, actor, (action, &thing.audit_target()), since).await?)
}
