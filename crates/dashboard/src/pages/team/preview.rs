//! What a change to a user would do, shown before the button that does it.

use postscale_actions::access::{DomainChange, KeyChange, Preview, Reach, WebhookChange};
use postscale_model::Timestamp;

use crate::{
    answer::{Answer, shown},
    pages::unicode,
    ui::{Chip, Section, Tone},
    views::{
        access::{AccessPreview, ChangeRow, ConfirmPage, KeyRow, WebhookRow},
        words::reach_label,
    },
    visit::Visit,
};

/// What is asked before it is done.
pub(super) struct Asked {
    /// Where the answer is sent.
    pub path: String,
    /// The question.
    pub title: String,
    /// What it means, in sentences.
    pub text: &'static str,
    /// The button.
    pub label: &'static str,
    /// A field that is sent along.
    pub field: Option<(&'static str, String)>,
    /// It ends something.
    pub is_dangerous: bool,
}

/// The page that shows what would change and asks.
pub(super) async fn confirm(visit: &Visit, preview: Preview, asked: Asked) -> Answer {
    let shell = visit.reader(Section::Team).await?.shell;
    shown(&ConfirmPage {
        shell,
        id: preview.user.id.to_string(),
        name: preview.user.name.clone(),
        path: asked.path,
        title: asked.title,
        text: asked.text,
        label: asked.label,
        field: asked.field,
        is_dangerous: asked.is_dangerous,
        preview: told(preview),
    })
}

/// What would change, as shown.
pub(super) fn told(preview: Preview) -> AccessPreview {
    AccessPreview {
        is_empty: preview.is_empty(),
        domains: preview.domains.into_iter().map(change).collect(),
        keys: preview.keys.into_iter().map(key).collect(),
        webhooks: preview.webhooks.into_iter().map(webhook).collect(),
        sessions: preview.ended_sessions,
        invitations: preview
            .invitations
            .into_iter()
            .map(|it| it.email.to_string())
            .collect(),
    }
}

fn change(it: DomainChange) -> ChangeRow {
    let effect = if it.after > it.before {
        Chip::new(Tone::Good, "Gains")
    } else if it.after < it.before {
        Chip::new(Tone::Warn, "Loses")
    } else {
        Chip::new(Tone::Quiet, "New end")
    };
    ChangeRow {
        domain: unicode(&it.domain),
        before: reach_label(it.before),
        after: reach_label(it.after),
        until: it
            .expires_at
            .filter(|_| it.after != Reach::Nothing)
            .map(Timestamp::into),
        effect,
    }
}

fn key(it: KeyChange) -> KeyRow {
    KeyRow {
        path: format!("/api-keys/{}", it.key.id),
        name: it.key.name,
        prefix: it.key.prefix,
        last_used_at: it.key.last_used_at.map(Into::into),
        is_revoked: it.is_revoked,
        domains: it.domains.into_iter().map(change).collect(),
    }
}

fn webhook(it: WebhookChange) -> WebhookRow {
    let names = |names: Vec<String>| names.iter().map(|name| unicode(name)).collect();
    WebhookRow {
        path: format!("/webhooks/{}", it.webhook.id),
        url: it.webhook.url,
        is_suspended: it.is_suspended,
        lost: names(it.lost),
        gained: names(it.gained),
    }
}
