//! Telling endpoints: at once, then by a schedule of their own, until they answer 2xx.
//!
//! Deliveries are claimed from their queue; at most [`PER_ENDPOINT_MAX`] are in flight to one
//! endpoint and [`IN_FLIGHT_MAX`] in all, so that a dead endpoint delays only itself. Each try has an
//! id and a signature of its own. An endpoint is told at least once; nothing is posted once the
//! endpoint may no longer hear of the domain.

pub(crate) mod client;
pub(crate) mod events;
pub(crate) mod glob;
mod received;
mod signature;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::FutureExt as _;
use postscale_access::SystemScope;
use postscale_model::{WebhookAttempt, WebhookId};
use postscale_store::{
    Body, domain, inbound_email, webhook,
    webhook_delivery::{self, ClaimedDelivery, DeliveryClaim, Told},
};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::{sync::Notify, time::Instant};
use tokio_util::task::TaskTracker;

use crate::{
    EngineParts,
    runner::{Next, Work},
};
use client::{HttpError, Poster};

/// Deliveries in flight at once.
const IN_FLIGHT_MAX: usize = 256;
/// Deliveries in flight at once to one endpoint.
const PER_ENDPOINT_MAX: usize = 8;
/// Deliveries claimed in one transaction.
const CLAIM_MAX: usize = 64;
/// How long a claim holds: far longer than a try takes.
const LEASE: Duration = Duration::from_secs(120);

/// What dispatcher and tries share.
pub(crate) struct Webhooks {
    parts: EngineParts,
    scope: SystemScope,
    poster: Poster,
    in_flight: Mutex<HashMap<WebhookId, usize>>,
    freed: Notify,
    tasks: TaskTracker,
}

impl Webhooks {
    pub(crate) fn new(
        parts: EngineParts,
        scope: SystemScope,
        tasks: TaskTracker,
    ) -> Result<Arc<Self>, HttpError> {
        let poster = Poster::new(&parts.resolver, &parts.settings)?;
        Ok(Arc::new(Self {
            parts,
            scope,
            poster,
            in_flight: Mutex::default(),
            freed: Notify::new(),
            tasks,
        }))
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, HashMap<WebhookId, usize>> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// One try, from the row to the row.
    async fn tell(self: Arc<Self>, claimed: ClaimedDelivery) {
        let id = claimed.delivery.webhook_id;
        let outcome = AssertUnwindSafe(self.try_once(&claimed))
            .catch_unwind()
            .await;
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(webhook.id = %id, %error, "an endpoint could not be told");
                self.again(&claimed).await;
            }
            Err(_) => {
                tracing::error!(webhook.id = %id, "telling an endpoint panicked");
                metrics::counter!("postscale_worker_panics_total", "work" => "webhooks")
                    .increment(1);
                self.again(&claimed).await;
            }
        }
        let mut in_flight = self.in_flight();
        if let Some(count) = in_flight.get_mut(&id) {
            *count -= 1;
            if *count == 0 {
                in_flight.remove(&id);
            }
        }
        drop(in_flight);
        self.freed.notify_one();
    }

    async fn try_once(&self, claimed: &ClaimedDelivery) -> postscale_store::Result<()> {
        if !claimed.may_be_told {
            return self.settle(claimed, None, Told::Failed).await;
        }
        let Some(body) = self.body(claimed).await? else {
            // The message it speaks of is gone.
            return self.settle(claimed, None, Told::Failed).await;
        };
        let sources = &self.parts.sources;
        let now = sources.now();
        let mut tx = self.parts.store.read().await?;
        let seal = &self.parts.seal;
        let secrets =
            webhook::secrets(&mut tx, &self.scope, claimed.delivery.webhook_id, seal, now).await?;
        drop(tx);
        let mut attempt = WebhookAttempt {
            id: sources.ordered_id(),
            at: now,
            status_code: None,
            error: None,
            duration_ms: 0,
        };
        let headers = headers(
            claimed,
            &attempt,
            signature::sign(&secrets, now, &body).as_deref(),
        );
        let started = Instant::now();
        let answer = self.poster.post(&claimed.url, headers, body).await;
        attempt.duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let is_told = matches!(answer, Ok(200..=299));
        match answer {
            Ok(status) => attempt.status_code = Some(i64::from(status)),
            Err(why) => attempt.error = Some(why),
        }
        let told = self.judge(is_told, claimed.delivery.attempts);
        self.settle(claimed, Some(&attempt), told).await
    }

    /// A try that did not come to an end counts like one that failed.
    async fn again(&self, claimed: &ClaimedDelivery) {
        let told = self.judge(false, claimed.delivery.attempts);
        if let Err(error) = self.settle(claimed, None, told).await {
            // The lease gives the delivery back.
            tracing::warn!(webhook.id = %claimed.delivery.webhook_id, %error, "a webhook delivery could not be settled");
        }
    }

    fn judge(&self, is_told: bool, attempt: i64) -> Told {
        let schedule = &self.parts.settings.webhook_schedule;
        let retries = i64::try_from(schedule.len()).unwrap_or(i64::MAX);
        let (result, told) = if is_told {
            ("delivered", Told::Delivered)
        } else if attempt > retries {
            ("failed", Told::Failed)
        } else {
            let at = schedule.next(attempt, &self.parts.sources);
            ("retrying", Told::Retry { at })
        };
        metrics::counter!("postscale_webhook_attempts_total", "result" => result).increment(1);
        told
    }

    async fn settle(
        &self,
        claimed: &ClaimedDelivery,
        attempt: Option<&WebhookAttempt>,
        told: Told,
    ) -> postscale_store::Result<()> {
        let mut tx = self.parts.store.write().await?;
        webhook_delivery::settle(&mut tx, &self.scope, claimed, attempt, told).await?;
        tx.commit().await
    }

    /// What is posted.
    async fn body(&self, claimed: &ClaimedDelivery) -> postscale_store::Result<Option<Vec<u8>>> {
        if let Some(body) = &claimed.body {
            return Ok(Some(body.clone().into_bytes()));
        }
        let Ok(id) = claimed.delivery.email_id.parse() else {
            return Ok(None);
        };
        let mut tx = self.parts.store.read().await?;
        let Some(email) = inbound_email::find_for_job(&mut tx, &self.scope, id).await? else {
            return Ok(None);
        };
        let Some(domain) = domain::find_for_job(&mut tx, &self.scope, email.domain_id).await?
        else {
            return Ok(None);
        };
        let attachments = inbound_email::attachments_for_job(&mut tx, &self.scope, id).await?;
        let stored = inbound_email::body_for_job(&mut tx, &self.scope, id).await?;
        drop(tx);
        let message = match stored {
            Body::Row(octets) => octets.into(),
            Body::Blob(key) => match self.parts.blobs.get(&key).await? {
                Some(octets) => octets,
                None => return Ok(None),
            },
        };
        let base = &self.parts.settings.public_url;
        let body = received::body(&email, domain.name.as_str(), &attachments, &message, base);
        Ok(Some(body.to_string().into_bytes()))
    }
}

