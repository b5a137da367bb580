//! A key that is out of use is forgotten.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_model::{AuditAction, AuditEvent, DkimStatus, Domain, Selector, Word as _};
use postscale_store::dkim_key;
use serde_json::json;

use super::list::named;
use crate::{App, Result, Rule, audit};

/// Deletes a key that is out of use. Its selector is free again.
///
/// # Errors
/// [`Rule::NoSuchObject`]; [`Rule::DkimKeyInUse`].
pub async fn delete(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    selector: Option<Selector>,
) -> Result<Domain> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_DELETE, domain)
        .await?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let key = named(&keys, selector.as_ref())?;
    if key.status != DkimStatus::Inactive {
        return Err(Rule::DkimKeyInUse.into());
    }
    dkim_key::delete(&mut tx, &domain, key).await?;
    let event = AuditEvent::new(AuditAction::DkimDeleted, key.audit_target(&domain.name)).change(
        json!({"algorithm": key.algorithm.as_str(), "public_key": key.public_key}),
        json!(null),
    );
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    tx.commit().await?;
    Ok(domain.into_inner())
}
