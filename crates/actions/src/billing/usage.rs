//! What the caller's organization has and used, and how much of both its plan includes.

use postscale_access::{Caller, Gate, action};
use postscale_model::{Month, Plan};
use postscale_store::{
    domain, organization,
    usage::{self, Usage},
};

use crate::{App, Result};

/// How many of something there are, and how many there can be; no limit without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// How many there are.
    pub used: u64,
    /// How many there can be.
    pub limit: Option<u64>,
}

/// Usage in the current month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Name of the plan.
    pub plan: String,
    /// What it includes.
    pub limits: Plan,
    /// The month.
    pub month: Month,
    /// Messages of the month.
    pub usage: Usage,
    /// Templates.
    pub templates: Held,
    /// Domains.
    pub domains: Held,
}

impl Summary {
    /// Messages the quota still includes; no limit without.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        let quota = self.limits.monthly_messages?;
        Some(quota.saturating_sub(self.usage.used()))
    }
    /// Messages beyond the quota.
    #[must_use]
    pub fn overage(&self) -> u64 {
        let quota = self.limits.monthly_messages.unwrap_or(u64::MAX);
        self.usage.used().saturating_sub(quota)
    }
}

/// The usage of the caller's organization in the current month.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn summary(app: &App, caller: &Caller) -> Result<Summary> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::USAGE_ORG_READ)?;
    let plan = organization::billing(&mut tx, &permission).await?.plan;
    let (limits, month) = (app.plans.get(&plan), Month::of(app.sources.now()));
    Ok(Summary {
        usage: usage::of_month(&mut tx, &permission, month).await?,
        templates: Held {
            // There is no way to make one.
            used: 0,
            limit: limits.templates,
        },
        domains: Held {
            used: domain::count_all(&mut tx, &permission).await?,
            limit: limits.domains,
        },
        limits,
        month,
        plan,
    })
}
