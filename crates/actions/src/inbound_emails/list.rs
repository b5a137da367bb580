//! The received messages a caller may see.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{InboundEmail, Timestamp, Word as _};
use postscale_store::inbound_email::{self, Position};

use super::InboundFilter;
use crate::{
    App, Listed, Page, Result,
    cursor::{Cursors, foreign},
};

/// What to list.
#[derive(Debug, Default)]
pub struct InboundQuery {
    /// Which messages, in which order.
    pub filter: InboundFilter,
    /// Where to go on: the cursor a page before gave.
    pub cursor: Option<String>,
}

/// A page of received messages.
#[derive(Debug)]
pub struct InboundPage {
    /// Which part it is.
    pub page: Page,
    /// The messages, and how many fit the filter.
    pub listed: Listed<InboundEmail>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

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
    input: Late<(InboundQuery, Page)>,
) -> Result<InboundPage> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let actor = gate.actor().cloned();
    let scope = gate.scope(action::INBOUND_LIST_ALL)?;
    let (query, page) = input.after(&scope)?;
    let filter = query.filter;
    let cursors = Cursors::of(app, actor.as_ref(), "inbound", &bound(&filter));
    let after = query.cursor.map(|cursor| {
        let position = cursors.read_text(&cursor)?;
        Position::parse(&position, filter.sort).ok_or_else(foreign)
    });
    let after = after.transpose()?;
    let now = caller.received_at();
    let found = inbound_email::list(&mut tx, &scope, &filter, (after.as_ref(), page), now).await?;
    Ok(InboundPage {
        page,
        listed: found.listed,
        next_cursor: found.next.map(|next| cursors.write_text(&next.to_string())),
    })
}
