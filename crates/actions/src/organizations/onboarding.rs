//! The founder's first step: a plan. Whoever was invited is never asked.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{AuditAction, AuditEvent};
use postscale_store::organization::{self, Billing, Onboarding};

use crate::{
    App, Result, audit,
    billing::{self, OfferedPlan},
};

/// What a founder is asked.
#[derive(Debug)]
pub enum Choice {
    /// To choose one of these plans.
    Plan(Vec<OfferedPlan>),
    /// Nothing: it was answered, or there is nothing to choose, or somebody else is to answer.
    Nothing,
}

/// Whether the caller has to choose a plan yet.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) without a good credential.
pub async fn is_choice_due(app: &App, caller: &Caller) -> Result<bool> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::SELF_READ)?;
    Ok(organization::onboarding(&mut tx, &permission).await? == Onboarding::Due)
}

/// What the caller is asked.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) to everybody but owners.
pub async fn choice(app: &App, caller: &Caller) -> Result<Choice> {
    let mut tx = app.store.read().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::BILLING_UPDATE)?;
    Ok(
        match organization::onboarding(&mut tx, &permission).await? {
            Onboarding::Done => Choice::Nothing,
            Onboarding::Due => {
                let current = organization::billing(&mut tx, &permission).await?.plan;
                Choice::Plan(billing::offered(app, &current))
            }
        },
    )
}

/// Takes the founder's choice, once: who has nothing to choose changes nothing.
///
/// # Errors
/// [`Invalid`](postscale_model::Invalid) naming `plan`;
/// [`Rule::PlanTooSmall`](crate::Rule::PlanTooSmall).
pub async fn choose(app: &App, caller: &Caller, plan: Late<String>) -> Result<()> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::BILLING_UPDATE)?;
    let plan = plan.after(&permission)?;
    let organization = organization::lock(&mut tx, &permission).await?;
    if organization::onboarding(&mut tx, &permission).await? == Onboarding::Done {
        return Ok(());
    }
    let before = organization::billing(&mut tx, &permission).await?;
    billing::check_plan(app, &mut tx, &permission, (&before.plan, &plan)).await?;
    let now = app.sources.now();
    organization::finish_onboarding(&mut tx, &permission, now).await?;
    if plan != before.plan {
        let after = Billing {
            plan,
            ..before.clone()
        };
        organization::update_billing(&mut tx, &permission, &after, now).await?;
        let event = AuditEvent::of(AuditAction::BillingChanged, &organization)
            .change(billing::told(&before), billing::told(&after));
        audit::note(app, &mut tx, organization.id, event).await?;
    }
    Ok(tx.commit().await?)
}
