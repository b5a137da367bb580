//! `/billing`: what the organization is on and used, for owners.

use axum::http::Method;
use postscale_access::{Late, action};
use postscale_actions::{
    Rule,
    billing::{self, BillingChange, OfferedPlan, Statement, Summary},
};
use postscale_model::{Address, Invalid, Overage};
use postscale_web::{FormBody, Routes, Surface, Web};

use super::in_shell;
use crate::{
    answer::{self, Answer},
    done::{self, Done},
    refusal::Refusal,
    ui::{Meter, MonthRow, Notice, Section, grouped, month_chart},
    views::{
        billing::{BillingPage, PlanCard, contact_field},
        words::{month_label, plan_label},
    },
    visit::Visit,
};

const PATH: &str = "/billing";

pub(super) fn routes() -> Routes<Web> {
    let read = action::BILLING_READ.into();
    let usage = action::USAGE_ORG_READ.into();
    let update = in_shell(&[action::BILLING_UPDATE.into(), read, usage]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &in_shell(&[read, usage]), show)
        .route(Method::POST, "/billing/plan", &update, change_plan)
        .route(Method::POST, "/billing/contact", &update, change_contact)
}

async fn show(visit: Visit) -> Answer {
    page(&visit, None, Refusal::none()).await
}

/// The page; `contact` is what was entered there, when that was refused.
async fn page(visit: &Visit, contact: Option<&str>, mut refusal: Refusal) -> Answer {
    let state = billing::get(&visit.app, &visit.caller).await?;
    let summary = billing::summary(&visit.app, &visit.caller).await?;
    let mut reader = visit.reader(Section::Billing).await?;
    let (status, wrong) = (refusal.status, refusal.take("contact_email"));
    // What is wrong with a plan is about none of the page's fields.
    let too_small = refusal.take("plan").map(Notice::failed);
    reader.shell.notice = too_small.or(refusal.rest()).or(reader.shell.notice);
    let kept = state.billing.contact.as_ref().map(Address::to_string);
    let months: Vec<MonthRow> = state.statements.iter().map(month).collect();
    let page = BillingPage {
        shell: reader.shell,
        plans: state.plans.iter().map(plan_card).collect(),
        meters: meters(&summary),
        ends_at: summary.month.end().into(),
        chart: month_chart(&months),
        months,
        contact: contact_field(contact.or(kept.as_deref()).unwrap_or_default()).error(wrong),
    };
    answer::page(status, &page)
}

fn month(statement: &Statement) -> MonthRow {
    MonthRow {
        name: month_label(statement.month),
        sent: statement.usage.sent,
        received: statement.usage.received,
    }
}

/// What is used of the plan.
pub(super) fn meters(summary: &Summary) -> Vec<Meter> {
    let meter = |what, used, limit| Meter { what, used, limit };
    vec![
        meter(
            "messages this month",
            summary.usage.used(),
            summary.limits.monthly_messages,
        ),
        meter("domains", summary.domains.used, summary.domains.limit),
        meter("templates", summary.templates.used, summary.templates.limit),
    ]
}

/// A plan as a founder or an owner chooses it.
pub(super) fn plan_card(offered: &OfferedPlan) -> PlanCard {
    let plan = &offered.plan;
    let up_to = |limit: Option<u64>, what: &str| match limit {
        Some(limit) => format!("{} {what}", grouped(limit)),
        None => format!("Any number of {what}"),
    };
    let beyond = match (plan.monthly_messages, plan.overage) {
        (None, _) => "No quota",
        (Some(_), Overage::Counted) => "More is accepted and counted",
        (Some(_), Overage::Refused) => "More is refused until the next month",
    };
    PlanCard {
        name: offered.name.clone(),
        label: plan_label(&offered.name),
        is_current: offered.is_current,
        messages: up_to(plan.monthly_messages, "messages a month"),
        beyond,
        includes: vec![
            up_to(plan.domains, "domains"),
            up_to(plan.templates, "templates"),
        ],
    }
}

async fn change_plan(visit: Visit, form: FormBody) -> Answer {
    let change = form.text("plan").map(|plan| BillingChange {
        plan: Some(plan.to_owned()),
        contact: None,
    });
    match billing::update(&visit.app, &visit.caller, Late::new(change)).await {
        Ok(_) => Ok(done::to(PATH, Done::PlanChanged, &visit.settings)),
        Err(error) => {
            let too_small =
                |rule: &Rule| matches!(rule, Rule::PlanTooSmall { .. }).then_some("plan");
            page(&visit, None, Refusal::of(error, too_small)?).await
        }
    }
}

async fn change_contact(visit: Visit, form: FormBody) -> Answer {
    let change = Late::new(read_contact(&form));
    match billing::update(&visit.app, &visit.caller, change).await {
        Ok(_) => Ok(done::to(PATH, Done::ContactSaved, &visit.settings)),
        Err(error) => {
            let entered = form.text("contact_email").unwrap_or_default();
            page(&visit, Some(entered), Refusal::of(error, |_| None)?).await
        }
    }
}

/// An empty field is no contact.
fn read_contact(form: &FormBody) -> Result<BillingChange, Invalid> {
    let contact = match form.text("contact_email")? {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|_| Invalid::field("contact_email", "must be an e-mail address"))?,
        ),
    };
    Ok(BillingChange {
        plan: None,
        contact: Some(contact),
    })
}
