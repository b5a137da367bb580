//! Problems as the public contract's error envelope.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
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

/// `{"error":{"code","message","fields"?}}`. The request id is in its header only, so that equal
/// errors are equal bytes.
#[must_use]
pub fn problem(problem: &Problem) -> Response {
    let error = ErrorBody {
        code: problem.code,
        message: &problem.message,
        fields: &problem.fields,
    };
    Json(Envelope { error }).into_response()
}
