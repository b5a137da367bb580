//! The domains a caller may see.

use postscale_access::{Caller, Gate, Late, Scope, action};
use postscale_model::{Domain, Purpose};
use postscale_store::{
    Listed, Page, Tx,
    domain::{self, DomainFilter},
    domain_check, warming,
};

use crate::{
    App, Result,
    warming::{WarmingHint, WarmingLimits},
};

/// What a list is asked for.
type Asked = Late<(DomainFilter, Page)>;

/// A domain with what is not as it was.
#[derive(Debug)]
pub struct DomainHealth {
    /// The domain.
    pub domain: Domain,
    /// Records that count as verified and were not right when they were last looked up.
    pub gone: Vec<Purpose>,
    /// What its warming takes from it now.
    pub warming: Option<WarmingHint>,
}

/// The domains the caller may see, by name.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn list(app: &App, caller: &Caller, input: Asked) -> Result<(Page, Vec<Domain>)> {
    let mut tx = app.store.read().await?;
    let (scope, filter, page) = asked(&mut tx, caller, input).await?;
    let rows = domain::list(&mut tx, &scope, &filter, page, caller.received_at()).await?;
    Ok((page, rows))
}

/// As [`list`], with how the domains do and how many there are.
///
/// # Errors
/// As there.
pub async fn overview(
    app: &App,
    caller: &Caller,
    input: Asked,
) -> Result<(Page, Listed<DomainHealth>)> {
    let mut tx = app.store.read().await?;
    let (scope, filter, page) = asked(&mut tx, caller, input).await?;
    let now = caller.received_at();
    let total = domain::count(&mut tx, &scope, &filter, now).await?;
    let rows = domain::list(&mut tx, &scope, &filter, page, now).await?;
    let ids: Vec<_> = rows.iter().map(|domain| domain.id).collect();
    let wrong = domain_check::list_wrong(&mut tx, &scope, &ids, now).await?;
    let limited = match app.warming {
        WarmingLimits::Enforced => warming::list_limited(&mut tx, &scope, &ids, now).await?,
        WarmingLimits::Ignored => Vec::new(),
    };
    let health = |domain: Domain| {
        let plan = limited.iter().find(|(id, _)| *id == domain.id);
        let its = wrong.iter().filter(|(id, _)| *id == domain.id);
        let gone = its.filter(|(_, purpose)| domain.has_verified(*purpose));
        DomainHealth {
            gone: gone.map(|(_, purpose)| *purpose).collect(),
            warming: plan.and_then(|(_, plan)| WarmingHint::of(plan, now)),
            domain,
        }
    };
    let rows = rows.into_iter().map(health).collect();
    Ok((page, Listed { rows, total }))
}

async fn asked(tx: &mut Tx, caller: &Caller, input: Asked) -> Result<(Scope, DomainFilter, Page)> {
    let scope = Gate::open(tx, caller).await?.scope(action::DOMAIN_LIST)?;
    let (filter, page) = input.after(&scope)?;
    Ok((scope, filter, page))
}
