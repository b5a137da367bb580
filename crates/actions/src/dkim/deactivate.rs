//! A key is taken out of use.

use postscale_access::{Caller, DomainRef, Gate, Late, Writable, action};
use postscale_model::{AuditAction, AuditEvent, DkimKey, Domain, Selector, Timestamp, Word as _};
use postscale_store::{
    Tx, dkim_key,
    domain::{self, Verification},
};
use serde_json::json;

use super::list::named;
use crate::{App, Result, Rule, audit};

/// Whether taking away the last key that signs is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Deactivates a key: it signs no more, and its private half is gone. A key that waits to take over
/// from another one leaves that one as it is.
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
    let key = named(&keys, selector.as_ref())?;
    let confirm = confirm.after(&domain)?;
    if is_last(&keys, key) && domain.domain_type.sends() && confirm == Confirm::No {
        return Err(Rule::LastSigningKey.into());
    }
    let now = app.sources.now();
    let Some(TakenOut {
        key: deactivated,
        lost,
    }) = take_out(&mut tx, &domain, &keys, key, now).await?
    else {
        return Ok((domain.into_inner(), key.clone()));
    };
    let event = AuditEvent::new(AuditAction::DkimDeactivated, key.audit_target(&domain.name))
        .change(
            json!({"status": key.status.as_str()}),
            json!({"status": deactivated.status.as_str()}),
        );
    for event in [event].into_iter().chain(lost) {
        audit::note(app, &mut tx, domain.organization_id, event).await?;
    }
    tx.commit().await?;
    Ok((domain.into_inner(), deactivated))
}

/// Whether mail is signed with this key and no other.
pub(super) fn is_last(keys: &[DkimKey], key: &DkimKey) -> bool {
    key.signs() && keys.iter().filter(|key| key.signs()).count() == 1
}

/// A key that is out of use now.
pub(super) struct TakenOut {
    /// The key.
    pub key: DkimKey,
    /// That the domain is not verified any more.
    pub lost: Option<AuditEvent>,
}

/// Takes a key out of use, and the domain's flag with the last one that signs. None when it was out
/// of use before.
pub(super) async fn take_out(
    tx: &mut Tx,
    domain: &Writable<Domain>,
    keys: &[DkimKey],
    key: &DkimKey,
    now: Timestamp,
) -> Result<Option<TakenOut>> {
    let Some(ended) = dkim_key::deactivate(tx, domain, key, now).await? else {
        return Ok(None);
    };
    let mut lost = None;
    if is_last(keys, key) {
        let none = Verification {
            dkim: Some(false),
            ..Verification::default()
        };
        let changed = domain::verify(tx, domain, none, now).await?;
        lost = changed.audit_verification(domain);
    }
    Ok(Some(TakenOut { key: ended, lost }))
}
