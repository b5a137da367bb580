//! `GET /webhooks/{id}`, `POST /webhooks/{id}/test`, `POST /webhooks/{id}/adopt`,
//! `POST /webhooks/{id}/delete`

use postscale_access::Late;
use postscale_actions::{
    Page,
    webhooks::{self, DeliveryFilter, DeliveryWithAttempts, NamedBy},
};
use postscale_model::{Webhook, WebhookAttempt, WebhookEvent, WebhookId, Word as _};
use postscale_web::{FormBody, Ref};

use super::super::chosen;
use super::list::{events, reach, status};
use crate::{
    answer::{Answer, shown},
    done::{self, Done},
    segments::IdSegment,
    ui::{Copy, Section, counted},
    views::webhooks::{DeliveryRow, WebhookPage},
    visit::{Reader, Visit},
};

/// Deliveries shown.
const RECENT: Page = Page {
    limit: 50,
    offset: 0,
};

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, WebhookId>) -> Answer {
    let found = webhooks::get(&visit.app, &visit.caller, id.id).await?;
    let recent = Late::from((DeliveryFilter::default().into(), RECENT));
    let told = webhooks::deliveries(&visit.app, &visit.caller, id.id, recent).await?;
    let reader = visit.reader(Section::Webhooks).await?;
    let deliveries = told.listed.rows.into_iter().map(delivery_row).collect();
    let mut page = view(reader, &found.webhook, None, deliveries, found.may_write);
    page.named_by = named_by(found.named_by);
    shown(&page)
}

/// The page of an endpoint.
pub(super) fn view(
    reader: Reader,
    webhook: &Webhook,
    secret: Option<Copy>,
    deliveries: Vec<DeliveryRow>,
    may_write: bool,
) -> WebhookPage {
    WebhookPage {
        id: webhook.id.to_string(),
        url: webhook.url.clone(),
        description: webhook.description.clone(),
        status: status(webhook),
        events: events(webhook),
        reach: reach(webhook, &reader),
        created_at: webhook.created_at.into(),
        secret,
        deliveries,
        test: may_write.then(|| WebhookPage::test_field(&events(webhook))),
        named_by: None,
        may_delete: may_write,
        may_adopt: webhook.suspended_at.is_some() && reader.me.actor.is_manager(),
        shell: reader.shell,
    }
}

/// Who announces to an endpoint alone, in words.
fn named_by(by: NamedBy) -> Option<String> {
    let all = [
        (by.aliases, "alias", "aliases"),
        (by.rules, "rule", "rules"),
    ];
    let all = all.into_iter().filter(|(number, ..)| *number > 0);
    let all: Vec<String> = all
        .map(|(number, one, many)| counted(number, one, many))
        .collect();
    (!all.is_empty()).then(|| all.join(" and "))
}

fn delivery_row(it: DeliveryWithAttempts) -> DeliveryRow {
    let DeliveryWithAttempts { delivery, attempts } = it;
    let room = match delivery.event {
        WebhookEvent::EmailReceived => "inbound",
        _ => "emails",
    };
    DeliveryRow {
        event: delivery.event.as_str().to_owned(),
        message: (delivery.email_id != webhooks::NO_EMAIL)
            .then(|| format!("/{room}/{}", delivery.email_id)),
        status: delivery.status.into(),
        attempts: delivery.attempts,
        last_answer: attempts.last().and_then(answer),
        at: delivery.created_at.into(),
    }
}

fn answer(attempt: &WebhookAttempt) -> Option<String> {
    match attempt.status_code {
        Some(code) => Some(format!("HTTP {code}")),
        None => attempt.error.clone(),
    }
}

pub(super) async fn test(visit: Visit, id: Ref<IdSegment, WebhookId>, form: FormBody) -> Answer {
    let event = form
        .text("event")
        .and_then(|text| chosen("event", text))
        .map(Some);
    let told = webhooks::test(&visit.app, &visit.caller, id.id, Late::new(event)).await?;
    let path = format!("/webhooks/{}", told.delivery.webhook_id);
    Ok(done::to(&path, Done::WebhookTested, &visit.settings))
}

pub(super) async fn adopt(visit: Visit, id: Ref<IdSegment, WebhookId>, _form: FormBody) -> Answer {
    let adopted = webhooks::adopt(&visit.app, &visit.caller, id.id, ().into()).await?;
    let path = format!("/webhooks/{}", adopted.id);
    Ok(done::to(&path, Done::WebhookAdopted, &visit.settings))
}

pub(super) async fn delete(visit: Visit, id: Ref<IdSegment, WebhookId>, _form: FormBody) -> Answer {
    webhooks::delete(&visit.app, &visit.caller, id.id).await?;
    Ok(done::to("/webhooks", Done::WebhookDeleted, &visit.settings))
}
