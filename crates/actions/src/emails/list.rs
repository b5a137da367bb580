//! The messages a caller may see.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Email, Timestamp, Word as _};
use postscale_store::email::{self, EmailFilter};

use crate::{App, Asked, CursorPage, Page, Result, cursor::Cursors};

/// A filter, as its cursors are bound to it.
fn bound(filter: &EmailFilter) -> [Option<String>; 9] {
    let instant = |at: Option<Timestamp>| at.map(|at| at.micros().to_string());
    [
        filter.status.map(|status| status.as_str().to_owned()),
        filter.from.clone(),
        filter.to.clone(),
        filter.subject.clone(),
        filter.domain_id.map(|id| id.to_string()),
        filter.tag.clone(),
        filter.environment.map(|it| it.as_str().to_owned()),
        instant(filter.from_date),
        instant(filter.to_date),
    ]
}

/// The messages the caller may see, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied);
/// [`Invalid`](postscale_model::Invalid) for a cursor of another caller or filter.
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(Asked<EmailFilter>, Page)>,
) -> Result<CursorPage<Email>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let actor = gate.actor().cloned();
    let scope = gate.scope(action::MESSAGE_LIST_ALL)?;
    let (Asked { filter, cursor }, page) = input.after(&scope)?;
    let cursors = Cursors::of(app, actor.as_ref(), "emails", &bound(&filter));
    let after = cursors.behind(cursor.as_deref())?;
    let part = (after.as_ref(), page);
    let found = email::list(&mut tx, &scope, &filter, part, caller.received_at()).await?;
    Ok(cursors.page(page, found))
}
