//! A domain is deleted.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_store::domain;

use crate::{App, Result};

/// Deletes a domain with its aliases, keys, grants and key scopes; queued mail is canceled.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn delete(app: &App, caller: &Caller, domain: &DomainRef) -> Result<()> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_DELETE, domain)
        .await?;
    domain::delete(&mut tx, &domain, app.sources.now()).await?;
    Ok(tx.commit().await?)
}
