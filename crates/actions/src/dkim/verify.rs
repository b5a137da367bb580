//! The record of one key is looked up now.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_mail::records::{self, ExpectedRecord};
use postscale_model::{CheckStatus, DkimKey, DkimStatus, Domain, Selector};
use postscale_store::{
    dkim_key,
    domain::{self, Verification},
    domain_check::{self, StoredCheck},
};

use super::list::named;
use crate::{App, Error, Result, Rule, audit, domains::tell};

/// A key after its record was looked up.
#[derive(Debug)]
pub struct LookedUp {
    /// The domain.
    pub domain: Domain,
    /// The key as it is now.
    pub key: DkimKey,
    /// What the look-up said.
    pub status: CheckStatus,
    /// What it found.
    pub found: Vec<String>,
    /// The key that retires because this one took over.
    pub replaced: Option<DkimKey>,
}

/// Looks for the record of one key. Once it is seen the key signs, and the one it replaces retires.
/// No transaction is open while DNS is asked; the right is decided again before anything is kept.
///
/// # Errors
/// [`Rule::NoSuchObject`]; [`Rule::DkimKeyEnded`] for a key out of use. A resolver in trouble is no
/// error.
pub async fn verify(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    selector: Option<Selector>,
    nothing: Late<()>,
) -> Result<LookedUp> {
    let mut tx = app.store.read().await?;
    let found = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_VERIFY, domain)
        .await?;
    nothing.after(&found)?;
    let keys = dkim_key::list(&mut tx, &found).await?;
    drop(tx);
    let key = named(&keys, selector.as_ref())?;
    if key.status == DkimStatus::Inactive {
        return Err(Rule::DkimKeyEnded.into());
    }
    let is_it = |record: &ExpectedRecord| record.selector.as_ref() == Some(&key.selector);
    let mut expected = records::expected(&found, &app.hosts, &keys);
    expected.retain(is_it);
    let mut seen = records::check(&app.resolver, expected, &[], app.sources.now()).await;
    let seen = seen
        .pop()
        .ok_or_else(|| Error::Broken("a key without a record".to_owned()))?;

    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_VERIFY, &found.id.into())
        .await?;
    let now = app.sources.now();
    let mut events = Vec::new();
    let mut replaced = None;
    if seen.check.status == CheckStatus::Verified
        && let Some(seen) = dkim_key::mark_seen(&mut tx, &domain, &key.selector, now).await?
    {
        events = seen.audit(&domain.name);
        replaced = seen.replaced;
    }
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let key = named(&keys, Some(&key.selector))?.clone();
    let mut changed = Domain::clone(&domain);
    // What one key lacks another one may have: only a whole look takes the flag away.
    if seen.check.status == CheckStatus::Verified && key.signs() {
        let dkim = Verification {
            dkim: Some(true),
            ..Verification::default()
        };
        changed = domain::verify(&mut tx, &domain, dkim, now).await?;
        events.extend(changed.audit_verification(&domain));
    }
    let (status, values) = (seen.check.status, seen.check.found.clone());
    let check = StoredCheck {
        check: seen.check,
        selector: Some(key.selector.clone()),
    };
    domain_check::record(&mut tx, &domain, &[check]).await?;
    tell(app, &mut tx, (&domain, &changed), None).await?;
    for event in events {
        audit::note(app, &mut tx, domain.organization_id, event).await?;
    }
    tx.commit().await?;
    Ok(LookedUp {
        domain: changed,
        key,
        status,
        found: values,
        replaced,
    })
}
