//! `GET /v1/access/explain`

use axum::{Json, extract::State};
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    App,
    access::{self, Explained, ExplainedStep, GivenGrant, Question},
};
use postscale_model::{Invalid, Timestamp, Word as _};
use postscale_web::{Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) const QUERY: crate::operation::Query = &[
    ("user_id", "Whose access; the key's maker when it is absent"),
    ("domain_id", "Id or name of the domain"),
    ("action", "As `domain.read` in the access table"),
    ("api_key_id", "A key of the user, to ask about the key"),
];

/// A rule that was asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedStepBody)]
struct StepBody {
    rule: &'static str,
    passed: bool,
    /// What was asked and found, in a sentence.
    text: String,
}

/// The user's grant on the domain.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedGrantBody)]
struct GrantBody {
    /// `read` or `read_write`.
    access: &'static str,
    /// `active`, or `expired` when it ended by itself.
    status: &'static str,
    given_by: Option<String>,
    given_by_name: Option<String>,
    given_at: String,
    expires_at: Option<String>,
    note: String,
}

/// A decision with its whole derivation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExplanationBody {
    user_id: String,
    user_name: String,
    /// `owner`, `admin` or `member`.
    role: &'static str,
    domain_id: String,
    domain: String,
    action: &'static str,
    api_key_id: Option<String>,
    grant: Option<GrantBody>,
    /// The rules asked, in order; only the last one may not have passed.
    steps: Vec<StepBody>,
    allowed: bool,
    /// The status a refused request is answered.
    status: Option<u16>,
    /// The code a refused request is answered.
    code: Option<&'static str>,
}

impl From<ExplainedStep> for StepBody {
    fn from(step: ExplainedStep) -> Self {
        Self {
            rule: step.rule,
            passed: step.holds,
            text: step.text,
        }
    }
}

fn grant(given: GivenGrant, now: Timestamp) -> GrantBody {
    let in_force = given.grant.is_in_force(now);
    let (id, name) = given.given_by.unzip();
    GrantBody {
        access: given.grant.level.as_str(),
        status: if in_force { "active" } else { "expired" },
        given_by: id.map(|id| id.to_string()),
        given_by_name: name,
        given_at: given.given_at.to_rfc3339(),
        expires_at: given.grant.expires_at.map(|at| at.to_rfc3339()),
        note: given.grant.note,
    }
}

fn body(it: Explained, now: Timestamp) -> ExplanationBody {
    let refusal = it.result.err();
    ExplanationBody {
        user_id: it.user.id.to_string(),
        role: it.user.role.as_str(),
        user_name: it.user.name,
        domain_id: it.domain.id.to_string(),
        domain: it.domain.name.to_string(),
        action: it.action.name(),
        api_key_id: it.api_key.map(|key| key.id.to_string()),
        grant: it.grant.map(|given| grant(given, now)),
        steps: it.steps.into_iter().map(Into::into).collect(),
        allowed: refusal.is_none(),
        status: refusal.map(postscale_access::Refusal::status),
        code: refusal.map(postscale_access::Refusal::code),
    }
}

fn question(query: &Query) -> Result<Question, Invalid> {
    let wanted = |name: &str| {
        let given = query.reference(name)?;
        given.ok_or_else(|| Invalid::field(name, "is required"))
    };
    let api_key = query.reference("api_key_id")?;
    let user = match (query.reference("user_id")?, api_key) {
        (None, None) => return Err(Invalid::field("user_id", "or api_key_id is required")),
        (user, _) => user.map(|id| id.parse().ok()),
    };
    Ok(Question {
        user,
        domain: DomainRef::parse(wanted("domain_id")?),
        action: wanted("action").map(str::to_owned),
        api_key: api_key.map(|id| id.parse().ok()),
    })
}

pub(super) async fn explain(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ExplanationBody>, Problem> {
    let question = Late::new(question(&query));
    let explained = access::explain(&app, &caller, question).await?;
    Ok(Json(body(explained, caller.received_at())))
}
