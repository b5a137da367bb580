//! Tables `webhook_deliveries` and `webhook_attempts`: what endpoints are owed, and the tries.
//!
//! A delivery is a row written in the transaction that causes its event; it is claimed and settled
//! like the outbound queue, so that an endpoint is told at least once.

use std::time::Duration;

use postscale_access::{Granted, Scope, SystemScope, Writable};
use postscale_model::{
    DeliveryId, DeliveryStatus, DomainId, OrganizationId, Timestamp, Webhook, WebhookAttempt,
    WebhookDelivery, WebhookEvent, WebhookId,
};

use crate::{
    Listed, Page, Part, Position, Result, Row, Tx, Value, batch,
    conditions::Conditions,
    params,
    part::{self, Order},
    row::readable,
    visible, webhook,
};

/// The wake-up channel of deliveries.
pub const CHANNEL: &str = "webhook_deliveries";
/// Stands where the message an event speaks of would: it speaks of none.
pub const NO_EMAIL: &str = "00000000-0000-0000-0000-000000000000";

const CLAUSES: visible::Clauses = visible::clauses!("v.domain_id", "v.organization_id");
const NEWEST: Order = Order::newest_first("v.created_at", "v.id");

fn from_row(row: &Row) -> Result<WebhookDelivery> {
    Ok(WebhookDelivery {
        id: row.id("id")?,
        webhook_id: row.id("webhook_id")?,
        domain_id: row.id("domain_id")?,
        event: row.word("event")?,
        email_id: row.text("email_id")?,
        status: row.word("status")?,
        attempts: row.int("attempts")?,
        next_attempt_at: row.opt_timestamp("next_attempt_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

/// An event owed to an endpoint.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Row id.
    pub id: DeliveryId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// The endpoint.
    pub webhook_id: WebhookId,
    /// The domain it speaks of.
    pub domain_id: DomainId,
    /// Which event.
    pub event: WebhookEvent,
    /// The message it speaks of, sent or received.
    pub email_id: String,
    /// What is posted; none for a received message, whose body is rendered at each try.
    pub body: Option<String>,
    /// When the event happened.
    pub created_at: Timestamp,
}

/// Writes down what endpoints are owed, in the transaction of the event itself.
///
/// # Errors
/// When the database refuses.
pub async fn insert_for_event(
    tx: &mut Tx,
    _scope: &SystemScope,
    deliveries: &[NewDelivery],
) -> Result<()> {
    insert(tx, deliveries).await
}

/// Writes down what a webhook is told for a test.
///
/// # Errors
/// When the database refuses.
pub async fn insert_test(
    tx: &mut Tx,
    webhook: &Writable<Webhook>,
    owed: NewDelivery,
) -> Result<WebhookDelivery> {
    let owed = NewDelivery {
        organization_id: webhook.organization_id,
        webhook_id: webhook.id,
        ..owed
    };
    insert(tx, std::slice::from_ref(&owed)).await?;
    Ok(WebhookDelivery {
        id: owed.id,
        webhook_id: owed.webhook_id,
        domain_id: owed.domain_id,
        event: owed.event,
        email_id: owed.email_id,
        status: DeliveryStatus::Pending,
        attempts: 0,
        next_attempt_at: Some(owed.created_at),
        created_at: owed.created_at,
    })
}

pub(crate) async fn insert(tx: &mut Tx, deliveries: &[NewDelivery]) -> Result<()> {
    for run in batch::runs(deliveries) {
        let sql = [
            "INSERT INTO webhook_deliveries (id, organization_id, webhook_id, domain_id, event, email_id, body, \
             created_at, next_attempt_at, status, attempts) VALUES ",
            &batch::rows(1, run.len(), "(?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0)"),
        ]
        .concat();
        let mut parameters = Vec::with_capacity(run.len() * 9);
        for one in run {
            parameters.extend(params![
                one.id,
                one.organization_id,
                one.webhook_id,
                one.domain_id,
                one.event,
                &one.email_id,
                one.body.as_deref(),
                one.created_at,
                one.created_at,
            ]);
        }
        tx.execute(&sql, &parameters).await?;
    }
    if !deliveries.is_empty() {
        tx.wake(CHANNEL);
    }
    Ok(())
}

/// How many endpoints [`claim_due`] can be told to leave alone.
pub const EXCLUDED_WEBHOOKS_MAX: usize = 32;

/// How much to claim.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryClaim<'a> {
    /// For how long: nobody else takes it meanwhile.
    pub lease: Duration,
    /// Deliveries at most.
    pub limit: u32,
    /// Deliveries at most of one endpoint, so that a slow one does not hold up others.
    pub limit_per_webhook: u32,
    /// Endpoints that have enough to do; only the first [`EXCLUDED_WEBHOOKS_MAX`] count.
    pub excluded: &'a [WebhookId],
}

/// A delivery this worker tries now.
#[derive(Debug)]
pub struct ClaimedDelivery {
    /// The delivery; its attempts include this one.
    pub delivery: WebhookDelivery,
    /// Whose.
    pub organization_id: OrganizationId,
    /// Where to, as the endpoint is now.
    pub url: String,
    /// What is posted; none for a received message.
    pub body: Option<String>,
    /// Whether the endpoint may still be told of the domain. When not, nothing may be posted.
    pub may_be_told: bool,
}

fn claimed_from_row(row: &Row) -> Result<ClaimedDelivery> {
    Ok(ClaimedDelivery {
        delivery: from_row(row)?,
        organization_id: row.id("organization_id")?,
        url: row.text("url")?,
        body: row.opt_text("body")?,
        may_be_told: row.bool("may_be_told")?,
    })
}

/// Claims due deliveries. Commit before talking to anybody.
///
/// # Errors
/// When the database refuses.
pub async fn claim_due(
    tx: &mut Tx,
    _scope: &SystemScope,
    claim: DeliveryClaim<'_>,
    now: Timestamp,
) -> Result<Vec<ClaimedDelivery>> {
    let sql = [
        "WITH due AS (SELECT id, webhook_id, next_attempt_at FROM webhook_deliveries WHERE next_attempt_at <= $1 \
         AND webhook_id NOT IN (",
        &batch::placeholders(6, EXCLUDED_WEBHOOKS_MAX),
        ") ORDER BY next_attempt_at LIMIT $5 ",
        tx.engine().claim_suffix(),
        "), ranked AS (SELECT id, next_attempt_at, \
           ROW_NUMBER() OVER (PARTITION BY webhook_id ORDER BY next_attempt_at, id) AS place FROM due), \
         chosen AS (SELECT id FROM ranked WHERE place <= $4 ORDER BY next_attempt_at, id LIMIT $3) \
         UPDATE webhook_deliveries SET attempts = attempts + 1, next_attempt_at = $2 \
         WHERE id IN (SELECT id FROM chosen) RETURNING id",
    ]
    .concat();
    let window = i64::from(claim.limit).saturating_mul(8);
    let until = now.plus(claim.lease);
    let mut parameters = Vec::from(params![
        now,
        until,
        claim.limit,
        claim.limit_per_webhook,
        window
    ]);
    let excluded = claim.excluded.iter().map(WebhookId::to_string);
    let padding = std::iter::repeat_with(String::new);
    parameters.extend(
        excluded
            .chain(padding)
            .take(EXCLUDED_WEBHOOKS_MAX)
            .map(Value::from),
    );
    let rows = tx.query(&sql, &parameters).await?;
    let mut claimed = Vec::with_capacity(rows.len());
    for run in batch::runs(&rows) {
        let sql = [
            "SELECT v.*, w.url, ",
            &webhook::entitled("v.domain_id", "$1"),
            " AS may_be_told FROM webhook_deliveries v JOIN webhooks w ON w.id = v.webhook_id WHERE v.id IN (",
            &batch::placeholders(2, run.len()),
            ")",
        ]
        .concat();
        let mut parameters = Vec::from(params![now]);
        for row in run {
            parameters.push(Value::from(row.text("id")?));
        }
        let rows = tx.query(&sql, &parameters).await?;
        claimed.extend(readable(&rows, claimed_from_row));
    }
    Ok(claimed)
}

/// What came of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The endpoint answered 2xx.
    Delivered,
    /// To be tried again.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// Given up.
    Failed,
}

/// Records a try, if there was one, and what came of it; `false` when somebody else was quicker.
///
/// # Errors
/// When the database refuses.
pub async fn settle(
    tx: &mut Tx,
    _scope: &SystemScope,
    claimed: &ClaimedDelivery,
    attempt: Option<&WebhookAttempt>,
    told: Told,
) -> Result<bool> {
    let delivery = &claimed.delivery;
    let (status, next) = match told {
        Told::Delivered => (DeliveryStatus::Delivered, None),
        Told::Retry { at } => (DeliveryStatus::Retrying, Some(at)),
        Told::Failed => (DeliveryStatus::Failed, None),
    };
    let changed = tx
        .execute(
            "UPDATE webhook_deliveries SET status = $3, next_attempt_at = $4 \
             WHERE id = $1 AND attempts = $2 AND next_attempt_at IS NOT NULL",
            &params![delivery.id, delivery.attempts, status, next],
        )
        .await?;
    if let Some(attempt) = attempt {
        // An endpoint that was deleted meanwhile took its deliveries along.
        tx.execute(
            "INSERT INTO webhook_attempts (id, delivery_id, attempt, status_code, error, duration_ms, at) \
             SELECT $1, v.id, $3, $4, $5, $6, $7 FROM webhook_deliveries v WHERE v.id = $2",
            &params![
                attempt.id,
                delivery.id,
                delivery.attempts,
                attempt.status_code,
                attempt.error.as_deref(),
                attempt.duration_ms,
                attempt.at,
            ],
        )
        .await?;
    }
    Ok(changed == 1)
}

/// When the next delivery falls due; in the past when one is.
///
/// # Errors
/// When the database cannot answer.
pub async fn next_due_at(tx: &mut Tx, _scope: &SystemScope) -> Result<Option<Timestamp>> {
    let sql = "SELECT MIN(next_attempt_at) AS at FROM webhook_deliveries WHERE next_attempt_at IS NOT NULL";
    tx.query_one(sql, &[]).await?.opt_timestamp("at")
}

/// Which deliveries of those in scope.
#[derive(Debug, Default, Clone)]
pub struct DeliveryFilter {
    /// To this endpoint.
    pub webhook_id: Option<WebhookId>,
    /// State.
    pub status: Option<DeliveryStatus>,
    /// Of the last so many days.
    pub days: Option<u16>,
}

fn filtered(mut conditions: Conditions, filter: &DeliveryFilter, now: Timestamp) -> Conditions {
    conditions.and_given("v.webhook_id = ?", filter.webhook_id);
    conditions.and_given("v.status = ?", filter.status);
    let day = Duration::from_secs(24 * 3600);
    conditions.and_given(
        "v.created_at >= ?",
        filter.days.map(|days| now.minus(day * u32::from(days))),
    );
    conditions
}

/// The deliveries in scope, newest first, from the beginning or behind one: those about a domain in
/// scope to an endpoint in scope.
///
/// # Errors
/// When the database cannot answer.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    filter: &DeliveryFilter,
    part: (Option<&Position>, Page),
    now: Timestamp,
) -> Result<Part<WebhookDelivery>> {
    let mut conditions = Conditions::visible(scope, &CLAUSES, now);
    conditions.and(&webhook::visible_clause(scope));
    let conditions = filtered(conditions, filter, now);
    let from = "webhook_deliveries v JOIN webhooks w ON w.id = v.webhook_id";
    part::list(conditions, tx, ("v.*", from), NEWEST, part, from_row).await
}

