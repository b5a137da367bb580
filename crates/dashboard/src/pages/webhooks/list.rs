//! `GET /webhooks`

use postscale_actions::webhooks;
use postscale_model::{KeyScope, Webhook, Word as _};

use crate::{
    answer::{Answer, shown},
    pages::unicode,
    ui::{Chip, Section, Tone},
    views::webhooks::{WebhookListPage, WebhookRow},
    visit::{Reader, Visit},
};

/// Domains named before the rest is only counted.
const NAMED_MAX: usize = 3;

pub(super) async fn list(visit: Visit) -> Answer {
    let webhooks = webhooks::list(&visit.app, &visit.caller).await?;
    let reader = visit.reader(Section::Webhooks).await?;
    shown(&WebhookListPage {
        rows: webhooks
            .iter()
            .map(|webhook| row(webhook, &reader))
            .collect(),
        may_create: reader.me.permits.webhook_create_org || reader.may_write_some(),
        shell: reader.shell,
    })
}

fn row(webhook: &Webhook, reader: &Reader) -> WebhookRow {
    WebhookRow {
        id: webhook.id.to_string(),
        url: webhook.url.clone(),
        description: webhook.description.clone(),
        events: events(webhook),
        reach: reach(webhook, reader),
        status: status(webhook),
    }
}

/// The events an endpoint is told of.
pub(super) fn events(webhook: &Webhook) -> Vec<String> {
    webhook
        .events
        .iter()
        .map(|event| event.as_str().to_owned())
        .collect()
}

/// Whether an endpoint is told anything.
pub(super) fn status(webhook: &Webhook) -> Chip {
    if webhook.suspended_at.is_some() {
        Chip::new(Tone::Warn, "Suspended")
    } else {
        Chip::active(true)
    }
}

/// The domains an endpoint is told about.
pub(super) fn reach(webhook: &Webhook, reader: &Reader) -> String {
    if webhook.scope == KeyScope::Organization {
        return "Every domain".to_owned();
    }
    let domains = reader.me.domains.iter();
    let named: Vec<String> = domains
        .filter(|access| webhook.domain_ids.contains(&access.domain_id))
        .map(|access| unicode(&access.domain))
        .collect();
    match named.get(..NAMED_MAX) {
        Some(first) if named.len() > NAMED_MAX => {
            format!("{} and {} more", first.join(", "), named.len() - NAMED_MAX)
        }
        _ => named.join(", "),
    }
}
