//! `GET /v1/users` and `GET /v1/users/{id}`

use axum::{Json, extract::State};
use postscale_access::Late;
use postscale_actions::{
    App, Page,
    users::{self, UserFilter},
};
use postscale_model::{Invalid, UserId, UserStatus};
use postscale_web::{Problem, Query, Ref, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::UserBody;
use crate::segments::IdSegment;

pub(super) const QUERY: crate::operation::Query = &[
    ("q", "Part of the name or e-mail address"),
    ("role", "owner, admin or member"),
    ("status", "active or deactivated"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
];

/// A page of users.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListBody {
    users: Vec<UserBody>,
    total: u64,
    limit: u32,
    offset: u64,
}

fn input(query: &Query) -> Result<(UserFilter, Page), Invalid> {
    let status = match query.word("status")? {
        None => None,
        Some(status @ (UserStatus::Active | UserStatus::Deactivated)) => Some(status),
        Some(UserStatus::Pending | UserStatus::Deleted) => {
            return Err(Invalid::field(
                "status",
                "must be one of active, deactivated",
            ));
        }
    };
    Ok((
        UserFilter {
            query: query.string("q")?,
            role: query.word("role")?,
            status,
        },
        query.page()?,
    ))
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let (page, listed) = users::list(&app, &caller, Late::new(input(&query))).await?;
    Ok(Json(ListBody {
        users: listed.rows.into_iter().map(Into::into).collect(),
        total: listed.total,
        limit: page.limit,
        offset: page.offset,
    }))
}

pub(super) async fn get(
    State(app): State<App>,
    caller: RequestCaller,
    user: Ref<IdSegment, UserId>,
) -> Result<Json<UserBody>, Problem> {
    Ok(Json(users::get(&app, &caller, user.id).await?.into()))
}
