//! What a look tells people and the logs.

use postscale_access::SystemScope;
use postscale_mail::notice::{self, Notice};
use postscale_model::{Address, AuditEvent, Domain, OrganizationId};
use postscale_store::{
    Error, Result, Tx, audit_entry,
    domain::{self, Released},
    system_email::{self, SystemEmail},
};

use crate::EngineParts;

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
        let people = domain::people_by_itself(tx, scope, changed, parts.sources.now()).await?;
        send(tx, parts, &notice, &people).await?;
    }
    if let Some(released) = released {
        let notice = Notice::domain_taken_over(&released.after, url);
        send(tx, parts, &notice, &released.people).await?;
    }
    Ok(())
}

async fn send(tx: &mut Tx, parts: &EngineParts, notice: &Notice, people: &[Address]) -> Result<()> {
    let date = parts.sources.now();
    for person in people {
        let copy = notice::Copy {
            from: &parts.settings.system_from,
            to: person,
            unique: &parts.sources.hex::<16>(),
            date,
        };
        let body = notice.compose(&copy);
        let email = SystemEmail {
            id: parts.sources.id(),
            recipient: person.clone(),
            body: body.map_err(|invalid| Error::Corrupt(invalid.to_string()))?,
            created_at: date,
        };
        system_email::insert(tx, &email).await?;
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
