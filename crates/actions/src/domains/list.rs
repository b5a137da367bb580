//! The domains a caller may see.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::Domain;
use postscale_store::{Listed, Page, domain};

use crate::{App, Result};

/// The domains the caller may see, by name.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(
    app: &App,
    caller: &Caller,
    input: Late<(domain::DomainFilter, Page)>,
) -> Result<(Page, Listed<Domain>)> {
    let mut tx = app.store.read().await?;
    let scope = Gate::open(&mut tx, caller)
        .await?
        .scope(action::DOMAIN_LIST)?;
    let (filter, page) = input.after(&scope)?;
    Ok((
        page,
        domain::list(&mut tx, &scope, &filter, page, caller.received_at()).await?,
    ))
}
