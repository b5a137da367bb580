//! An owner changes the plan, or who hears about billing.

use postscale_access::{Caller, Gate, Late, Permission, action};
use postscale_model::{Address, AuditAction, AuditEvent, Organization};
use postscale_store::{
    Tx,
    organization::{self, Billing},
    user,
};
use serde_json::{Value, json};

use super::{BillingState, check_plan, get::state};
use crate::{App, Result, audit, system_mail::Notice};

/// What to change; what is absent stays.
#[derive(Debug, Default)]
pub struct BillingChange {
    /// Name of the plan to be on.
    pub plan: Option<String>,
    /// Who is written to when the plan changes; the owners when there is none.
    pub contact: Option<Option<Address>>,
}

/// Changes the billing of the caller's organization. A plan counts at once, and whoever hears about
/// billing is written to.
///
/// # Errors
/// [`Invalid`](postscale_model::Invalid) naming `plan`;
/// [`Rule::PlanTooSmall`](crate::Rule::PlanTooSmall);
/// [`Rule::TooManyAttempts`](crate::Rule::TooManyAttempts) when the contact would be written to too
/// often. Nothing is changed then.
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
        if after.plan != before.plan {
            write_to_contact(
                app,
                &mut tx,
                caller,
                (&permission, &organization),
                (&before, &after),
            )
            .await?;
        }
        audit::note(app, &mut tx, organization.id, event).await?;
    }
    let state = state(app, &mut tx, &permission).await?;
    tx.commit().await?;
    Ok(state)
}

/// Tells whoever hears about billing which plan it is now.
async fn write_to_contact(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    (permission, organization): (&Permission, &Organization),
    (before, after): (&Billing, &Billing),
) -> Result<()> {
    let recipients = match &after.contact {
        Some(contact) => {
            // Anybody's address can be named here.
            if let Some(ip) = caller.origin().ip {
                app.throttle.letter(&contact.key(), ip)?;
            }
            vec![contact.clone()]
        }
        None => user::owners(tx, permission).await?,
    };
    let name = &organization.name;
    for recipient in recipients {
        Notice::new(format!("The Postscale plan of {name} was changed"))
            .text(format!(
                "{name} is on the plan “{}” now; before, it was on “{}”.",
                after.plan, before.plan
            ))
            .text("What the plan includes and what was used is under Billing:")
            .link("Billing", format!("{}/billing", app.links.public_url))
            .send(app, tx, &recipient)
            .await?;
    }
    Ok(())
}

/// What the log tells of it.
pub(crate) fn told(billing: &Billing) -> Value {
    let contact = billing.contact.as_ref().map(Address::to_string);
    json!({"plan": billing.plan, "contact_email": contact})
}
