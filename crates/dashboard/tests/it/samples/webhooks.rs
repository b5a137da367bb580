//! Webhooks: list, form, page.

use postscale_dashboard::ui::{Chip, Choice, Section};
use postscale_dashboard::views::webhooks::*;
use postscale_model::DeliveryStatus;

use super::{LONG, Samples, at, copy, id, member, owner, stranger};

pub fn add(samples: &mut Samples) {
    let row = |n, url: &str, reach: &str, events: &[&str]| WebhookRow {
        id: id(n),
        url: url.to_owned(),
        description: if n == 1 { "Ticket system" } else { "" }.to_owned(),
        events: events.iter().map(|e| (*e).to_owned()).collect(),
        reach: reach.to_owned(),
        status: Chip::active(n == 1),
    };
    let rows = || {
        vec![
            row(
                1,
                "https://acme.example/hooks/mail",
                "Every domain",
                &["email.received"],
            ),
            row(
                2,
                &format!("https://hooks.example/{}", "deep/".repeat(20)),
                "staging.acme.example",
                &["email.delivered", "email.bounced", "email.deferred"],
            ),
        ]
    };
    let list = |shell, rows, may_create| WebhookListPage {
        shell,
        rows,
        may_create,
    };
    samples.add("webhooks", &list(owner(Section::Webhooks), rows(), true));
    samples.add(
        "webhooks_read_only",
        &list(member(Section::Webhooks), rows(), false),
    );
    samples.add(
        "webhooks_empty",
        &list(owner(Section::Webhooks), Vec::new(), true),
    );

    let domains = || vec![Choice::new(id(1), "acme.example"), Choice::new(id(2), LONG)];
    let scope = |chosen| {
        scope_group(
            "Also those added later.",
            "Only the ones picked below.",
            chosen,
        )
    };
    let entry = WebhookEntry {
        events: vec!["email.received".to_owned()],
        scope: "organization".to_owned(),
        ..WebhookEntry::default()
    };
    samples.add(
        "webhook_new",
        &NewWebhookPage::new(
            owner(Section::Webhooks),
            &entry,
            WebhookErrors::default(),
            Some(scope("organization")),
            domains(),
        ),
    );
    let refused = WebhookEntry {
        url: "http://10.0.0.1/'\"".to_owned(),
        ..WebhookEntry::default()
    };
    let errors = WebhookErrors {
        url: Some("Must be HTTPS.".to_owned()),
        events: Some("Choose at least one event.".to_owned()),
        domain_ids: Some("Choose at least one domain.".to_owned()),
        description: None,
    };
    samples.add(
        "webhook_new_member_refused",
        &NewWebhookPage::new(member(Section::Webhooks), &refused, errors, None, domains()),
    );

    samples.add("webhook", &page());
    let created = WebhookPage {
        secret: Some(copy(
            "signing secret",
            "whsec_3f2a9c0d6e1b4875a9d0c3e2f1b4a687",
        )),
        deliveries: Vec::new(),
        ..page()
    };
    samples.add("webhook_created", &created);
    let read_only = WebhookPage {
        shell: stranger(Section::Webhooks),
        test: None,
        may_delete: false,
        may_adopt: false,
        ..page()
    };
    samples.add("webhook_read_only", &read_only);
}

fn page() -> WebhookPage {
    let delivery = |status: DeliveryStatus, attempts, answer: Option<&str>| DeliveryRow {
        event: "email.received".to_owned(),
        message: (attempts > 0).then(|| format!("/inbound/{}", id(3))),
        status: status.into(),
        attempts,
        last_answer: answer.map(str::to_owned),
        at: at(-attempts * 30),
    };
    WebhookPage {
        shell: owner(Section::Webhooks),
        id: id(8),
        url: "https://acme.example/hooks/mail".to_owned(),
        description: "Ticket system".to_owned(),
        status: Chip::active(true),
        events: vec!["email.received".to_owned(), "email.bounced".to_owned()],
        reach: "Every domain".to_owned(),
        created_at: at(0),
        secret: None,
        deliveries: vec![
            delivery(DeliveryStatus::Pending, 0, None),
            delivery(DeliveryStatus::Delivered, 1, Some("HTTP 200")),
            delivery(DeliveryStatus::Retrying, 2, Some("HTTP 503")),
            delivery(DeliveryStatus::Failed, 4, Some("connection refused")),
        ],
        test: Some(WebhookPage::test_field(&[
            "email.received".to_owned(),
            "email.bounced".to_owned(),
        ])),
        named_by: Some("2 aliases and 1 rule".to_owned()),
        may_delete: true,
        may_adopt: false,
    }
}
