//! The received messages a caller may see.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::InboundEmail;
use postscale_store::inbound_email;

use super::InboundFilter;
use crate::{App, Listed, Page, Result};

/// The received messages the caller may see, in the order asked for.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(InboundFilter, Page)>,
) -> Result<(Page, Listed<InboundEmail>)> {
    let mut tx = app.store.read().await?;
    let scope = Gate::open(&mut tx, caller)
        .await?
        .scope(action::INBOUND_LIST_ALL)?;
    let (filter, page) = input.after(&scope)?;
    let now = caller.received_at();
    let listed = inbound_email::list(&mut tx, &scope, &filter, page, now).await?;
    Ok((page, listed))
}
