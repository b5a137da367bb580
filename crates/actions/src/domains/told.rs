//! What a look at a domain's records tells people and the logs.

use postscale_access::Writable;
use postscale_mail::notice::Notice;
use postscale_model::{AuditEvent, Domain};
use postscale_store::{Tx, audit_entry, domain::Released, user};

use crate::{App, Result, audit, system_mail};

/// Writes to those who look after a domain that was lost, or is back.
pub(crate) async fn tell(
    app: &App,
    tx: &mut Tx,
    (before, changed): (&Writable<Domain>, &Domain),
    released: Option<&Released>,
) -> Result<()> {
    let url = &app.links.public_url;
    if let Some(notice) = Notice::domain_changed(before, changed, url) {
        let people = user::concerned(tx, before, app.sources.now()).await?;
        let notice = system_mail::Notice::from(notice);
        for person in people {
            notice.send(app, tx, &person).await?;
        }
    }
    if let Some(released) = released {
        let notice = Notice::domain_taken_over(&released.after, url);
        let notice = system_mail::Notice::from(notice);
        for person in &released.people {
            notice.send(app, tx, person).await?;
        }
    }
    Ok(())
}

/// Writes into the logs of both organizations, in an order that two of them agree on.
pub(super) async fn note(
    app: &App,
    tx: &mut Tx,
    (domain, events): (&Domain, Vec<AuditEvent>),
    released: Option<Released>,
) -> Result<()> {
    let theirs = released.and_then(|released| {
        let event = released.after.audit_taken_over(&released.before)?;
        Some((released.after.organization_id, event))
    });
    let (mut first, mut last) = (theirs, None);
    if first
        .as_ref()
        .is_some_and(|(theirs, _)| *theirs > domain.organization_id)
    {
        (first, last) = (None, first);
    }
    if let Some((organization, event)) = first {
        audit_entry::append_by_itself(tx, &app.sources, organization, event).await?;
    }
    for event in events {
        audit::note(app, tx, domain.organization_id, event).await?;
    }
    if let Some((organization, event)) = last {
        audit_entry::append_by_itself(tx, &app.sources, organization, event).await?;
    }
    Ok(())
}
