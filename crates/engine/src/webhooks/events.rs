//! From events of sent mail to what endpoints are owed, in the transaction of the event.
//!
//! Bodies are flat (api.md §20.8): what every event has, then what its kind adds. Test mail has no
//! events that would come here.

use std::collections::{HashMap, hash_map::Entry};

use postscale_access::SystemScope;
use postscale_model::{
    DomainId, Email, EmailEvent, Environment, OrganizationId, RemoteReply, Sources, Timestamp,
    Webhook, WebhookEvent,
};
use postscale_store::{
    Result, Tx, email,
    email_event::webhook_event,
    webhook,
    webhook_delivery::{self, NewDelivery},
};
use serde_json::{Map, Value, json};

use super::glob;

/// An event endpoints may have to be told of.
pub(crate) struct Owed<'a> {
    pub organization_id: OrganizationId,
    pub event: &'a EmailEvent,
    /// When a deferred recipient is tried again.
    pub next_attempt_at: Option<Timestamp>,
}

/// Writes down what endpoints are owed for these events.
pub(crate) async fn owe(
    tx: &mut Tx,
    scope: &SystemScope,
    sources: &Sources,
    events: &[Owed<'_>],
) -> Result<()> {
    let mut endpoints: HashMap<(DomainId, WebhookEvent), Vec<Webhook>> = HashMap::new();
    let mut deliveries = Vec::new();
    for owed in events {
        let Some(kind) = webhook_event(owed.event.event_type) else {
            continue;
        };
        let domain = owed.event.domain_id;
        let endpoints = match endpoints.entry((domain, kind)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let (organization, now) = (owed.organization_id, sources.now());
                let found = webhook::covering(tx, scope, organization, domain, kind, now).await?;
                place.insert(found)
            }
        };
        let recipient = &owed.event.recipient;
        let told = endpoints
            .iter()
            .filter(|webhook| glob::covers(webhook.recipient_match.as_deref(), recipient));
        let told: Vec<_> = told.collect();
        if told.is_empty() {
            continue;
        }
        let found = email::find_for_job(tx, scope, owed.event.email_id).await?;
        let Some(email) = found.filter(|email| email.environment == Environment::Live) else {
            continue;
        };
        let body = body(kind, owed, &email).to_string();
        deliveries.extend(told.into_iter().map(|webhook| NewDelivery {
            id: sources.ordered_id(),
            organization_id: owed.organization_id,
            webhook_id: webhook.id,
            domain_id: domain,
            event: kind,
            email_id: email.id.to_string(),
            body: Some(body.clone()),
            created_at: owed.event.at,
        }));
    }
    webhook_delivery::insert_for_event(tx, scope, &deliveries).await
}

fn body(kind: WebhookEvent, owed: &Owed<'_>, email: &Email) -> Value {
    let event = owed.event;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("event", json!(kind));
    put("timestamp", json!(event.at));
    put("email_id", json!(email.id));
    put("message_id", json!(email.message_id));
    put("domain", json!(email.header_from.address.domain().as_str()));
    put("from", json!(email.header_from.address.to_string()));
    put("to", json!(event.recipient));
    put("subject", json!(email.subject));
    put("tags", json!(email.tags));
    put("metadata", json!(email.metadata));
    put("environment", json!(email.environment));
    put("attempt", json!(event.attempt));
    put("mx_host", json!(event.mx_host));
    let reply = event.reply.as_ref().map(reply_text);
    if kind == WebhookEvent::EmailBounced {
        let code = event.reply.as_ref().and_then(|reply| {
            let basic = || (reply.code != 0).then(|| reply.code.to_string());
            reply.enhanced.clone().or_else(basic)
        });
        put("bounce_type", json!(event.bounce_type));
        put("bounce_code", json!(code));
        put("reason", json!(reply));
    } else {
        put("reply", json!(reply));
    }
    if kind == WebhookEvent::EmailDeferred {
        put("next_attempt_at", json!(owed.next_attempt_at));
    }
    Value::Object(body)
}

/// As on the wire: `550 5.1.1 No such user`.
fn reply_text(reply: &RemoteReply) -> String {
    let code = (reply.code != 0).then(|| reply.code.to_string());
    let parts = [code, reply.enhanced.clone(), Some(reply.text.clone())];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(" ")
}
