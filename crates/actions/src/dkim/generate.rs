//! A key is made.

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditEvent, DkimAlgorithm, DkimKey, Domain, Selector, Word as _,
};
use postscale_store::dkim_key::{self, SigningKey};
use serde_json::json;

use super::{check_room, check_selector, key_pair, not_inserted};
use crate::{App, Result, audit};

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
/// [`Rule::SelectorTaken`](crate::Rule::SelectorTaken), also by a key that is out of use;
/// [`Rule::TooManyDkimKeys`](crate::Rule::TooManyDkimKeys).
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
    check_selector("selector", &new.selector)?;
    check_room(&dkim_key::list(&mut tx, &found).await?)?;
    drop(tx);
    let algorithm = new.algorithm;
    let pair = key_pair(algorithm).await?;
    let signing = SigningKey::pending(
        &app.sources,
        found.id,
        new.selector,
        algorithm,
        pair.public_key,
        pair.private_der,
    );
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_GENERATE, &found.id.into())
        .await?;
    check_room(&dkim_key::list(&mut tx, &domain).await?)?;
    dkim_key::insert(&mut tx, &domain, &signing, &app.seal, &app.sources)
        .await
        .map_err(not_inserted)?;
    let target = signing.key.audit_target(&domain.name);
    let event = AuditEvent::new(AuditAction::DkimGenerated, target)
        .made(json!({"algorithm": algorithm.as_str()}));
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    tx.commit().await?;
    Ok((domain.into_inner(), signing.key))
}
