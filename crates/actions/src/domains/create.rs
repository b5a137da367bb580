//! A domain is registered.

use std::time::Duration;

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditEvent, Domain, DomainId, DomainName, DomainType, Word as _,
    job::VERIFY_DOMAIN,
};
use postscale_store::{
    Tx, domain,
    job::{self, NewJob},
    organization,
};

use crate::{App, Result, Rule, audit};

/// When a new domain's records are looked up by themselves for the first time; who set them up
/// beforehand need not ask.
const FIRST_LOOK: Duration = Duration::from_secs(30);

/// What to register.
#[derive(Debug)]
pub struct NewDomain {
    /// The name.
    pub name: DomainName,
    /// What it will be used for.
    pub domain_type: DomainType,
    /// Accept mail for unknown local parts.
    pub catch_all_enabled: bool,
}

/// Whether the caller may register a domain: an early answer, before a form is filled in.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn check_create(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.store.read().await?;
    Gate::open(&mut tx, caller)
        .await?
        .permit(action::DOMAIN_CREATE)?;
    Ok(())
}

/// Registers a domain: nothing verified, no DKIM key yet. Its records are looked up soon, and again
/// and again.
///
/// # Errors
/// [`Rule::PlanLimit`] when the plan has no more; [`Rule::DomainTaken`] when the organization has
/// it already.
pub async fn create(app: &App, caller: &Caller, new: Late<NewDomain>) -> Result<Domain> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let permission = gate.permit(action::DOMAIN_CREATE)?;
    let new = new.after(&permission)?;
    // Held until the commit, so that two of them cannot both be the last one.
    let organization = organization::lock(&mut tx, &permission).await?;
    if let Some(limit) = app.plans.get(&organization.plan).domains
        && domain::count_all(&mut tx, &permission).await? >= limit
    {
        let what = "domains";
        return Err(Rule::PlanLimit { what, limit }.into());
    }
    let now = app.sources.now();
    let created = Domain {
        catch_all_enabled: new.catch_all_enabled,
        ..Domain::registered(
            (app.sources.id(), permission.organization()),
            new.name,
            new.domain_type,
            [app.sources.hex::<16>(), app.sources.hex::<10>()],
            now,
        )
    };
    domain::insert(&mut tx, &permission, &created)
        .await
        .map_err(|error| match error {
            error if error.is_conflict_on(domain::NAME_KEY) => Rule::DomainTaken.into(),
            error => crate::Error::from(error),
        })?;
    promise_look(app, &mut tx, created.id, FIRST_LOOK).await?;
    let after = serde_json::json!({
        "type": created.domain_type.as_str(),
        "catch_all_enabled": created.catch_all_enabled,
    });
    let event = AuditEvent::of(AuditAction::DomainCreated, &created).made(after);
    audit::note(app, &mut tx, created.organization_id, event).await?;
    tx.commit().await?;
    Ok(created)
}

/// Promises a look at the domain's records after a pause, if none is promised before that.
pub(super) async fn promise_look(
    app: &App,
    tx: &mut Tx,
    id: DomainId,
    pause: Duration,
) -> Result<()> {
    let now = app.sources.now();
    let look = NewJob {
        id: app.sources.id(),
        kind: VERIFY_DOMAIN,
        key: id.to_string(),
        payload: serde_json::json!({}),
        due_at: now.plus(pause),
    };
    Ok(job::enqueue(tx, &look, now).await?)
}
