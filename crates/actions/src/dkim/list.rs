//! A domain's keys.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_model::{DkimKey, Domain, Selector};
use postscale_store::dkim_key;

use crate::{App, Result, Rule};

/// A domain's keys, oldest first.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
) -> Result<(Domain, Vec<DkimKey>)> {
    let mut tx = app.store.read().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_LIST, domain)
        .await?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    Ok((domain.into_inner(), keys))
}

/// One of a domain's keys.
///
/// # Errors
/// [`Rule::NoSuchObject`].
pub async fn get(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    selector: Option<Selector>,
) -> Result<(Domain, DkimKey)> {
    let mut tx = app.store.read().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_READ, domain)
        .await?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let key = named(&keys, selector.as_ref())?.clone();
    Ok((domain.into_inner(), key))
}

/// The key of that selector.
pub(super) fn named<'k>(keys: &'k [DkimKey], selector: Option<&Selector>) -> Result<&'k DkimKey> {
    let found = keys.iter().find(|key| Some(&key.selector) == selector);
    Ok(found.ok_or(Rule::NoSuchObject)?)
}
