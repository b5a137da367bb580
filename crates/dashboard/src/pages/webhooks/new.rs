//! `GET /webhooks/new`, `POST /webhooks`

use axum::http::StatusCode;
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Rule,
    webhooks::{self, NewWebhook, NewWebhookRest},
};
use postscale_model::{Invalid, KeyScope, WebhookEvent, Word as _};
use postscale_web::FormBody;
use secrecy::ExposeSecret as _;

use super::show;
use crate::{
    answer::{self, Answer},
    pages::chosen,
    refusal::Refusal,
    ui::{Copy, Section},
    views::webhooks::{NewWebhookPage, WebhookEntry, WebhookErrors, scope_group},
    visit::Visit,
};

pub(super) async fn form(visit: Visit) -> Answer {
    let entry = WebhookEntry {
        events: vec![WebhookEvent::EmailReceived.as_str().to_owned()],
        scope: KeyScope::Organization.as_str().to_owned(),
        ..WebhookEntry::default()
    };
    rendered(&visit, &entry, Refusal::none()).await
}

async fn rendered(visit: &Visit, entry: &WebhookEntry, mut refusal: Refusal) -> Answer {
    let mut reader = visit.reader(Section::Webhooks).await?;
    let may_have_all = reader.me.permits.webhook_create_org;
    if !may_have_all && !reader.may_write_some() {
        return Err(Rule::NoWritableDomain.into());
    }
    let scope = may_have_all.then(|| {
        scope_group(
            "Also those added later.",
            "Only the ones picked below.",
            &entry.scope,
        )
    });
    let status = refusal.status;
    let errors = WebhookErrors {
        url: refusal.take("url"),
        events: refusal.take("events"),
        domain_ids: refusal.take("domain_ids"),
        description: refusal.take("description"),
    };
    let domains = reader.writable();
    reader.shell.notice = refusal.rest().or(reader.shell.notice);
    answer::page(
        status,
        &NewWebhookPage::new(reader.shell, entry, errors, scope, domains),
    )
}

fn sent(form: &FormBody) -> WebhookEntry {
    let text = |name: &str| form.text(name).unwrap_or_default().to_owned();
    WebhookEntry {
        url: text("url"),
        events: form.all("events").to_vec(),
        scope: text("scope"),
        domain_ids: form.all("domain_ids").to_vec(),
        description: text("description"),
    }
}

fn read(entry: &WebhookEntry) -> Result<NewWebhookRest, Invalid> {
    let events: Result<Vec<WebhookEvent>, Invalid> = entry
        .events
        .iter()
        .map(|word| chosen("events", word))
        .collect();
    let events = events?;
    if events.is_empty() {
        return Err(Invalid::field("events", "choose at least one"));
    }
    Ok(NewWebhookRest {
        url: entry.url.clone(),
        events: Some(events),
        recipient_match: None,
        description: entry.description.clone(),
    })
}

pub(super) async fn create(visit: Visit, form: FormBody) -> Answer {
    let entry = sent(&form);
    let scope = KeyScope::parse(&entry.scope).ok();
    let domains = match scope {
        Some(KeyScope::Organization) => None,
        _ => Some(
            entry
                .domain_ids
                .iter()
                .map(|id| DomainRef::parse(id))
                .collect(),
        ),
    };
    let new = NewWebhook {
        scope,
        domains,
        rest: Late::new(read(&entry)),
    };
    let (webhook, secret) = match webhooks::create(&visit.app, &visit.caller, new.into()).await {
        Ok(created) => created,
        Err(error) => return rendered(&visit, &entry, Refusal::of(error, |_| None)?).await,
    };
    let mut reader = visit.reader(Section::Webhooks).await?;
    reader.shell.path = format!("/webhooks/{}", webhook.id);
    let secret = Copy::new("signing secret", secret.expose_secret());
    let page = show::view(reader, &webhook, Some(secret), Vec::new(), true);
    answer::page(StatusCode::CREATED, &page)
}
