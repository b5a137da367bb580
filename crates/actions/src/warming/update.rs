//! How a domain's warming is paced.

use std::collections::BTreeMap;

use postscale_access::{Caller, DomainRef, Gate, Late, action};
use postscale_model::{
    AuditAction, AuditEvent, Invalid, Isp, ProviderShare, ProviderShares, Word as _,
    leaves_more_room,
};
use postscale_store::{recipient, warming::share};
use serde_json::{Value, json};

use super::{WarmingView, change::finish};
use crate::{App, Result, audit};

/// What to change; what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WarmingChange {
    /// What single providers may get of a day's limit: all of them.
    pub provider_shares: Option<ProviderShares>,
}

/// A provider and its share, by the provider's word.
///
/// # Errors
/// [`Invalid`] naming `provider_shares.<provider>`.
pub fn provider_share(provider: &str, percent: i64) -> Result<(Isp, ProviderShare), Invalid> {
    let wrong = |problem: String| Invalid::field(format!("provider_shares.{provider}"), problem);
    let known = || Isp::ALL.iter().filter(|isp| isp.is_one());
    let isp = known().find(|isp| isp.as_str() == provider);
    let isp = isp.ok_or_else(|| {
        let all: Vec<&str> = known().map(|isp| isp.as_str()).collect();
        wrong(format!("is not one of {}", all.join(", ")))
    })?;
    let share = ProviderShare::new(percent);
    let share = share.ok_or_else(|| wrong("must be a whole number from 1 to 100".to_owned()))?;
    Ok((*isp, share))
}

/// Changes how a domain's warming is paced. Mail that waits for a provider leaves when there is more
/// room for it.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Invalid`].
pub async fn update(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    change: Late<WarmingChange>,
) -> Result<WarmingView> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::WARMING_UPDATE, domain)
        .await?;
    let WarmingChange { provider_shares } = change.after(&domain)?;
    if let Some(after) = provider_shares {
        let before = share::replace(&mut tx, &domain, &after).await?;
        if leaves_more_room(&before, &after) {
            recipient::hasten_awaiting(&mut tx, &domain, app.sources.now()).await?;
        }
        if before != after {
            let event = AuditEvent::of(AuditAction::WarmingUpdated, &*domain);
            let event = event.change(told(&before), told(&after));
            audit::note(app, &mut tx, domain.organization_id, event).await?;
        }
    }
    finish(app, tx, domain).await
}

/// What the log tells of shares.
fn told(shares: &ProviderShares) -> Value {
    let percent = shares
        .iter()
        .map(|(isp, share)| (isp.as_str(), share.percent()));
    json!({ "provider_shares": percent.collect::<BTreeMap<_, _>>() })
}
