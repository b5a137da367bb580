//! `/onboarding`: the plan, asked of whoever founded the organization, once. For everybody else there
//! is nothing here.

use axum::http::Method;
use postscale_access::{Late, action};
use postscale_actions::{
    Page, Rule,
    domains::{self, DomainFilter},
    organizations::{self, Choice},
};
use postscale_web::{FormBody, Routes, Surface, Web};

use super::{billing::plan_card, in_shell};
use crate::{
    answer::{self, Answer},
    refusal::Refusal,
    ui::{Notice, Section},
    views::billing::OnboardingPage,
    visit::Visit,
};

/// The founder's first step.
pub(super) const PATH: &str = "/onboarding";
/// What comes after it.
const FIRST_DOMAIN: &str = "/domains/new";
/// Where those are sent who have nothing to choose.
const HOME: &str = "/domains";

pub(super) fn routes() -> Routes<Web> {
    let choose = in_shell(&[action::BILLING_UPDATE.into(), action::DOMAIN_LIST.into()]);
    Routes::new(Surface::Dashboard)
        .route(Method::GET, PATH, &choose, show)
        .route(Method::POST, PATH, &choose, submit)
}

async fn show(visit: Visit) -> Answer {
    page(&visit, Refusal::none()).await
}

async fn page(visit: &Visit, mut refusal: Refusal) -> Answer {
    let plans = match organizations::choice(&visit.app, &visit.caller).await? {
        Choice::Plan(plans) => plans,
        Choice::Nothing => return next(visit).await,
    };
    let reader = visit.reader(Section::Domains).await?;
    let (status, wrong) = (refusal.status, refusal.take("plan"));
    let page = OnboardingPage {
        csrf: visit.csrf.clone(),
        organization: reader.shell.organization,
        plans: plans.iter().map(plan_card).collect(),
        notice: wrong.map(Notice::failed).or(refusal.rest()),
    };
    answer::page(status, &page)
}

/// To the first domain, where there is none yet.
async fn next(visit: &Visit) -> Answer {
    let (limit, offset) = (1, 0);
    let any = (DomainFilter { query: None }, Page { limit, offset });
    let (_, rows) = domains::list(&visit.app, &visit.caller, any.into()).await?;
    Ok(answer::to(match rows.is_empty() {
        true => FIRST_DOMAIN,
        false => HOME,
    }))
}

async fn submit(visit: Visit, form: FormBody) -> Answer {
    let plan = Late::new(form.text("plan").map(str::to_owned));
    match organizations::choose(&visit.app, &visit.caller, plan).await {
        Ok(()) => next(&visit).await,
        Err(error) => {
            let too_small =
                |rule: &Rule| matches!(rule, Rule::PlanTooSmall { .. }).then_some("plan");
            page(&visit, Refusal::of(error, too_small)?).await
        }
    }
}
