//! `/v1/webhook-deliveries`

use axum::{Json, extract::State, http::Method};
use postscale_access::{Late, action};
use postscale_actions::{
    App, Asked, CursorPage, Page,
    webhooks::{self, DeliveryFilter, DeliveryWithAttempts},
};
use postscale_model::{Invalid, WebhookAttempt, Word as _};
use postscale_web::{Problem, Query, RequestCaller, Routes, Surface, Web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    input::filter_id,
    operation::{CURSOR, reads},
};

/// Days looked back at most.
const DAYS_MAX: u16 = 90;
/// Days looked back unless asked for.
const DAYS_DEFAULT: u16 = 7;

const QUERY: crate::operation::Query = &[
    ("endpoint_id", "Id of the webhook"),
    ("status", "`pending`, `delivered`, `retrying` or `failed`"),
    ("days", "Of the last so many days, 1 to 90; 7 by default"),
    ("limit", "Rows of a page, 1 to 100; 50 by default"),
    ("offset", "Rows to skip"),
    CURSOR,
];
/// The same for the deliveries of one webhook.
pub(super) const QUERY_OF_ONE: crate::operation::Query = QUERY.split_at(1).1;

pub(super) fn routes() -> Routes<Web> {
    Routes::new(Surface::Api).operation(
        Method::GET,
        "/v1/webhook-deliveries",
        &[action::WEBHOOK_DELIVERY_LIST_ALL.into()],
        list,
        reads::<ListBody>("List what webhooks were told, newest first", QUERY),
    )
}

/// One try of a delivery.
#[derive(Debug, Serialize, ToSchema)]
struct AttemptBody {
    /// Sent as `X-Postscale-Delivery-ID`.
    id: String,
    at: String,
    status_code: Option<i64>,
    error: Option<String>,
    duration_ms: i64,
}

impl From<WebhookAttempt> for AttemptBody {
    fn from(attempt: WebhookAttempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            at: attempt.at.to_rfc3339(),
            status_code: attempt.status_code,
            error: attempt.error,
            duration_ms: attempt.duration_ms,
        }
    }
}

/// One event owed to one webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryBody {
    id: String,
    webhook_id: String,
    event: &'static str,
    email_id: String,
    domain_id: String,
    /// `pending`, `delivered`, `retrying` or `failed`.
    status: &'static str,
    attempts: Vec<AttemptBody>,
    next_attempt_at: Option<String>,
    created_at: String,
}

impl From<DeliveryWithAttempts> for DeliveryBody {
    fn from(it: DeliveryWithAttempts) -> Self {
        let delivery = it.delivery;
        Self {
            id: delivery.id.to_string(),
            webhook_id: delivery.webhook_id.to_string(),
            event: delivery.event.as_str(),
            email_id: delivery.email_id,
            domain_id: delivery.domain_id.to_string(),
            status: delivery.status.as_str(),
            attempts: it.attempts.into_iter().map(Into::into).collect(),
            next_attempt_at: delivery.next_attempt_at.map(|at| at.to_rfc3339()),
            created_at: delivery.created_at.to_rfc3339(),
        }
    }
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListBody {
    deliveries: Vec<DeliveryBody>,
    total: u64,
    limit: u32,
    offset: u64,
    /// For `cursor`, when there is another page.
    next_cursor: Option<String>,
}

impl ListBody {
    pub(super) fn new(found: CursorPage<DeliveryWithAttempts>) -> Self {
        let rows = found.listed.rows.into_iter();
        Self {
            deliveries: rows.map(Into::into).collect(),
            total: found.listed.total,
            limit: found.page.limit,
            offset: found.page.offset,
            next_cursor: found.next_cursor,
        }
    }
}

fn days(asked: Option<u64>) -> Result<u16, Invalid> {
    let Some(asked) = asked else {
        return Ok(DAYS_DEFAULT);
    };
    let days = u16::try_from(asked)
        .ok()
        .filter(|days| (1..=DAYS_MAX).contains(days));
    days.ok_or_else(|| Invalid::field("days", "must be between 1 and 90"))
}

/// What is asked of the deliveries to one webhook.
pub(super) fn input_of_one(query: &Query) -> Result<(Asked<DeliveryFilter>, Page), Invalid> {
    let filter = DeliveryFilter {
        webhook_id: None,
        status: query.word("status")?,
        days: Some(days(query.number("days")?)?),
    };
    let cursor = query.cursor()?.map(str::to_owned);
    Ok((Asked { filter, cursor }, query.page()?))
}

fn input(query: &Query) -> Result<(Asked<DeliveryFilter>, Page), Invalid> {
    let (mut asked, page) = input_of_one(query)?;
    asked.filter.webhook_id = filter_id(query.reference("endpoint_id")?);
    Ok((asked, page))
}

async fn list(
    State(app): State<App>,
    caller: RequestCaller,
    query: Query,
) -> Result<Json<ListBody>, Problem> {
    let input = Late::new(input(&query));
    let found = webhooks::list_deliveries(&app, &caller, input).await?;
    Ok(Json(ListBody::new(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_between_one_and_ninety() {
        for (asked, want) in [
            (None, Some(7)),
            (Some(1), Some(1)),
            (Some(90), Some(90)),
            (Some(0), None),
            (Some(91), None),
        ] {
            assert_eq!(days(asked).ok(), want, "{asked:?}");
        }
        assert!(days(Some(u64::MAX)).is_err());
    }
}
