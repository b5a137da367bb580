//! One domain.

use postscale_access::{Caller, DomainRef, Gate, action};
use postscale_model::Domain;

use crate::{App, Result};

/// A domain and what the caller may do there, for showing or hiding controls.
#[derive(Debug)]
pub struct DomainView {
    /// The domain.
    pub domain: Domain,
    /// Settings, keys, aliases and checks may be changed.
    pub may_write: bool,
    /// It may be deleted.
    pub may_delete: bool,
}

/// One domain, by id or name.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn get(app: &App, caller: &Caller, domain: &DomainRef) -> Result<DomainView> {
    let mut tx = app.store.read().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::DOMAIN_READ, domain).await?;
    Ok(DomainView {
        may_write: gate.also(action::DOMAIN_SETTINGS_UPDATE, &domain),
        may_delete: gate.also(action::DOMAIN_DELETE, &domain),
        domain: domain.into_inner(),
    })
}
