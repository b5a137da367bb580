//! `GET /v1/emails`

use axum::{Json, extract::State};
use postscale_access::Late;
use postscale_actions::{
    App, Asked, Page,
    emails::{self, EmailFilter},
};
use postscale_model::Invalid;
use postscale_web::{Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::EmailBody;
use crate::{input::filter_id, operation::CURSOR};

pub(super) const QUERY: crate::operation::Query = &[
    ("status", "Status of the message"),
    ("from", "Substring of the author"),
    (
        "to",
        "Substring of a recipient, be it in To, Cc, Bcc or the envelope alone",
    ),
    ("subject", "Substring of the subject"),
    ("domain_id", "Id of the domain it was sent from"),
    ("tag", "A tag it carries"),
    ("environment", "`live` or `test`"),
    ("from_date", "Accepted at or after: RFC 3339 or YYYY-MM-DD"),
    (
        "to_date",
        "Accepted at or before: RFC 3339, or YYYY-MM-DD for all of that day",
    ),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
    CURSOR,
];

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListBody {
    emails: Vec<EmailBody>,
    total: u64,
    limit: u32,
    offset: u64,
    /// For `cursor`, when there is another page.
    next_cursor: Option<String>,
}

fn input(query: &Query) -> Result<(Asked<EmailFilter>, Page), Invalid> {
    let filter = EmailFilter {
        status: query.word("status")?,
        from: query.string("from")?,
        to: query.string("to")?,
        subject: query.string("subject")?,
        domain_id: filter_id(query.reference("domain_id")?),
        tag: query.string("tag")?,
        environment: query.word("environment")?,
        from_date: query.timestamp("from_date")?,
        to_date: query.timestamp_until("to_date")?,
    };
    let cursor = query.cursor()?.map(str::to_owned);
    Ok((Asked { filter, cursor }, query.page()?))
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let found = emails::list(&app, &caller, Late::new(input(&query))).await?;
    Ok(Json(ListBody {
        emails: found.listed.rows.iter().map(EmailBody::from).collect(),
        total: found.listed.total,
        limit: found.page.limit,
        offset: found.page.offset,
        next_cursor: found.next_cursor,
    }))
}
