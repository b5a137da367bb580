//! What a look tells people and the logs.

use postscale_access::SystemScope;
use postscale_mail::notice::Notice;
use postscale_model::{AuditEvent, Domain, OrganizationId};
use postscale_store::{Result, Tx, audit_entry, domain::Released};

use crate::{EngineParts, notices};

/// Writes to those who look after the domains.
pub(super) async fn tell(
    tx: &mut Tx,
    parts: &EngineParts,
    scope: &SystemScope,
    (before, changed): (&Domain, &Domain),
    released: Option<&Released>,
) -> Result<()> {
    let url = &parts.settings.public_url;
    if let Some(notice) = Notice::domain_changed(before, changed, url) {
        notices::tell(parts, scope, tx, changed, &notice).await?;
    }
    if let Some(released) = released {
        let notice = Notice::domain_taken_over(&released.after, url);
        notices::send(parts, tx, &released.people, &notice).await?;
    }
    Ok(())
}

/// Writes into the logs of both organizations, in an order that two of them agree on.
pub(super) async fn note(
    tx: &mut Tx,
    parts: &EngineParts,
    mut events: Vec<(OrganizationId, AuditEvent)>,
    released: Option<Released>,
) -> Result<()> {
    if let Some(released) = released
        && let Some(event) = released.after.audit_taken_over(&released.before)
    {
        events.push((released.after.organization_id, event));
    }
    events.sort_by_key(|(organization, _)| *organization);
    for (organization, event) in events {
        audit_entry::append(tx, &parts.sources, organization, event).await?;
    }
    Ok(())
}
