//! `POST /v1/domains/{domain}/rules/test`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{
    App,
    rules::{self, GivenMessage, Looked, Sample, Tried, TriedRule},
};
use postscale_model::{AuthVerdict, Invalid, RuleCondition, Word as _};
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::ConditionBody;
use crate::{input::optional_word, segments::DomainSegment};

/// The message to try the rules on: `inbound_email_id` or `message`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TestRulesRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct TestRequest {
    /// Id of a message the domain received.
    inbound_email_id: Option<String>,
    /// A message: header, an empty line, body.
    message: Option<String>,
    /// Whom it is for, with `message`; the first To at the domain when absent.
    recipient: Option<String>,
    /// What SPF is to say, with `message`; `none` when absent.
    spf: Option<String>,
    /// What DKIM is to say, with `message`; `none` when absent.
    dkim: Option<String>,
    /// What DMARC is to say, with `message`; `none` when absent.
    dmarc: Option<String>,
}

impl TryFrom<TestRequest> for Sample {
    type Error = Invalid;
    fn try_from(request: TestRequest) -> Result<Self, Invalid> {
        let verdict = |name: &str, text: Option<&str>| {
            let verdict = optional_word::<AuthVerdict>(name, text)?;
            Ok(verdict.unwrap_or(AuthVerdict::None))
        };
        match (request.inbound_email_id, request.message) {
            (Some(id), None) => {
                for (name, given) in [
                    ("recipient", &request.recipient),
                    ("spf", &request.spf),
                    ("dkim", &request.dkim),
                    ("dmarc", &request.dmarc),
                ] {
                    if given.is_some() {
                        return Err(Invalid::field(name, "belongs to message only"));
                    }
                }
                Ok(Self::Received(id.parse().ok()))
            }
            (None, Some(message)) => Ok(Self::Given(GivenMessage {
                octets: message.into_bytes(),
                recipient: request.recipient,
                spf: verdict("spf", request.spf.as_deref())?,
                dkim: verdict("dkim", request.dkim.as_deref())?,
                dmarc: verdict("dmarc", request.dmarc.as_deref())?,
            })),
            (None, None) => Err(Invalid::field("inbound_email_id", "or message is required")),
            (Some(_), Some(_)) => Err(Invalid::field(
                "message",
                "must be absent when inbound_email_id is given",
            )),
        }
    }
}

/// A condition held against the message.
#[derive(Debug, Serialize, ToSchema)]
struct TriedConditionBody {
    #[serde(flatten)]
    condition: ConditionBody,
    /// What the message says there, shortened.
    found: Vec<String>,
    holds: bool,
}

impl TriedConditionBody {
    fn new((condition, looked): (&RuleCondition, Looked)) -> Self {
        Self {
            condition: condition.into(),
            found: looked.found,
            holds: looked.holds,
        }
    }
}

/// A rule held against the message.
#[derive(Debug, Serialize, ToSchema)]
struct TriedRuleBody {
    id: String,
    name: String,
    /// `all` or `any`.
    r#match: &'static str,
    /// What it does when it holds.
    action: &'static str,
    /// `decides`, `tags`, `no_match`, `not_reached`, `disabled` or `other_alias`.
    outcome: &'static str,
    conditions: Vec<TriedConditionBody>,
}

impl From<TriedRule> for TriedRuleBody {
    fn from(tried: TriedRule) -> Self {
        let rule = tried.view.rule;
        let conditions = rule.conditions.iter().zip(tried.conditions);
        Self {
            id: rule.id.to_string(),
            r#match: rule.match_mode.as_str(),
            action: rule.action.kind().as_str(),
            outcome: tried.outcome.as_str(),
            conditions: conditions.map(TriedConditionBody::new).collect(),
            name: rule.name,
        }
    }
}

/// What the rules make of a message, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestRulesBody)]
pub(super) struct TestBody {
    /// Whom it was tried for.
    recipient: String,
    /// Local part of the alias that takes its mail; null for the catch-all.
    alias: Option<String>,
    /// The rule that decides; null leaves it to the alias or the catch-all.
    rule_id: Option<String>,
    /// What would be done: `forward`, `webhook`, `store`, `drop` or `reject`.
    action: &'static str,
    /// The words it would be marked with.
    tags: Vec<String>,
    /// Every rule, in the order they are asked; those of other aliases last.
    rules: Vec<TriedRuleBody>,
}

impl From<Tried> for TestBody {
    fn from(tried: Tried) -> Self {
        Self {
            recipient: tried.recipient,
            alias: tried.alias,
            rule_id: tried.rule_id.map(|id| id.to_string()),
            action: tried.action.as_str(),
            tags: tried.tags,
            rules: tried.rules.into_iter().map(Into::into).collect(),
        }
    }
}

pub(super) async fn test(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<TestBody>, Problem> {
    let sample = body.late::<TestRequest>().and_then(TryInto::try_into);
    let domain = DomainRef::parse(&domain.text);
    Ok(Json(
        rules::test(&app, &caller, &domain, sample).await?.into(),
    ))
}
