//! A new key takes over from an old one.

use postscale_access::{Caller, DomainRef, Gate, Late, Writable, action};
use postscale_model::{
    AuditAction, AuditEvent, DkimAlgorithm, DkimKey, DkimStatus, Domain, Invalid, Selector,
    Word as _,
};
use postscale_store::{
    Tx,
    dkim_key::{self, SigningKey},
};
use serde_json::json;

use super::{
    check_room, check_selector, deactivate::take_out, key_pair, list::named, not_inserted,
};
use crate::{App, Error, Result, Rule, audit};

/// What becomes of the old key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKey {
    /// It signs until the record of the new one is seen, then it retires.
    SignsOn,
    /// It signs no more from now on, as when somebody else may have it.
    EndsNow,
}

/// What to rotate.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The key that is replaced.
    pub old: Selector,
    /// Names the new one.
    pub new: Selector,
    /// Type of the new one; the old one's unless asked for.
    pub algorithm: Option<DkimAlgorithm>,
    /// What becomes of the old one.
    pub old_key: OldKey,
}

/// A rotation that has begun.
#[derive(Debug)]
pub struct Rotated {
    /// The domain.
    pub domain: Domain,
    /// The key that is replaced.
    pub old: DkimKey,
    /// The key that takes over.
    pub new: DkimKey,
}

/// Makes a key that takes over from another one once its record is seen.
///
/// # Errors
/// [`Invalid`] for two selectors that are one; [`Rule::NoSuchObject`] for an unknown old one;
/// [`Rule::DkimKeyEnded`], [`Rule::RotationUnderWay`], [`Rule::SelectorTaken`],
/// [`Rule::TooManyDkimKeys`].
pub async fn rotate(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    rotation: Late<Rotation>,
) -> Result<Rotated> {
    let mut tx = app.store.read().await?;
    let found = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_ROTATE, domain)
        .await?;
    let rotation = rotation.after(&found)?;
    let keys = dkim_key::list(&mut tx, &found).await?;
    let old = check(&keys, &rotation)?;
    drop(tx);
    let algorithm = rotation.algorithm.unwrap_or(old.algorithm);
    let pair = key_pair(algorithm).await?;
    let new = SigningKey::pending(
        &app.sources,
        found.id,
        rotation.new.clone(),
        algorithm,
        pair.public_key,
        pair.private_der,
    )
    .replacing(old.id);
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DKIM_ROTATE, &found.id.into())
        .await?;
    let keys = dkim_key::list(&mut tx, &domain).await?;
    check(&keys, &rotation)?;
    let old = begin(app, &mut tx, &domain, (&keys, &rotation), &new).await?;
    tx.commit().await?;
    Ok(Rotated {
        domain: domain.into_inner(),
        old,
        new: new.key,
    })
}

/// Whether it can begin, of the keys as they are; the old key.
fn check<'k>(keys: &'k [DkimKey], rotation: &Rotation) -> Result<&'k DkimKey> {
    if rotation.old == rotation.new {
        return Err(Invalid::field("new_selector", "must differ from old_selector").into());
    }
    check_selector("new_selector", &rotation.new)?;
    let old = named(keys, Some(&rotation.old))?;
    if !matches!(old.status, DkimStatus::Active | DkimStatus::Pending) {
        return Err(Rule::DkimKeyEnded.into());
    }
    let waits = |key: &&DkimKey| key.status == DkimStatus::Pending && key.replaces == Some(old.id);
    if let Some(waiting) = keys.iter().find(waits) {
        return Err(Error::Rule(Rule::RotationUnderWay {
            selector: waiting.selector.to_string(),
        }));
    }
    if keys.iter().any(|key| key.selector == rotation.new) {
        return Err(Rule::SelectorTaken.into());
    }
    check_room(keys)?;
    Ok(old)
}

/// Writes it down; the old key as it is then.
async fn begin(
    app: &App,
    tx: &mut Tx,
    domain: &Writable<Domain>,
    (keys, rotation): (&[DkimKey], &Rotation),
    new: &SigningKey,
) -> Result<DkimKey> {
    let old = named(keys, Some(&rotation.old))?;
    dkim_key::insert(tx, domain, new, &app.seal, &app.sources)
        .await
        .map_err(not_inserted)?;
    let now = app.sources.now();
    let ended = match rotation.old_key {
        OldKey::SignsOn => None,
        OldKey::EndsNow => take_out(tx, domain, keys, old, now).await?,
    };
    let (old_now, lost) = match ended {
        Some(ended) => (ended.key, ended.lost),
        None => (old.clone(), None),
    };
    let name = &domain.name;
    let generated = AuditEvent::new(AuditAction::DkimGenerated, new.key.audit_target(name))
        .made(json!({"algorithm": new.key.algorithm.as_str(), "replaces": old.selector.as_str()}));
    let rotated = AuditEvent::new(AuditAction::DkimRotated, old.audit_target(name)).change(
        json!({"status": old.status.as_str()}),
        json!({"status": old_now.status.as_str(), "replaced_by": new.key.selector.as_str()}),
    );
    for event in [generated, rotated].into_iter().chain(lost) {
        audit::note(app, tx, domain.organization_id, event).await?;
    }
    Ok(old_now)
}
