//! `GET /v1/domains`

use axum::{Json, extract::State};
use postscale_access::Late;
use postscale_actions::{
    App, Page,
    domains::{self, DomainFilter},
};
use postscale_model::Invalid;
use postscale_web::{Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::DomainBody;

pub(super) const QUERY: crate::operation::Query = &[
    ("q", "Substring of the name"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

/// A page of domains. It carries no total: the public clients page until a short page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListBody {
    domains: Vec<DomainBody>,
    limit: u32,
    offset: u64,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let (page, rows) = domains::list(&app, &caller, Late::new(input(&query))).await?;
    Ok(Json(ListBody {
        domains: rows.iter().map(DomainBody::from).collect(),
        limit: page.limit,
        offset: page.offset,
    }))
}

fn input(query: &Query) -> Result<(DomainFilter, Page), Invalid> {
    Ok((
        DomainFilter {
            query: query.string("q")?,
        },
        query.page()?,
    ))
}
