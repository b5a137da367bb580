//! A domain's settings change.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent, Domain};
use postscale_store::domain::{self, DomainChange};

use crate::{App, Result, audit};

/// Changes a domain's settings. The name never changes.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn update(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    change: Late<DomainChange>,
) -> Result<Domain> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_SETTINGS_UPDATE, domain)
        .await?;
    let change = change.after(&domain)?;
    let changed = domain::update(&mut tx, &domain, &change, app.sources.now()).await?;
    let event = AuditEvent::updated(AuditAction::DomainSettingsChanged, &*domain, &changed);
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    if let Some(event) = changed.audit_verification(&domain) {
        audit::note(app, &mut tx, domain.organization_id, event).await?;
    }
    tx.commit().await?;
    Ok(changed)
}
