//! `POST /v1/aliases/bulk`

use axum::{Json, extract::State};
use postscale_access::Late;
use postscale_actions::{
    App,
    aliases::{self, BULK_MAX, NewAlias},
};
use postscale_model::Invalid;
use postscale_web::{JsonBody, Problem, RequestCaller, late_value};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{body::AliasBody, create::CreateRequest};
use crate::named_domain::NamedDomain;

/// What to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkRequest {
    /// 1 to 100 aliases, each as for `POST /v1/aliases`.
    #[schema(value_type = Vec<CreateRequest>)]
    aliases: Vec<Value>,
}

/// Why an alias was not made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkErrorBody)]
struct ErrorBody {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    fields: std::collections::BTreeMap<String, String>,
}

/// What came of one alias.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkResultBody)]
struct ResultBody {
    /// Its place in the request, from 0.
    index: usize,
    /// `created` or `rejected`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<AliasBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody>,
}

/// What came of all.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkBody {
    results: Vec<ResultBody>,
    created: usize,
    rejected: usize,
}

/// One alias, as late as one that is made by itself.
fn row(value: Value) -> Late<NewAlias> {
    let rest = late_value::<CreateRequest>(value.clone()).and_then(TryInto::try_into);
    let domain = late_value::<NamedDomain>(value).and_then(NamedDomain::one);
    domain.and_then(|domain| Ok(NewAlias { domain, rest }))
}

fn rows(request: BulkRequest) -> Result<Vec<Late<NewAlias>>, Invalid> {
    if !(1..=BULK_MAX).contains(&request.aliases.len()) {
        return Err(Invalid::field("aliases", "must be 1 to 100 aliases"));
    }
    Ok(request.aliases.into_iter().map(row).collect())
}

pub(super) async fn create(
    State(app): State<App>,
    caller: RequestCaller,
    body: JsonBody,
) -> Result<Json<BulkBody>, Problem> {
    let input = body.late::<BulkRequest>().and_then(rows);
    let made = aliases::create_many(&app, &caller, input).await?;
    let results: Vec<ResultBody> = made
        .into_iter()
        .enumerate()
        .map(|(index, made)| match made {
            Ok(alias) => ResultBody {
                index,
                status: "created",
                alias: Some(alias.into()),
                error: None,
            },
            Err(error) => ResultBody {
                index,
                status: "rejected",
                alias: None,
                error: Some(Problem::from(error).into()),
            },
        })
        .collect();
    let created = results.iter().filter(|one| one.alias.is_some()).count();
    Ok(Json(BulkBody {
        rejected: results.len() - created,
        created,
        results,
    }))
}

impl From<Problem> for ErrorBody {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code,
            message: problem.message,
            fields: problem.fields,
        }
    }
}
