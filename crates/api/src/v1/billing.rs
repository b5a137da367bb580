//! `/v1/billing`, for owners, and `/v1/usage/summary`.

use axum::{
    Json,
    extract::State,
    http::{Method, StatusCode},
};
use postscale_access::action;
use postscale_actions::{
    App,
    billing::{self, BillingChange, BillingState, Held, OfferedPlan, Statement, Summary},
};
use postscale_model::{Address, Invalid, Overage, Plan};
use postscale_web::{JsonBody, Problem, RequestCaller, Routes, Surface, Web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    input::given,
    operation::{reads, takes},
};

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api)
        .operation(
            Method::GET,
            "/v1/billing",
            &[action::BILLING_READ.into()],
            get,
            reads::<BillingBody>("Get plan, billing contact and statements", &[]),
        )
        .operation(
            Method::PATCH,
            "/v1/billing",
            &[action::BILLING_UPDATE.into()],
            update,
            takes::<BillingRequest, BillingBody>(
                "Change the plan or the billing contact",
                StatusCode::OK,
            ),
        )
        .operation(
            Method::GET,
            "/v1/usage/summary",
            &[action::USAGE_ORG_READ.into()],
            summary,
            reads::<SummaryBody>(
                "Get what was used of the quota in the current calendar month (UTC)",
                &[],
            ),
        )
}

/// What a plan includes; null is no limit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LimitsBody {
    /// Messages in a calendar month: recipients sent to and messages received.
    monthly_messages: Option<u64>,
    /// What becomes of more: `counted` or `refused`.
    overage: &'static str,
    templates: Option<u64>,
    domains: Option<u64>,
}

impl From<Plan> for LimitsBody {
    fn from(it: Plan) -> Self {
        Self {
            monthly_messages: it.monthly_messages,
            overage: match it.overage {
                Overage::Counted => "counted",
                Overage::Refused => "refused",
            },
            templates: it.templates,
            domains: it.domains,
        }
    }
}

/// A plan to choose.
#[derive(Debug, Serialize, ToSchema)]
struct PlanBody {
    name: String,
    /// Whether the organization is on it.
    current: bool,
    limits: LimitsBody,
}

impl From<OfferedPlan> for PlanBody {
    fn from(it: OfferedPlan) -> Self {
        Self {
            name: it.name,
            current: it.is_current,
            limits: it.plan.into(),
        }
    }
}

/// What was used in a calendar month.
#[derive(Debug, Serialize, ToSchema)]
struct StatementBody {
    period_start: String,
    /// The first instant after it.
    period_end: String,
    sent: u64,
    received: u64,
    used: u64,
}

impl From<Statement> for StatementBody {
    fn from(it: Statement) -> Self {
        Self {
            period_start: it.month.start().to_rfc3339(),
            period_end: it.month.end().to_rfc3339(),
            sent: it.usage.sent,
            received: it.usage.received,
            used: it.usage.used(),
        }
    }
}

/// Billing.
#[derive(Debug, Serialize, ToSchema)]
struct BillingBody {
    /// Name of the plan.
    plan: String,
    /// The plans to choose from.
    plans: Vec<PlanBody>,
    /// Where what concerns billing is sent; to the owners when null.
    contact_email: Option<String>,
    /// The last twelve months, the current one first.
    statements: Vec<StatementBody>,
}

impl From<BillingState> for BillingBody {
    fn from(it: BillingState) -> Self {
        let contact = it.billing.contact.as_ref();
        Self {
            contact_email: contact.map(Address::to_string),
            plan: it.billing.plan,
            plans: it.plans.into_iter().map(Into::into).collect(),
            statements: it.statements.into_iter().map(Into::into).collect(),
        }
    }
}

async fn get(State(app): State<App>, caller: RequestCaller) -> Result<Json<BillingBody>, Problem> {
    Ok(Json(billing::get(&app, &caller).await?.into()))
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BillingRequest {
    /// Name of a plan.
    plan: Option<String>,
    /// An address; null for the owners.
    #[serde(default, deserialize_with = "given")]
    contact_email: Option<Option<String>>,
}

async fn update(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<BillingBody>, Problem> {
    let change = body.late::<BillingRequest>().and_then(|request| {
        let contact = request.contact_email;
        let contact = contact.map(|given| given.map(|text| address(&text)).transpose());
        Ok(BillingChange {
            plan: request.plan,
            contact: contact.transpose()?,
        })
    });
    Ok(Json(billing::update(&app, &caller, change).await?.into()))
}

fn address(text: &str) -> Result<Address, Invalid> {
    text.parse()
        .map_err(|_| Invalid::field("contact_email", "must be an e-mail address"))
}

/// How many there are and how many there can be.
#[derive(Debug, Serialize, ToSchema)]
struct HeldBody {
    used: u64,
    /// Null is no limit.
    limit: Option<u64>,
}

impl From<Held> for HeldBody {
    fn from(it: Held) -> Self {
        Self {
            used: it.used,
            limit: it.limit,
        }
    }
}

/// Usage in the current calendar month.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageSummaryBody)]
struct SummaryBody {
    /// Name of the plan.
    plan: String,
    period_start: String,
    /// The first instant after it.
    period_end: String,
    /// Messages the plan includes; null is no limit.
    quota: Option<u64>,
    used: u64,
    sent: u64,
    received: u64,
    remaining: Option<u64>,
    /// Messages beyond the quota.
    overage: u64,
    templates: HeldBody,
    domains: HeldBody,
}

impl From<Summary> for SummaryBody {
    fn from(it: Summary) -> Self {
        Self {
            period_start: it.month.start().to_rfc3339(),
            period_end: it.month.end().to_rfc3339(),
            quota: it.limits.monthly_messages,
            used: it.usage.used(),
            sent: it.usage.sent,
            received: it.usage.received,
            remaining: it.remaining(),
            overage: it.overage(),
            templates: it.templates.into(),
            domains: it.domains.into(),
            plan: it.plan,
        }
    }
}

async fn summary(
    State(app): State<App>,
    caller: RequestCaller,
) -> Result<Json<SummaryBody>, Problem> {
    Ok(Json(billing::summary(&app, &caller).await?.into()))
}
