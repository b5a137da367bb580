//! What people do about a domain's plan.

use postscale_access::{Caller, DomainRef, Gate, Late, Writable, action};
use postscale_model::{
    AuditAction, AuditEvent, Domain, WarmingEvent, WarmingPhase, WarmingPlan, Word as _,
};
use postscale_store::{
    Tx, recipient,
    warming::{self, Warming},
};
use serde_json::{Value, json};

use super::{WarmingView, get::view};
use crate::{App, Result, Rule, audit};

/// Where a domain is to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the first phase, unless it has begun already.
    AsUsual,
    /// With the first day of a phase.
    In(WarmingPhase),
    /// At the end: without any limit.
    AtTheEnd,
}

impl Start {
    /// Whether it allows more than days and outcomes did.
    fn is_ahead(self, of: Option<&WarmingPlan>) -> bool {
        match self {
            Self::AsUsual => false,
            Self::In(phase) => phase > of.map_or(WarmingPhase::Phase1, |plan| plan.phase),
            Self::AtTheEnd => true,
        }
    }
}

/// Starts a domain's plan, or moves it to the first day of a phase. What was begun already goes on
/// unless a phase is named. To leap ahead is for owners and admins.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Rule::DomainNotReady`] for a domain that does not send.
pub async fn start(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    start: Late<Start>,
) -> Result<WarmingView> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let domain = gate.domain(action::WARMING_START, domain).await?;
    let start = start.after(&domain)?;
    let found = warming::find_to_change(gate.rights(), &domain).await?;
    let before = found.as_ref().map(|found| &found.plan);
    if start.is_ahead(before) {
        gate.domain(action::WARMING_SKIP, &domain.id.into()).await?;
    }
    if !domain.domain_type.sends() {
        let missing = "its type does not send; change it to outbound or both";
        return Err(Rule::DomainNotReady(missing.to_owned()).into());
    }
    let now = app.sources.now();
    let begun = |phase| match before {
        Some(plan) => plan.in_phase(phase, now),
        None => WarmingPlan::begun(phase, now),
    };
    let (plan, event) = match (start, before) {
        (Start::AsUsual, Some(_)) => return finish(app, tx, domain).await,
        (Start::AsUsual, None) => (begun(WarmingPhase::Phase1), WarmingEvent::Started),
        (Start::In(phase), _) => (begun(phase), WarmingEvent::Started),
        (Start::AtTheEnd, _) => (begun(WarmingPhase::Warmed), WarmingEvent::Skipped),
    };
    let change = Change {
        before: before.copied(),
        plan,
        event,
        action: AuditAction::WarmingStarted,
    };
    change.make(app, &mut tx, &domain).await?;
    finish(app, tx, domain).await
}

/// Keeps a domain's plan as it is until it is resumed: the days pass, and the limit stays. Mail is
/// sent as before.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied), [`Rule::NotWarming`].
pub async fn pause(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    nothing: Late<()>,
) -> Result<WarmingView> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::WARMING_PAUSE, domain)
        .await?;
    nothing.after(&domain)?;
    let plan = under_way(&mut tx, &domain).await?;
    if !plan.is_paused() {
        let change = Change {
            before: Some(plan),
            plan: plan.paused(app.sources.now()),
            event: WarmingEvent::Paused,
            action: AuditAction::WarmingPaused,
        };
        change.make(app, &mut tx, &domain).await?;
    }
    finish(app, tx, domain).await
}

/// Lets a paused plan go on.
///
/// # Errors
/// As [`pause`].
pub async fn resume(
    app: &App,
    caller: &Caller,
    domain: &DomainRef,
    nothing: Late<()>,
) -> Result<WarmingView> {
    let mut tx = app.store.write().await?;
    let domain = Gate::open(&mut tx, caller)
        .await?
        .domain(action::WARMING_RESUME, domain)
        .await?;
    nothing.after(&domain)?;
    let plan = under_way(&mut tx, &domain).await?;
    if plan.is_paused() {
        let change = Change {
            before: Some(plan),
            plan: plan.resumed(),
            event: WarmingEvent::Resumed,
            action: AuditAction::WarmingResumed,
        };
        change.make(app, &mut tx, &domain).await?;
    }
    finish(app, tx, domain).await
}

/// The plan of a domain that has limits.
async fn under_way(tx: &mut Tx, domain: &Writable<Domain>) -> Result<WarmingPlan> {
    let found = warming::find_to_change(tx, domain).await?;
    let plan = found.map(|Warming { plan, .. }| plan);
    let plan = plan.filter(|plan| plan.phase.is_limited());
    Ok(plan.ok_or(Rule::NotWarming)?)
}

struct Change {
    before: Option<WarmingPlan>,
    plan: WarmingPlan,
    event: WarmingEvent,
    action: AuditAction,
}

impl Change {
    /// Whether more may be sent than before.
    fn is_more(&self) -> bool {
        let daily = |plan: &WarmingPlan| plan.allowance().daily;
        self.before
            .is_some_and(|before| daily(&self.plan) > daily(&before))
    }

    async fn make(self, app: &App, tx: &mut Tx, domain: &Writable<Domain>) -> Result<()> {
        warming::put(tx, domain, &self.plan, self.event).await?;
        if self.is_more() {
            // What waits for a share of the former limit may find a place now.
            recipient::hasten_awaiting(tx, domain, app.sources.now()).await?;
        }
        let event = AuditEvent::of(self.action, &**domain);
        let event = event.change(told(self.before.as_ref()), told(Some(&self.plan)));
        audit::note(app, tx, domain.organization_id, event).await
    }
}

/// What the log tells of a plan.
fn told(plan: Option<&WarmingPlan>) -> Value {
    let phase = plan.map_or(WarmingPhase::NotStarted, |plan| plan.phase);
    json!({
        "phase": phase.as_str(),
        "paused": plan.is_some_and(WarmingPlan::is_paused),
    })
}

/// Commits, and tells where the domain stands then.
pub(super) async fn finish(app: &App, mut tx: Tx, domain: Writable<Domain>) -> Result<WarmingView> {
    let found = warming::find(&mut tx, &domain).await?;
    let view = view(app, &mut tx, domain, found).await?;
    tx.commit().await?;
    Ok(view)
}
