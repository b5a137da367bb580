//! The received messages a caller may see.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{InboundEmail, Timestamp, Word as _};
use postscale_store::inbound_email;

use super::InboundFilter;
use crate::{App, Asked, CursorPage, Page, Result, cursor::Cursors};

/// A filter with its order, as its cursors are bound to it.
fn bound(filter: &InboundFilter) -> Vec<Option<String>> {
    let instant = |at: Option<Timestamp>| at.map(|at| at.micros().to_string());
    vec![
        filter.query.clone(),
        filter.from.clone(),
        filter.to.clone(),
        filter.subject.clone(),
        filter.envelope_sender.clone(),
        filter.status.map(|status| status.as_str().to_owned()),
        filter.domain_id.map(|id| id.to_string()),
        filter.alias_id.map(|id| id.to_string()),
        filter.has_attachments.map(|has| has.to_string()),
        instant(filter.from_date),
        instant(filter.to_date),
        Some(format!("{:?} {:?}", filter.sort, filter.direction)),
    ]
}

/// The received messages the caller may see, in the order asked for.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied);
/// [`Invalid`](postscale_model::Invalid) for a cursor of another caller, filter or order.
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(Asked<InboundFilter>, Page)>,
) -> Result<CursorPage<InboundEmail>> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let actor = gate.actor().cloned();
    let scope = gate.scope(action::INBOUND_LIST_ALL)?;
    let (Asked { filter, cursor }, page) = input.after(&scope)?;
    let cursors = Cursors::of(app, actor.as_ref(), "inbound", &bound(&filter));
    let after = cursors.behind(cursor.as_deref())?;
    let part = (after.as_ref(), page);
    let found = inbound_email::list(&mut tx, &scope, &filter, part, caller.received_at()).await?;
    Ok(cursors.page(page, found))
}
