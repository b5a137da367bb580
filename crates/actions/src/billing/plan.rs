//! The plans an owner may choose, and which of them is large enough.

use postscale_access::Permission;
use postscale_model::{Invalid, Month, Plan};
use postscale_store::{Tx, domain, usage};

use crate::{App, Result, Rule};

/// A plan that may be chosen, or is the one there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedPlan {
    /// Its name.
    pub name: String,
    /// What it includes.
    pub plan: Plan,
    /// Whether the organization is on it.
    pub is_current: bool,
}

/// The plans to choose from, the current one among them even where nobody else could choose it.
pub(crate) fn offered(app: &App, current: &str) -> Vec<OfferedPlan> {
    let plan = |(name, plan): (&str, &Plan)| OfferedPlan {
        name: name.to_owned(),
        plan: *plan,
        is_current: name == current,
    };
    let mut offered: Vec<OfferedPlan> = app.plans.offered().map(plan).collect();
    if !offered.iter().any(|plan| plan.is_current) {
        offered.push(plan((current, &app.plans.get(current))));
    }
    // The smallest first.
    let size = |quota: Option<u64>| quota.unwrap_or(u64::MAX);
    offered.sort_by_key(|it| (size(it.plan.monthly_messages), size(it.plan.domains)));
    offered
}

/// Whether an organization may go from a plan to another. In its turn, so that what is counted does
/// not grow meanwhile.
///
/// # Errors
/// [`Invalid`] naming `plan`; [`Rule::PlanTooSmall`].
pub(crate) async fn check_plan(
    app: &App,
    tx: &mut Tx,
    permission: &Permission,
    (from, to): (&str, &str),
) -> Result<()> {
    if from == to {
        return Ok(());
    }
    let Some((_, plan)) = app.plans.offered().find(|(name, _)| *name == to) else {
        let names: Vec<&str> = app.plans.offered().map(|(name, _)| name).collect();
        let problem = format!("must be one of {}", names.join(", "));
        return Err(Invalid::field("plan", problem).into());
    };
    let domains = domain::count_all(tx, permission).await?;
    let month = Month::of(app.sources.now());
    let messages = usage::of_month(tx, permission, month).await?.used();
    let held = [
        ("domains", domains, plan.domains),
        ("messages this month", messages, plan.cap()),
    ];
    let exceeds: Vec<String> = held
        .into_iter()
        .filter_map(|(what, has, limit)| {
            let limit = limit.filter(|limit| has > *limit)?;
            Some(format!("{has} {what} of {limit}"))
        })
        .collect();
    match exceeds.is_empty() {
        true => Ok(()),
        false => Err(Rule::PlanTooSmall { exceeds }.into()),
    }
}
