//! The messages a caller may see.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::Email;
use postscale_store::{Listed, Page, email};

use crate::{App, Result};

/// The messages the caller may see, newest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(email::EmailFilter, Page)>,
) -> Result<(Page, Listed<Email>)> {
    let mut tx = app.store.read().await?;
    let scope = Gate::open(&mut tx, caller)
        .await?
        .scope(action::MESSAGE_LIST_ALL)?;
    let (filter, page) = input.after(&scope)?;
    Ok((
        page,
        email::list(&mut tx, &scope, &filter, page, caller.received_at()).await?,
    ))
}
