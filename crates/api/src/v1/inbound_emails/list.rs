//! `GET /v1/inbound-emails`

use axum::{Json, extract::State};
use postscale_access::Late;
use postscale_actions::{
    App, Asked, Page,
    inbound_emails::{self, Direction, InboundFilter, InboundSort},
};
use postscale_model::Invalid;
use postscale_web::{Problem, Query, RequestCaller};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::RowBody;
use crate::input::filter_id;

pub(super) const QUERY: crate::operation::Query = &[
    ("q", "Substring of sender, recipient, subject or message id"),
    ("from", "Substring of the author"),
    ("to", "Substring of the recipient"),
    ("subject", "Substring of the subject"),
    ("envelope_sender", "Substring of the envelope sender"),
    (
        "status",
        "`received`, `processing`, `delivered` or `failed`",
    ),
    ("domain_id", "Id of the receiving domain"),
    ("alias_id", "Id of the alias that took it"),
    ("has_attachments", "`true` or `false`"),
    (
        "from_date",
        "Received then or later: RFC 3339 or YYYY-MM-DD",
    ),
    (
        "to_date",
        "Received then or earlier: RFC 3339, or YYYY-MM-DD for all of that day",
    ),
    (
        "sort",
        "`received_at` (default), `processed_at`, `from`, `to`, `subject` or `status`",
    ),
    ("direction", "`desc` (default) or `asc`"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
    (
        "cursor",
        "Go on where the page that gave this cursor ended; for the same filters and order",
    ),
];

/// A page of received messages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListBody {
    emails: Vec<RowBody>,
    total: u64,
    limit: u32,
    offset: u64,
    /// For `cursor`, when there is another page.
    next_cursor: Option<String>,
}

fn sort(text: Option<&str>) -> Result<InboundSort, Invalid> {
    Ok(match text {
        None | Some("received_at") => InboundSort::ReceivedAt,
        Some("processed_at") => InboundSort::ProcessedAt,
        Some("from") => InboundSort::From,
        Some("to") => InboundSort::To,
        Some("subject") => InboundSort::Subject,
        Some("status") => InboundSort::Status,
        Some(_) => {
            let words = "must be one of received_at, processed_at, from, to, subject, status";
            return Err(Invalid::field("sort", words));
        }
    })
}

fn direction(text: Option<&str>) -> Result<Direction, Invalid> {
    match text {
        None | Some("desc") => Ok(Direction::Descending),
        Some("asc") => Ok(Direction::Ascending),
        Some(_) => Err(Invalid::field("direction", "must be one of asc, desc")),
    }
}

fn input(query: &Query) -> Result<(Asked<InboundFilter>, Page), Invalid> {
    let filter = InboundFilter {
        query: query.string("q")?,
        from: query.string("from")?,
        to: query.string("to")?,
        subject: query.string("subject")?,
        envelope_sender: query.string("envelope_sender")?,
        status: query.word("status")?,
        domain_id: filter_id(query.reference("domain_id")?),
        alias_id: filter_id(query.reference("alias_id")?),
        has_attachments: query.flag("has_attachments")?,
        from_date: query.timestamp("from_date")?,
        to_date: query.timestamp_until("to_date")?,
        sort: sort(query.text("sort")?)?,
        direction: direction(query.text("direction")?)?,
    };
    let cursor = query.cursor()?.map(str::to_owned);
    Ok((Asked { filter, cursor }, query.page()?))
}

pub(super) async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let found = inbound_emails::list(&app, &caller, Late::new(input(&query))).await?;
    Ok(Json(ListBody {
        emails: found.listed.rows.iter().map(RowBody::from).collect(),
        total: found.listed.total,
        limit: found.page.limit,
        offset: found.page.offset,
        next_cursor: found.next_cursor,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_are_refused() {
        assert_eq!(sort(Some("subject")), Ok(InboundSort::Subject));
        assert!(sort(Some("size")).is_err());
        assert_eq!(direction(None), Ok(Direction::Descending));
        assert!(direction(Some("up")).is_err());
    }
}
