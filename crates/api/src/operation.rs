//! Short ways to describe an operation for the API reference.

use axum::http::StatusCode;
use postscale_web::{Body, Operation};
use utoipa::PartialSchema;

pub(crate) type Query = &'static [(&'static str, &'static str)];

/// `limit` and `offset`.
pub(crate) const PAGE: Query = &[
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

/// Answers `R` with 200.
pub(crate) fn reads<R: PartialSchema>(summary: &'static str, query: Query) -> Operation {
    operation(summary, StatusCode::OK, Body::Empty, json::<R>(), query)
}
/// Takes `Q`, answers `R`.
pub(crate) fn takes<Q: PartialSchema, R: PartialSchema>(
    summary: &'static str,
    success: StatusCode,
) -> Operation {
    operation(summary, success, json::<Q>(), json::<R>(), &[])
}
/// Takes nothing, answers `R`.
pub(crate) fn does<R: PartialSchema>(summary: &'static str, success: StatusCode) -> Operation {
    operation(summary, success, Body::Empty, json::<R>(), &[])
}
/// Answers 204.
pub(crate) fn removes(summary: &'static str) -> Operation {
    operation(
        summary,
        StatusCode::NO_CONTENT,
        Body::Empty,
        Body::Empty,
        &[],
    )
}
/// Answers bytes.
pub(crate) fn downloads(summary: &'static str) -> Operation {
    operation(summary, StatusCode::OK, Body::Empty, Body::Bytes, &[])
}

fn json<T: PartialSchema>() -> Body {
    Body::Json(Box::new(T::schema()))
}

fn operation(
    summary: &'static str,
    success: StatusCode,
    request: Body,
    response: Body,
    query: Query,
) -> Operation {
    Operation {
        summary,
        success,
        request,
        response,
        query,
    }
}
