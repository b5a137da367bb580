//! A domain is deleted.

use postscale_access::{Caller, DomainRef, action};
use postscale_model::{AuditAction, AuditEvent, AuditTarget};
use postscale_store::domain;
use serde_json::json;

use crate::{App, Result, audit, turn};

/// Deletes a domain with its aliases, keys, grants and key scopes; queued mail is canceled.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn delete(app: &App, caller: &Caller, domain: &DomainRef) -> Result<()> {
    let mut tx = app.store.write().await?;
    let domain = turn::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_DELETE, domain)
        .await?;
    let deleted = domain::delete(&mut tx, &domain, app.sources.now()).await?;
    let because = json!({"domain": domain.name.as_str()});
    for (key, name) in deleted.revoked_keys {
        let target = AuditTarget::new("api_key", key, name);
        let event = AuditEvent::new(AuditAction::KeyRevoked, target).made(because.clone());
        audit::note(app, &mut tx, domain.organization_id, event).await?;
    }
    if deleted.canceled_recipients > 0 {
        let after = json!({"recipients": deleted.canceled_recipients});
        let event = AuditEvent::of(AuditAction::MessageCancelled, &*domain).made(after);
        audit::note(app, &mut tx, domain.organization_id, event).await?;
    }
    let event = AuditEvent::of(AuditAction::DomainDeleted, &*domain);
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    Ok(tx.commit().await?)
}
