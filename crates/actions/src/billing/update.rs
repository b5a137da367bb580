//! An owner changes the plan, or who hears about billing.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Address, AuditAction, AuditEvent};
use postscale_store::organization::{self, Billing};
use serde_json::{Value, json};

use super::{BillingState, check_plan, get::state};
use crate::{App, Result, audit};

/// What to change; what is absent stays.
#[derive(Debug, Default)]
pub struct BillingChange {
    /// Name of the plan to be on.
    pub plan: Option<String>,
    /// Where what concerns billing is sent; to the owners when there is none.
    pub contact: Option<Option<Address>>,
}

/// Changes the billing of the caller's organization. A plan counts at once.
///
/// # Errors
/// [`Invalid`](postscale_model::Invalid) naming `plan`;
/// [`Rule::PlanTooSmall`](crate::Rule::PlanTooSmall). Nothing is changed then.
pub async fn update(
    app: &App,
    caller: &Caller,
    change: Late<BillingChange>,
) -> Result<BillingState> {
    let mut tx = app.store.write().await?;
    let permission = Gate::open(&mut tx, caller)
        .await?
        .permit(action::BILLING_UPDATE)?;
    let change = change.after(&permission)?;
    // Held until the commit, so that no domain is added meanwhile.
    let organization = organization::lock(&mut tx, &permission).await?;
    let before = organization::billing(&mut tx, &permission).await?;
    let after = Billing {
        plan: change.plan.unwrap_or_else(|| before.plan.clone()),
        contact: change.contact.unwrap_or_else(|| before.contact.clone()),
    };
    check_plan(app, &mut tx, &permission, (&before.plan, &after.plan)).await?;
    if after != before {
        let now = app.sources.now();
        organization::update_billing(&mut tx, &permission, &after, now).await?;
        let event = AuditEvent::of(AuditAction::BillingChanged, &organization)
            .change(told(&before), told(&after));
        audit::note(app, &mut tx, organization.id, event).await?;
    }
    let state = state(app, &mut tx, &permission).await?;
    tx.commit().await?;
    Ok(state)
}

/// What the log tells of it.
pub(crate) fn told(billing: &Billing) -> Value {
    let contact = billing.contact.as_ref().map(Address::to_string);
    json!({"plan": billing.plan, "contact_email": contact})
}
