//! New senders' days: when one is over, what came of its mail decides what the next one allows
//! (`model::warming`). Days on which no node was up are made up for, one after the other.

use std::collections::BTreeMap;

use postscale_access::SystemScope;
use postscale_model::{Counts, Day, DomainId, WarmingLimits, WarmingPlan, Word as _};
use postscale_store::{
    Result, Tx, recipient, stats,
    warming::due::{self, CHANNEL},
};

use crate::{
    EngineParts,
    runner::{Next, Work},
};

/// Plans judged in one transaction.
const AT_ONCE: u32 = 16;
/// Days of one plan made up for in one transaction.
const DAYS_MAX: i64 = 31;
/// Days that decide about the next phase.
const WEEK: i64 = 7;
/// Days read of the statistics: those, and the week before the first of them.
const DAYS_READ: u16 = 31 + 7 - 1;

/// Judges days that are over.
pub(crate) struct Warming {
    parts: EngineParts,
    scope: SystemScope,
}

impl Warming {
    pub(crate) const fn new(parts: EngineParts, scope: SystemScope) -> Self {
        Self { parts, scope }
    }

    /// Brings a claimed plan to today, or as near as one transaction gets.
    async fn bring(
        &self,
        tx: &mut Tx,
        domain: DomainId,
        mut plan: WarmingPlan,
        today: Day,
    ) -> Result<()> {
        let last = today.after(-1).min(plan.day.after(DAYS_MAX - 1));
        let counted = stats::by_day_for_job(tx, &self.scope, domain, (DAYS_READ, last)).await?;
        let counted: BTreeMap<Day, Counts> = counted.into_iter().collect();
        while plan.day <= last && plan.phase.is_limited() {
            let judged = counted.get(&plan.day).copied().unwrap_or_default();
            let (next, event) = plan.next(&judged, &week(&counted, plan.day));
            due::advance(tx, &self.scope, domain, (&plan, &next), event).await?;
            if let Some(event) = event {
                let (phase, event) = (next.phase.as_str(), event.as_str());
                tracing::info!(domain.id = %domain, warming.phase = phase, warming.event = event,
                    "a day of warming of domain {domain} led to {event}");
            }
            plan = next;
        }
        Ok(())
    }
}

/// The sum of the seven days that end with one.
fn week(counted: &BTreeMap<Day, Counts>, last: Day) -> Counts {
    let days = counted.range(last.after(1 - WEEK)..=last);
    days.map(|(_, counts)| *counts).sum()
}

impl Work for Warming {
    const NAME: &'static str = "warming";
    const CHANNEL: &'static str = CHANNEL;

    async fn round(&self) -> Result<Next> {
        let EngineParts { store, sources, .. } = &self.parts;
        let now = sources.now();
        if self.parts.settings.warming == WarmingLimits::Ignored {
            // Another node, or this one before it was told so, may have made some wait.
            let mut tx = store.write().await?;
            recipient::hasten_all_awaiting(&mut tx, &self.scope, now).await?;
            tx.commit().await?;
        }
        let mut tx = store.read().await?;
        let next = due::next_at(&mut tx, &self.scope).await?;
        drop(tx);
        if next.is_none_or(|at| at > now) {
            return Ok(Next::At(next));
        }
        let today = Day::of(now);
        let mut tx = store.write().await?;
        let claimed = due::claim(&mut tx, &self.scope, today, AT_ONCE).await?;
        for (domain, warming) in &claimed {
            self.bring(&mut tx, *domain, warming.plan, today).await?;
        }
        tx.commit().await?;
        Ok(if claimed.is_empty() {
            // Another node is at it.
            Next::At(next)
        } else {
            Next::Again
        })
    }
}
