//! `POST /v1/domains/{domain}/verify`

use axum::{Json, extract::State};
use postscale_access::DomainRef;
use postscale_actions::{App, domains};
use postscale_model::{Invalid, Purpose, Word as _};
use postscale_web::{JsonBody, Name, Problem, RequestCaller};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DomainBody, dns::RecordBody};
use crate::{input::word, segments::DomainSegment};

/// Which records to look up; all of them when absent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyRequest {
    checks: Option<Vec<String>>,
}

/// The domain, one sentence about it, and its records.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VerifyBody {
    #[serde(flatten)]
    domain: DomainBody,
    summary: String,
    checks: Vec<RecordBody>,
    /// When they are looked up by themselves the next time.
    next_check_at: Option<String>,
}

fn purposes(request: VerifyRequest) -> Result<Vec<Purpose>, Invalid> {
    let Some(named) = request.checks else {
        return Ok(Purpose::ALL.to_vec());
    };
    if named.is_empty() {
        return Err(Invalid::field(
            "checks",
            "must name at least one check, or be absent",
        ));
    }
    named
        .iter()
        .enumerate()
        .map(|(i, text)| word(&format!("checks[{i}]"), text))
        .collect()
}

pub(super) async fn verify(
    State(app): State<App>,
    caller: RequestCaller,
    domain: Name<DomainSegment>,
    body: JsonBody,
) -> Result<Json<VerifyBody>, Problem> {
    let purposes = body.late::<VerifyRequest>().and_then(purposes);
    let verified =
        domains::verify(&app, &caller, &DomainRef::parse(&domain.text), purposes).await?;
    Ok(Json(VerifyBody {
        domain: DomainBody::from(&verified.domain),
        summary: verified.summary,
        checks: verified.records.into_iter().map(Into::into).collect(),
        next_check_at: verified.next_check_at.map(|at| at.to_rfc3339()),
    }))
}