/// The deliveries to one endpoint, newest first, from the beginning or behind one.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_of<C>(
    tx: &mut Tx,
    webhook: &Granted<Webhook, C>,
    filter: &DeliveryFilter,
    part: (Option<&Position>, Page),
    now: Timestamp,
) -> Result<Part<WebhookDelivery>> {
    let conditions = Conditions::equal("v.webhook_id", webhook.id);
    let conditions = filtered(conditions, filter, now);
    let from = "webhook_deliveries v";
    part::list(conditions, tx, ("v.*", from), NEWEST, part, from_row).await
}

/// The tries of listed deliveries, each with its delivery, first tries first.
///
/// # Errors
/// When the database cannot answer.
pub async fn attempts(
    tx: &mut Tx,
    deliveries: &Listed<WebhookDelivery>,
) -> Result<Vec<(DeliveryId, WebhookAttempt)>> {
    let mut attempts = Vec::new();
    for run in batch::runs(&deliveries.rows) {
        let sql = [
            "SELECT * FROM webhook_attempts WHERE delivery_id IN (",
            &batch::placeholders(1, run.len()),
            ") ORDER BY delivery_id, attempt, at, id",
        ]
        .concat();
        let ids: Vec<Value> = run
            .iter()
            .map(|delivery| Value::from(delivery.id))
            .collect();
        for row in tx.query(&sql, &ids).await? {
            let attempt = WebhookAttempt {
                id: row.id("id")?,
                at: row.timestamp("at")?,
                status_code: row.opt_int("status_code")?,
                error: row.opt_text("error")?,
                duration_ms: row.int("duration_ms")?,
            };
            attempts.push((row.id("delivery_id")?, attempt));
        }
    }
    Ok(attempts)
}

