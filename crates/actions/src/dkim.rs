//! DKIM keys.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_mail::dkim as mail_dkim;
use postscale_model::{
    AuditAction, AuditEvent, DkimAlgorithm, DkimKey, DkimStatus, Domain, Selector, Word as _,
};
use postscale_store::{
    dkim_key::{self, SigningKey},
    domain::{self, Verification},
};

use serde_json::json;

use crate::{App, Error, Result, Rule, audit};

/// What to generate.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Names the record.
    pub selector: Selector,
    /// Key type.
    pub algorithm: DkimAlgorithm,
}

/// Generates a key pair for a domain. It is pending until its record is seen.
///
/// # Errors
/// [`Rule::SelectorTaken`].
pub async fn generate(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    new: Late<NewKey>,
) -> Result<(Domain, DkimKey)> {
    let mut tx = app.store.read().await?;
    let found = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_GENERATE, domain)
        .await?;
    let new = new.after(&found)?;
    drop(tx);
    // Making an RSA key takes long; no transaction is open meanwhile.
    let algorithm = new.algorithm;
    let pair = tokio::task::spawn_blocking(move || mail_dkim::generate(algorithm))
        .await
        .map_err(|e| Error::Broken(e.to_string()))?
        .map_err(|e| Error::Broken(e.to_string()))?;
    let key = DkimKey {
        id: app.sources.id(),
        domain_id: found.id,
        selector: new.selector,
        algorithm,
        status: DkimStatus::Pending,
        public_key: pair.public_key,
        verified_at: None,
        created_at: app.sources.now(),
    };
    let signing = SigningKey {
        key,
        private_key: pair.private_der,
    };
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_GENERATE, &found.id.into())
        .await?;
    dkim_key::insert(&mut tx, &domain, &signing, &app.seal, &app.sources)
        .await
        .map_err(|error| {
            if error.is_conflict_on(dkim_key::SELECTOR_KEY) {
                Rule::SelectorTaken.into()
            } else {
                Error::from(error)
            }
        })?;
    let target = signing.key.audit_target(&domain.name);
    let event = AuditEvent::new(AuditAction::DkimGenerated, target)
        .made(json!({"algorithm": algorithm.as_str()}));
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    tx.commit().await?;
    Ok((domain.into_inner(), signing.key))
}

/// A domain's keys, oldest first.
///
/// # Errors
/// [`Error::Denied`].
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

/// Whether taking away the last key that signs is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Deactivates a key: it signs no more.
///
/// # Errors
/// [`Rule::NoSuchObject`]; [`Rule::LastSigningKey`] for a sending domain without [`Confirm::Yes`].
pub async fn deactivate(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    selector: Option<Selector>,
    confirm: Late<Confirm>,
) -> Result<(Domain, DkimKey)> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_DEACTIVATE, domain)
        .await?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    let key = keys
        .iter()
        .find(|key| Some(&key.selector) == selector.as_ref())
        .ok_or(Rule::NoSuchObject)?;
    let confirm = confirm.after(&domain)?;
    let signs = |key: &DkimKey| key.status == DkimStatus::Active && key.verified();
    let last = signs(key) && keys.iter().filter(|key| signs(key)).count() == 1;
    if last && domain.domain_type.sends() && confirm == Confirm::No {
        return Err(Rule::LastSigningKey.into());
    }
    let now = app.sources.now();
    dkim_key::update_status(&mut tx, &domain, &key.selector, DkimStatus::Inactive, now).await?;
    if last {
        let none = Verification {
            dkim: Some(false),
            ..Verification::default()
        };
        domain::verify(&mut tx, &domain, none, now).await?;
    }
    let deactivated = DkimKey {
        status: DkimStatus::Inactive,
        ..key.clone()
    };
    let event = AuditEvent::new(AuditAction::DkimDeactivated, key.audit_target(&domain.name))
        .change(
            json!({"status": key.status.as_str()}),
            json!({"status": deactivated.status.as_str()}),
        );
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    tx.commit().await?;
    Ok((domain.into_inner(), deactivated))
}
