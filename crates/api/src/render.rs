//! Problems as the public contract's error envelope.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use postscale_model::Word as _;
use postscale_web::Problem;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Envelope<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: &'a BTreeMap<String, String>,
}

/// The one error whose members stand in no envelope (api.md §1.6).
#[derive(Serialize)]
struct LimitBody<'a> {
    error: &'a str,
    message: &'a str,
    limit_type: &'static str,
    limit: u64,
    used: u64,
    retry_after_seconds: u64,
    warming_phase: &'static str,
}

/// `{"error":{"code","message","fields"?}}`. The request id is in its header only, so that equal
/// errors are equal bytes.
#[must_use]
pub fn problem(problem: &Problem) -> Response {
    if let Some(limit) = &problem.sending_limit {
        return Json(LimitBody {
            error: problem.code,
            message: &problem.message,
            limit_type: limit.window.as_str(),
            limit: limit.limit,
            used: limit.used,
            retry_after_seconds: limit.retry_after_seconds,
            warming_phase: limit.phase.as_str(),
        })
        .into_response();
    }
    let error = ErrorBody {
        code: problem.code,
        message: &problem.message,
        fields: &problem.fields,
    };
    Json(Envelope { error }).into_response()
}
