//! `GET /v1/aliases`

use axum::{Json, extract::State};
use postscale_access::Late;
use postscale_actions::{
    App, Listed, Page,
    aliases::{self, AliasFilter, AliasWithTargets},
};
use postscale_model::Invalid;
use postscale_web::{Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::AliasBody;
use crate::input::filter_id;

pub(super) const QUERY: crate::operation::Query = &[
    ("q", "Substring of the address or the description"),
    ("domain_id", "Id of the domain"),
    ("active", "`true` or `false`"),
    ("is_masked", "`true` or `false`"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

/// A page of aliases.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::v1) struct ListBody {
    aliases: Vec<AliasBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

pub(in crate::v1) fn input(query: &Query) -> Result<(AliasFilter, Page), Invalid> {
    let filter = AliasFilter {
        domain_id: filter_id(query.reference("domain_id")?),
        query: query.string("q")?,
        active: query.flag("active")?,
        is_masked: query.flag("is_masked")?,
    };
    Ok((filter, query.page()?))
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let listed = aliases::list(&app, &caller, Late::new(input(&query))).await?;
    Ok(Json(listed.into()))
}

impl From<(Page, Listed<AliasWithTargets>)> for ListBody {
    fn from((page, listed): (Page, Listed<AliasWithTargets>)) -> Self {
        Self {
            aliases: listed.rows.into_iter().map(Into::into).collect(),
            total: listed.total,
            limit: page.limit,
            offset: page.offset,
        }
    }
}
