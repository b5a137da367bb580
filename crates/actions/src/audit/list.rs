//! The log, newest first.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditEntry, Timestamp};
use postscale_store::audit_entry::{self, AuditFilter};

use crate::{App, Asked, CursorPage, Page, Result, cursor::Cursors};

/// A filter as its cursors are bound to it.
fn bound(filter: &AuditFilter) -> [Option<String>; 5] {
    let instant = |at: Option<Timestamp>| at.map(|at| at.micros().to_string());
    [
        filter.actor.clone(),
        filter.actions.map(|actions| actions.to_string()),
        filter.target.clone(),
        instant(filter.from),
        instant(filter.to),
    ]
}

/// The entries of the organization's log that fit, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for everybody but owners and admins in person.
/// [`Invalid`](postscale_model::Invalid) for a cursor of another caller or another filter.
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(Asked<AuditFilter>, Page)>,
) -> Result<CursorPage<AuditEntry>> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::AUDIT_LIST)?;
    let (Asked { filter, cursor }, page) = input.after(&permission)?;
    let cursors = Cursors::new(app, &permission, "audit", &bound(&filter));
    let before = cursor.map(|cursor| cursors.read(&cursor)).transpose()?;
    // One more than asked for, to know whether there is a next page.
    let more = Page {
        limit: page.limit + 1,
        ..page
    };
    let mut listed = audit_entry::list(&mut tx, &permission, &filter, (before, more)).await?;
    let asked = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let has_more = listed.rows.len() > asked;
    listed.rows.truncate(asked);
    let last = listed.rows.last().filter(|_| has_more);
    let next_cursor = last.map(|entry| cursors.write(entry.sequence));
    Ok(CursorPage {
        page,
        listed,
        next_cursor,
    })
}
