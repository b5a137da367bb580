//! A domain's settings change.

use std::time::Duration;

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent, Domain, Invalid, MtaStsPolicy, job::ROTATE_DKIM};
use postscale_store::{
    Tx,
    domain::{self, DomainChange},
    job::{self, NewJob},
    recipient,
};
use serde_json::json;

use crate::{App, Result, audit};

/// When the ages of keys are looked at for the first time.
const FIRST_ROTATION: Duration = Duration::from_secs(60);

/// Whether the new values are possible ones.
pub(super) fn check(change: &DomainChange) -> Result<(), Invalid> {
    let days = Domain::ROTATION_DAYS_MIN..=Domain::ROTATION_DAYS_MAX;
    if let Some(Some(asked)) = change.dkim_rotation_days
        && !days.contains(&asked)
    {
        let problem = "must be between 30 and 730, or null for none";
        return Err(Invalid::field("dkim_rotation_days", problem));
    }
    let ages = MtaStsPolicy::MAX_AGE_MIN..=MtaStsPolicy::MAX_AGE_MAX;
    if let Some(asked) = change.mta_sts_max_age
        && !ages.contains(&asked)
    {
        let problem = "must be between 3600 and 31557600 seconds";
        return Err(Invalid::field("mta_sts_max_age", problem));
    }
    Ok(())
}

/// Changes a domain's settings. The name never changes. Mail that a pause held leaves when it ends.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Invalid`].
pub async fn update(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    change: Late<DomainChange>,
) -> Result<Domain> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::DOMAIN_SETTINGS_UPDATE, domain)
        .await?;
    let change = change.after(&domain)?;
    check(&change)?;
    let now = app.sources.now();
    let changed = domain::update(&mut tx, &domain, &change, now).await?;
    if changed.active && !domain.active {
        recipient::hasten(&mut tx, &domain, now).await?;
    }
    if changed.dkim_rotation_days.is_some() && domain.dkim_rotation_days.is_none() {
        promise_rotation(app, &mut tx, &changed).await?;
    }
    let event = AuditEvent::updated(AuditAction::DomainSettingsChanged, &*domain, &changed);
    audit::note(app, &mut tx, domain.organization_id, event).await?;
    if let Some(event) = changed.audit_verification(&domain) {
        audit::note(app, &mut tx, domain.organization_id, event).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

async fn promise_rotation(app: &App, tx: &mut Tx, domain: &Domain) -> Result<()> {
    let now = app.sources.now();
    let rotation = NewJob {
        id: app.sources.id(),
        kind: ROTATE_DKIM,
        key: domain.id.to_string(),
        payload: json!({}),
        due_at: now.plus(FIRST_ROTATION),
    };
    Ok(job::enqueue(tx, &rotation, now).await?)
}
