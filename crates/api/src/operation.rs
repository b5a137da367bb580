//! Short ways to describe an operation for the API reference.

use axum::http::StatusCode;
use postscale_web::{Body, Operation};
use utoipa::{
    ToSchema,
    openapi::{RefOr, schema::Schema},
};

pub(crate) type Query = &'static [(&'static str, &'static str)];

/// `cursor` of a list with one order.
pub(crate) const CURSOR: (&str, &str) = (
    "cursor",
    "Go on where the page that gave this cursor ended; for the same filters",
);

/// `limit` and `offset`.
pub(crate) const PAGE: Query = &[
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

/// Answers `R` with 200.
pub(crate) fn reads<R: ToSchema>(summary: &'static str, query: Query) -> Operation {
    operation(summary, StatusCode::OK, nothing(), json::<R>(), query)
}
/// Takes `Q`, answers `R`.
pub(crate) fn takes<Q: ToSchema, R: ToSchema>(
    summary: &'static str,
    success: StatusCode,
) -> Operation {
    operation(summary, success, json::<Q>(), json::<R>(), &[])
}
/// Takes nothing, answers `R`.
pub(crate) fn does<R: ToSchema>(summary: &'static str, success: StatusCode) -> Operation {
    operation(summary, success, nothing(), json::<R>(), &[])
}
/// Answers 204.
pub(crate) fn removes(summary: &'static str) -> Operation {
    operation(summary, StatusCode::NO_CONTENT, nothing(), nothing(), &[])
}
/// Answers bytes.
pub(crate) fn downloads(summary: &'static str) -> Operation {
    let bytes = (Body::Bytes, Vec::new());
    operation(summary, StatusCode::OK, nothing(), bytes, &[])
}

/// Takes `Q`, answers bytes.
pub(crate) fn exports<Q: ToSchema>(summary: &'static str) -> Operation {
    let bytes = (Body::Bytes, Vec::new());
    operation(summary, StatusCode::OK, json::<Q>(), bytes, &[])
}

/// Takes bytes, answers `R`.
pub(crate) fn uploads<R: ToSchema>(summary: &'static str) -> Operation {
    let bytes = (Body::Bytes, Vec::new());
    operation(summary, StatusCode::OK, bytes, json::<R>(), &[])
}

/// A body and what its schema refers to.
type Described = (Body, Vec<(String, RefOr<Schema>)>);

fn nothing() -> Described {
    (Body::Empty, Vec::new())
}

fn json<T: ToSchema>() -> Described {
    let mut referred = Vec::new();
    T::schemas(&mut referred);
    (Body::Json(Box::new(T::schema())), referred)
}

fn operation(
    summary: &'static str,
    success: StatusCode,
    (request, mut schemas): Described,
    (response, of_response): Described,
    query: Query,
) -> Operation {
    schemas.extend(of_response);
    Operation {
        summary,
        success,
        request,
        response,
        schemas,
        query,
    }
}
