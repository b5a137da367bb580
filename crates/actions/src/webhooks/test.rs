//! A webhook is told something that did not happen, to see whether it listens.

use postscale_access::{Caller, Gate, Late, action};
use postscale_model::{Environment, Invalid, Timestamp, Webhook, WebhookEvent, WebhookId};
use postscale_store::webhook;
use postscale_store::webhook_delivery::{self, NO_EMAIL, NewDelivery};
use serde_json::{Value, json};

use super::DeliveryWithAttempts;
use crate::{App, Result, Rule};

/// Has a webhook told a sample of one of its events, signed and tried like any other; without a
/// word of which, of the first. The sample speaks of `environment` `test`, as nothing real does.
///
/// # Errors
/// [`Invalid`] naming `event` when it is none of the webhook's; [`Rule::NoDomainToSpeakOf`].
pub async fn test(
    app: &App,
    caller: &Caller,
    id: Option<WebhookId>,
    event: Late<Option<WebhookEvent>>,
) -> Result<DeliveryWithAttempts> {
    let mut tx = app.store.write().await?;
    let mut gate = Gate::open(&mut tx, caller).await?;
    let webhook = gate.object::<Webhook, _>(action::WEBHOOK_TEST, id).await?;
    let event = event.after(&webhook)?;
    let event = event.or_else(|| webhook.events.first().copied());
    let event = event
        .filter(|event| webhook.events.contains(event))
        .ok_or_else(|| Invalid::field("event", "must be one of the webhook's events"))?;
    let (domain_id, domain) = webhook::first_domain(&mut tx, &webhook)
        .await?
        .ok_or(Rule::NoDomainToSpeakOf)?;
    let now = app.sources.now();
    let owed = NewDelivery {
        id: app.sources.id(),
        organization_id: webhook.organization_id,
        webhook_id: webhook.id,
        domain_id,
        event,
        email_id: NO_EMAIL.to_owned(),
        body: Some(sample(event, &domain, now).to_string()),
        created_at: now,
    };
    let delivery = webhook_delivery::insert_test(&mut tx, &webhook, owed).await?;
    tx.commit().await?;
    Ok(DeliveryWithAttempts {
        delivery,
        attempts: Vec::new(),
    })
}

/// A body with every field that the event's real ones have.
fn sample(event: WebhookEvent, domain: &str, now: Timestamp) -> Value {
    let mut body = json!({
        "event": event,
        "timestamp": now,
        "email_id": NO_EMAIL,
        "message_id": format!("test@{domain}"),
        "domain": domain,
        "from": format!("sender@{domain}"),
        "to": "recipient@example.com",
        "subject": "A test of this webhook",
        "environment": Environment::Test,
    });
    let more = match event {
        WebhookEvent::EmailReceived => json!({
            "from": "sender@example.com",
            "to": format!("recipient@{domain}"),
            "envelope_recipient": format!("recipient@{domain}"),
            "text": "This is a test.\n",
            "html": null,
            "headers": [{"name": "Subject", "value": "A test of this webhook"}],
            "attachments": [],
            "spf": "pass",
            "dkim": "pass",
            "dmarc": "pass",
            "received_at": now,
        }),
        WebhookEvent::EmailSent | WebhookEvent::EmailDelivered => {
            sent(json!({"reply": "250 2.0.0 Accepted"}))
        }
        WebhookEvent::EmailDeferred => sent(json!({
            "reply": "451 4.7.1 Try again later",
            "next_attempt_at": now.plus(std::time::Duration::from_secs(300)),
        })),
        WebhookEvent::EmailBounced => sent(json!({
            "bounce_type": "hard",
            "bounce_code": "5.1.1",
            "reason": "550 5.1.1 No such user",
        })),
        WebhookEvent::EmailComplained => sent(json!({"feedback_type": "abuse"})),
        WebhookEvent::DmarcNewSource => return new_source(domain, now),
    };
    merge(&mut body, more);
    body
}

/// An event that is about no message.
fn new_source(domain: &str, now: Timestamp) -> Value {
    json!({
        "event": WebhookEvent::DmarcNewSource,
        "timestamp": now,
        "environment": Environment::Test,
        "domain": domain,
        "domain_id": NO_EMAIL,
        "source_ip": "192.0.2.1",
        "header_from": domain,
        "total": 3,
        "pass_dkim": 0,
        "pass_spf": 0,
        "dmarc_pass": 0,
        "report": {
            "id": NO_EMAIL,
            "org_name": "reporter.example",
            "report_id": "1",
            "begin": now,
            "end": now,
        },
        "other_new_sources": 0,
    })
}

/// What events of sent mail have besides.
fn sent(more: Value) -> Value {
    let mut body = json!({
        "tags": [],
        "metadata": {},
        "attempt": 1,
        "mx_host": "mx.example.com",
    });
    merge(&mut body, more);
    body
}

fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use postscale_model::Word as _;

    use super::*;

    #[test]
    fn every_sample_is_flat_and_names_its_event() {
        for event in WebhookEvent::ALL {
            let body = sample(
                *event,
                "acme.example",
                Timestamp::from_seconds(1_772_366_400),
            );
            assert_eq!(body["event"], event.as_str());
            assert_eq!(body["environment"], "test");
            assert_eq!(body["timestamp"], "2026-03-01T12:00:00Z");
            let received = *event == WebhookEvent::EmailReceived;
            assert_eq!(
                body.get("envelope_recipient").is_some(),
                received,
                "{event:?}"
            );
            let is_sent = !received && *event != WebhookEvent::DmarcNewSource;
            assert_eq!(body.get("mx_host").is_some(), is_sent, "{event:?}");
        }
    }
}