/// What became of the wish to tell an endpoint once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// It is told again.
    Due,
    /// The message it speaks of is gone, and with it what would be posted: nothing has changed.
    MessageGone,
    /// It never was owed that delivery.
    Unknown,
}

/// Has an endpoint told once more.
///
/// # Errors
/// When the database refuses.
pub async fn replay(
    tx: &mut Tx,
    webhook: &Writable<Webhook>,
    id: DeliveryId,
    now: Timestamp,
) -> Result<Replay> {
    let changed = tx
        .execute(
            "UPDATE webhook_deliveries SET status = 'pending', attempts = 0, next_attempt_at = $3 \
             WHERE id = $2 AND webhook_id = $1 AND (body IS NOT NULL \
             OR EXISTS (SELECT 1 FROM inbound_emails e WHERE e.id = webhook_deliveries.email_id))",
            &params![webhook.id, id, now],
        )
        .await?;
    if changed == 1 {
        tx.wake(CHANNEL);
        return Ok(Replay::Due);
    }
    let known = tx
        .query_opt(
            "SELECT id FROM webhook_deliveries WHERE id = $2 AND webhook_id = $1",
            &params![webhook.id, id],
        )
        .await?;
    Ok(match known {
        Some(_) => Replay::MessageGone,
        None => Replay::Unknown,
    })
}
