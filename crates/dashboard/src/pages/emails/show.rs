//! `GET /emails/{id}`, and its HTML alone for the frame.

use postscale_actions::emails::{self, EmailView};
use postscale_model::{
    Email, EmailEvent, EmailId, EventType, Mailbox, ProviderPlace, Recipient, RecipientKind,
    RemoteReply, Timestamp,
};
use postscale_web::Ref;

use crate::{
    answer::{self, Answer, shown},
    segments::IdSegment,
    ui::{Chip, Section, Tone},
    views::emails::{EmailPage, EventRow, MessageBody, RecipientRow, Waits},
    visit::Visit,
};

pub(super) async fn show(visit: Visit, id: Ref<IdSegment, EmailId>) -> Answer {
    let view = emails::get(&visit.app, &visit.caller, id.id).await?;
    let events = emails::events(&visit.app, &visit.caller, id.id).await?;
    let now = visit.caller.received_at();
    let shell = visit.reader(Section::Emails).await?.shell;
    let EmailView {
        email,
        recipients,
        content,
    } = view;
    let id = email.id.to_string();
    let headers = headers(&email);
    shown(&EmailPage {
        shell,
        subject: email.subject,
        status: email.status.into(),
        environment: email.environment.into(),
        created_at: email.created_at.into(),
        headers,
        tags: email.tags,
        metadata: email.metadata.into_iter().collect(),
        recipients: recipients
            .iter()
            .map(|recipient| recipient_row(recipient, now))
            .collect(),
        events: events.iter().rev().map(event_row).collect(),
        body: content.map(|content| MessageBody {
            text: content.text,
            html_src: content.html.map(|_| format!("/emails/{id}/html")),
        }),
        id,
    })
}

pub(super) async fn html(visit: Visit, id: Ref<IdSegment, EmailId>) -> Answer {
    let shown = emails::html(&visit.app, &visit.caller, id.id).await?;
    Ok(answer::foreign(&shown.html))
}

fn headers(email: &Email) -> Vec<(&'static str, String)> {
    let all = |mailboxes: &[Mailbox]| {
        let all: Vec<String> = mailboxes.iter().map(ToString::to_string).collect();
        all.join(", ")
    };
    let headers = [
        ("From", email.header_from.to_string()),
        ("To", all(&email.to)),
        ("Cc", all(&email.cc)),
        ("Bcc", all(&email.bcc)),
        ("Message-ID", format!("<{}>", email.message_id)),
        ("Size", crate::pages::size(email.size_bytes)),
    ];
    headers
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn recipient_row(recipient: &Recipient, now: Timestamp) -> RecipientRow {
    let next = recipient.next_attempt_at.filter(|next| *next > now);
    RecipientRow {
        address: recipient.address.to_string(),
        kind: match recipient.kind {
            RecipientKind::To => "To",
            RecipientKind::Cc => "Cc",
            RecipientKind::Bcc => "Bcc",
        },
        status: recipient.status.into(),
        attempts: recipient.attempts,
        waits: next.map(|next| Waits {
            until: next.into(),
            for_provider: recipient.provider_place == Some(ProviderPlace::Awaited),
        }),
        last_reply: recipient.last_reply.as_ref().map(reply),
    }
}

fn event_row(event: &EmailEvent) -> EventRow {
    let (tone, text) = match event.event_type {
        EventType::Queued => (Tone::Quiet, "Accepted"),
        EventType::Sent => (Tone::Busy, "Sent"),
        EventType::Deferred => (Tone::Warn, "Deferred"),
        EventType::Delivered => (Tone::Good, "Delivered"),
        EventType::Bounced => (Tone::Bad, "Bounced"),
        EventType::Complained => (Tone::Bad, "Complained"),
        EventType::Opened => (Tone::Good, "Opened"),
        EventType::Clicked => (Tone::Good, "Clicked"),
        EventType::Unsubscribed => (Tone::Warn, "Unsubscribed"),
        EventType::Suppressed => (Tone::Warn, "Suppressed"),
        EventType::Canceled => (Tone::Quiet, "Canceled"),
    };
    EventRow {
        chip: Chip::new(tone, text),
        recipient: event.recipient.clone(),
        at: event.at.into(),
        attempt: event.attempt,
        mx_host: event.mx_host.clone(),
        reply: event.reply.as_ref().map(reply),
    }
}

/// The other server's answer as it said it; what we observed ourselves has no code.
fn reply(reply: &RemoteReply) -> String {
    let mut words = Vec::new();
    if reply.code > 0 {
        words.push(reply.code.to_string());
    }
    words.extend(
        reply
            .enhanced
            .clone()
            .filter(|code| !reply.text.starts_with(code.as_str())),
    );
    words.push(reply.text.clone());
    words.join(" ")
}