fn headers(
    claimed: &ClaimedDelivery,
    attempt: &WebhookAttempt,
    signature: Option<&str>,
) -> HeaderMap {
    let delivery = &claimed.delivery;
    let mut headers = HeaderMap::with_capacity(5);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("x-postscale-event", Some(delivery.event.to_string())),
        ("x-postscale-delivery-id", Some(attempt.id.to_string())),
        ("x-postscale-attempt", Some(delivery.attempts.to_string())),
        ("x-postscale-signature", signature.map(str::to_owned)),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

/// Claims what is owed.
pub(crate) struct Dispatcher(pub(crate) Arc<Webhooks>);

impl Work for Dispatcher {
    const NAME: &'static str = "webhooks";
    const CHANNEL: &'static str = webhook_delivery::CHANNEL;

    async fn round(&self) -> postscale_store::Result<Next> {
        let webhooks = &self.0;
        let (room, excluded) = {
            let in_flight = webhooks.in_flight();
            let total: usize = in_flight.values().sum();
            let busy = in_flight
                .iter()
                .filter(|(_, count)| **count >= PER_ENDPOINT_MAX);
            let busy: Vec<WebhookId> = busy.map(|(id, _)| *id).collect();
            (IN_FLIGHT_MAX.saturating_sub(total), busy)
        };
        if room == 0 {
            return Ok(Next::Full);
        }
        let claim = DeliveryClaim {
            lease: LEASE,
            limit: u32::try_from(room.min(CLAIM_MAX)).unwrap_or(u32::MAX),
            limit_per_webhook: u32::try_from(PER_ENDPOINT_MAX).unwrap_or(u32::MAX),
            excluded: &excluded,
        };
        let store = &webhooks.parts.store;
        let mut tx = store.write().await?;
        let now = webhooks.parts.sources.now();
        let claimed = webhook_delivery::claim_due(&mut tx, &webhooks.scope, claim, now).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            let mut tx = store.read().await?;
            return Ok(Next::At(
                webhook_delivery::next_due_at(&mut tx, &webhooks.scope).await?,
            ));
        }
        for one in claimed {
            *webhooks
                .in_flight()
                .entry(one.delivery.webhook_id)
                .or_default() += 1;
            let tell = Arc::clone(webhooks).tell(one);
            webhooks.tasks.spawn(Box::pin(tell));
        }
        Ok(Next::Again)
    }

    async fn freed(&self) {
        self.0.freed.notified().await;
    }
}
